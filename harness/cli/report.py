"""``lab6 report``: the lab's report in Markdown, from a real run."""

from pathlib import Path

import click

from harness.cli.problems import UsageProblem
from harness.cli.runtime_option import runtime_option
from harness.cli.terminal import err, out
from harness.texts import say
from harness.texts.three_values import EXIT_STATUS

LAB = Path(__file__).parents[2]


@click.command(help=say("report.help"))
@click.argument("work", metavar="[DIR]", required=False, type=Path)
@runtime_option
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), metavar="N", help=say("checks.option-seed")
)
@click.option("--from", "source", metavar="DIR", type=Path, help=say("report.option-from"))
@click.option("--out", "folder", metavar="DIR", type=Path, help=say("report.option-out"))
def report(
    work: Path | None, runtime: str, seed: int | None, source: Path | None, folder: Path | None
) -> int:
    """Run the suite, or take an earlier run; write the report; the exit status is the verdict's."""
    from harness.cli.suite import points, run_suite
    from harness.grade.folders import fresh_folder, named_folder
    from report import load_run, write_html, write_report

    if source is not None and not source.is_dir():
        raise UsageProblem("bad-folder", path=source)
    earlier = None if source is None else load_run(source)
    place = fresh_folder(Path("out"), "report") if folder is None else named_folder(folder)
    if earlier is None:
        err().print(say("checks.running"), style="dim")
        run_suite(place, runtime=runtime, seed=seed, quiet_stdout=True, submission=work)
    written = write_report(earlier or load_run(place), place, lab=work or LAB)
    for file in (written.file, write_html(place)):
        out().print(say("report.written", file=file), markup=False, soft_wrap=True)
    if written.verdict is not None:
        out().print(points(written.verdict), style="bold")
    return EXIT_STATUS[written.ok]
