"""The option ``--assignment``: which lab is graded. Its folder is looked through before
anything runs.
"""

import re
from pathlib import Path

import click

from harness.home import HOME
from harness.texts import say

CHECKS = HOME.resolve() / "checks"  #: the suite, and lab 6's own assignment

_CHECK = re.compile(r"""mark\.check\(\s*"([a-z-]+)\"""")

assignment_option = click.option(
    "--assignment",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path),
    default=CHECKS,
    help=say("checks.option-assignment"),
)


def look_through(assignment: Path) -> None:
    """Complain now about what the suite could not read. ``GradeError``, ``TraceError``."""
    from harness.grade.errors import GradeError
    from harness.grade.submission.assignment import load_assignment
    from harness.grade.submission.workload_file import load_workload
    from harness.grade.verdict.rubric import load_rubric

    load_assignment(assignment / "assignment.toml")
    rubric = load_rubric(assignment / "rubric.toml")
    load_workload(assignment)
    known = {
        name
        for file in CHECKS.glob("test_*.py")
        for name in _CHECK.findall(file.read_text(encoding="utf-8"))
    }
    if strange := sorted(set(rubric.items) - known):
        names = ", ".join(strange)
        file = assignment / "rubric.toml"
        raise GradeError("rubric-check", file=file, names=names, known=", ".join(sorted(known)))
