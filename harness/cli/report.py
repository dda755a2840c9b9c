"""``lab6 report``: the Markdown report of a real run."""

from pathlib import Path

import click

from harness.cli.checks import ROOT, run_checks, status_of
from harness.texts import say


@click.command(help=say("report.help"))
@click.option(
    "--runtime",
    type=click.Choice(["auto", "compose", "embedded"]),
    default="auto",
    help=say("cli.option-runtime"),
)
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), metavar="N", help=say("checks.option-seed")
)
@click.option("--out", metavar="DIR", type=Path, help=say("report.option-out"))
def report(runtime: str, seed: int | None, out: Path | None) -> int:
    """Run the checks and write the report; its status is the verdict's."""
    from harness.cli.problems import UsageProblem
    from harness.cli.terminal import out as console
    from harness.grade.folders import fresh_folder
    from report.markdown import write_markdown
    from report.run import load_run

    if out is not None and out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageProblem("folder-taken", folder=out)
    folder = fresh_folder(Path("out"), "report") if out is None else out
    folder.mkdir(parents=True, exist_ok=True)
    verdict = run_checks(folder, runtime, seed, quiet=False)
    if not (folder / "demo.json").is_file():
        raise UsageProblem("no-demonstration", folder=folder)
    file = write_markdown(load_run(folder), lab=ROOT)
    console().print(say("report.written", file=file), style="bold", soft_wrap=True, markup=False)
    return status_of(verdict)
