"""``lab6 report``: the lab's report in Markdown, from a real run."""

import tomllib
from pathlib import Path

import click

from harness.cli.problems import UsageProblem
from harness.cli.runtime_option import runtime_option
from harness.cli.terminal import err, out
from harness.home import HOME
from harness.texts import say
from harness.texts.three_values import EXIT_STATUS

_LONGEST = 10_000  #: characters of lab6.toml


@click.command(help=say("report.help"))
@click.argument("work", metavar="[DIR]", required=False, type=Path)
@runtime_option
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), metavar="N", help=say("checks.option-seed")
)
@click.option("--name", default="", metavar="TEXT", help=say("report.option-name"))
@click.option("--group", default="", metavar="TEXT", help=say("report.option-group"))
@click.option("--from", "source", metavar="DIR", type=Path, help=say("report.option-from"))
@click.option("--out", "folder", metavar="DIR", type=Path, help=say("report.option-out"))
def report(
    work: Path | None,
    runtime: str,
    seed: int | None,
    name: str,
    group: str,
    source: Path | None,
    folder: Path | None,
) -> int:
    """Run the suite, or take an earlier run; write the report; the exit status is the verdict's."""
    from harness.cli.finding_view import print_finding
    from harness.cli.suite import points, run_suite
    from harness.grade.folders import fresh_folder, named_folder
    from report import Student, finding_of, load_run, write_html, write_report

    if source is not None and not source.is_dir():
        raise UsageProblem("bad-folder", path=source)
    earlier = None if source is None else load_run(source)
    place = fresh_folder(Path("out"), "report") if folder is None else named_folder(folder)
    if earlier is None:
        err().print(say("checks.running"), style="dim")
        run_suite(place, runtime=runtime, seed=seed, quiet_stdout=True, submission=work)
    known = _student_of(work)
    student = Student(name=name or known.get("name", ""), group=group or known.get("group", ""))
    lab = work or HOME
    written = write_report(earlier or load_run(place), place, lab=lab, student=student)
    for file in (written.file, write_html(place, lab=lab, student=student)):
        out().print(say("report.written", file=file), markup=False, soft_wrap=True)
    if earlier is not None and (finding := finding_of(earlier)) is not None:
        print_finding(out(), finding)
    empty = [part for part in ("name", "group") if not getattr(student, part)]
    what = ", ".join(say(f"report.student.{part}") for part in (*empty, "conclusion"))
    err().print(say("report.student.left", what=what), style="dim", markup=False)
    if written.verdict is not None:
        out().print(points(written.verdict), style="bold")
    return EXIT_STATUS[written.ok]


def _student_of(work: Path | None) -> dict[str, str]:
    """Name and group as ``lab6 new`` wrote them into the work's ``lab6.toml``; nothing where
    there is none.
    """
    try:
        text = "" if work is None else (work / "lab6.toml").read_text(encoding="utf-8")
        student = tomllib.loads(text[:_LONGEST]).get("student")
    except (OSError, ValueError):
        return {}
    known = student if isinstance(student, dict) else {}
    return {part: known[part] for part in ("name", "group") if isinstance(known.get(part), str)}
