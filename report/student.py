"""The report as its student may read it: without what the rubric keeps for the teacher."""

import tomllib
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from report.documents import Document, Run, load_run
from report.errors import ReportError
from report.feedback import visible
from report.html import render_html
from report.writing import write_whole

#: Parts that the table ``[student]`` of ``rubric.toml`` may hide.
PARTS = ("error", "evidence", "expected", "help", "timeline", "log", "changes", "versions", "seed")
_OF_CAUSE = ("error", "help")


def hidden_parts(rubric: Path) -> frozenset[str]:
    """What the rubric hides from students; nothing where it does not say.

    ``ReportError("student-part")`` where it names a part that no report has.
    """
    table = tomllib.loads(rubric.read_text(encoding="utf-8"))
    hidden = frozenset(table.get("student", {}).get("hidden", ()))
    if hidden - set(PARTS):
        reason = ", ".join(sorted(hidden - set(PARTS)))
        raise ReportError("student-part", file=rubric, part=reason, parts=", ".join(PARTS))
    return hidden


def write_student_page(folder: Path, file: Path, hidden: Collection[str]) -> None:
    """``file`` from the run in ``folder``. ``ReportError`` as ``load_run`` and ``render_html``."""
    page = render_html(for_student(load_run(folder), hidden))
    write_whole(file, page.encode("utf-8", "replace"))


def for_student(run: Run, hidden: Collection[str]) -> Run:
    """The run without the parts and checks that are the teacher's. The score stays: it counts
    all checks.
    """
    verdict = None if run.verdict is None else _verdict(run.verdict, hidden)
    return replace(
        run,
        verdict=verdict,
        demo=None if "timeline" in hidden else run.demo,
        log=() if "log" in hidden else run.log,
    )


def _verdict(verdict: Document, hidden: Collection[str]) -> Document:
    shown = {
        **verdict,
        "checks": [_check(check, hidden) for check in verdict["checks"] if visible(check)],
    }
    if "changes" in hidden:
        shown["changes"] = []
    if "versions" in hidden:
        shown["versions"] = {}
    if "seed" in hidden:
        shown["seed"] = "—"
    shown.pop("intake", None)
    return shown


def _check(check: Document, hidden: Collection[str]) -> Document:
    cause = check["cause"]
    if cause is not None:
        cause = {**cause, **{part: None for part in _OF_CAUSE if part in hidden}}
        if "expected" in hidden:
            cause |= {"expected": None, "actual": None}
    evidence = [] if "evidence" in hidden else check["evidence"]
    return {**check, "cause": cause, "evidence": evidence}
