"""``lab6 checks``: grade the lab."""

from pathlib import Path

import click

from harness.cli.assignment_option import assignment_option, look_through
from harness.cli.json_output import check_json, write_json
from harness.cli.runtime_option import runtime_option
from harness.cli.terminal import err, out
from harness.texts import say
from harness.texts.three_values import EXIT_STATUS


@click.command(help=say("checks.help"))
@click.argument("work", metavar="[DIR]", required=False, type=Path)
@runtime_option
@assignment_option
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), metavar="N", help=say("checks.option-seed")
)
@click.option("--json", "json_file", metavar="FILE", help=say("checks.option-json"))
@click.option(
    "--out", "folder", metavar="DIR", type=Path, help=say("checks.option-folder"), default=None
)
def checks(
    work: Path | None,
    runtime: str,
    assignment: Path,
    seed: int | None,
    json_file: str | None,
    folder: Path | None,
) -> int:
    """Run the suite, say where its verdict lies; 0 where all holds, 1 where not, 2 where nobody
    could tell.
    """
    from harness.cli.suite import points, run_suite
    from harness.grade.folders import fresh_folder, named_folder

    check_json(json_file)
    look_through(assignment)
    place = fresh_folder(Path("out"), "checks") if folder is None else named_folder(folder)
    to_stdout = json_file == "-"
    err().print(say("checks.running"), style="dim")
    verdict = run_suite(
        place,
        runtime=runtime,
        seed=seed,
        quiet_stdout=to_stdout,
        submission=work,
        assignment=assignment,
    )
    if json_file is not None:
        write_json(json_file, verdict)
    console = err() if to_stdout else out()
    console.print(points(verdict), style="bold")
    console.print(say("checks.left", folder=place), markup=False, soft_wrap=True)
    return EXIT_STATUS[verdict["ok"]]
