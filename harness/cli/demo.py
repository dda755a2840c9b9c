"""``lab6 demo``: the whole lab at work in one go."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import click

from harness.cli.json_output import check_json, write_json
from harness.cli.problems import UsageProblem
from harness.cli.runtime_option import runtime_option
from harness.cli.terminal import err, out, steps
from harness.home import HOME
from harness.texts import say
from harness.texts.three_values import EXIT_STATUS

if TYPE_CHECKING:
    from harness.grade.demonstration.record import Demonstration
    from harness.stack.base import Stack

LAB = HOME
_MOST_JOBS = 200


@click.command(help=say("demo.help"))
@click.argument("work", metavar="[DIR]", required=False, type=Path)
@runtime_option
@click.option(
    "--jobs",
    type=click.IntRange(1, _MOST_JOBS),
    default=7,
    metavar="N",
    help=say("demo.option-jobs"),
)
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), metavar="N", help=say("demo.option-seed")
)
@click.option("--json", "json_file", metavar="FILE", help=say("cli.option-json"))
def demo(
    work: Path | None, runtime: str, jobs: int, seed: int | None, json_file: str | None
) -> int:
    """Run a demonstration; 0 where all agrees, 1 where something does not, 2 where nobody could
    tell.
    """
    from harness.cli.demo_view import print_demonstration
    from harness.cli.replay import add_replay
    from harness.grade.demonstration.record import to_document
    from harness.grade.folders import fresh_folder
    from harness.texts.violations import violation_message

    check_json(json_file)
    if work is not None and not work.is_dir():
        raise UsageProblem("work-missing", folder=work)
    clock = perf_counter()
    folder = fresh_folder(Path("out"), "demo")
    try:
        demonstration = _demonstrate(runtime, jobs, seed, folder, work or LAB)
    except BaseException:
        _leave(folder)
        raise
    document = to_document(demonstration, violation_message)
    write_json(str(folder / "demo.json"), document)
    add_replay(folder)
    if json_file is not None:
        write_json(json_file, document)
    console = err() if json_file == "-" else out()
    print_demonstration(console, demonstration, perf_counter() - clock)
    return EXIT_STATUS[demonstration.ok]


def _leave(folder: Path) -> None:
    """After a demonstration that came to no verdict: say what is left of it, or leave nothing."""
    if any(folder.iterdir()):
        click.echo(say("demo.left", folder=folder), err=True)
        return
    with suppress(OSError):  # somebody else's results may lie beside it
        folder.rmdir()
        folder.parent.rmdir()


def _demonstrate(
    runtime: str, jobs: int, seed: int | None, folder: Path, lab: Path
) -> "Demonstration":
    """The demonstration on a stack of its own, which is gone afterwards, whatever happened."""
    from harness.cli.demo_live import Live
    from harness.grade.demonstration.run import demonstrate, new_seed
    from harness.lab6.workload import PICTURE_JOBS

    seed = new_seed() if seed is None else seed
    with own_stack(runtime, lab) as stack:
        facts = {"runtime": stack.runtime, "jobs": jobs, "seed": seed}
        err().print(say("demo.title", **facts), style="bold")
        with Live(err(), jobs) as live:
            return demonstrate(
                stack,
                PICTURE_JOBS,
                folder=folder,
                jobs=jobs,
                seed=seed,
                source=lab,
                exact=lab == LAB,
                on_event=live.happened,
            )


def _say_why(error: BaseException, lab: Path) -> None:
    """The cause of a start that failed, where the last words of a service or of a build tell it."""
    from harness.cli.finding_view import print_finding
    from harness.grade.finding.cause import at_start, find_cause
    from harness.grade.finding.sources import StudentCode
    from harness.grade.finding.words import to_document
    from harness.stack.errors import StackError

    if not isinstance(error, StackError):
        return
    if (finding := find_cause(at_start(error.facts), StudentCode(lab))) is not None:
        print_finding(err(), to_document(finding))


@contextmanager
def own_stack(runtime: str, lab: Path = LAB) -> Iterator["Stack"]:
    """A stack of its own that is up; taken down at the end, which no second Ctrl-C interrupts."""
    from harness.cli.no_interrupt import shielded
    from harness.stack import open_stack

    stack = open_stack(runtime, lab=lab)
    try:
        with steps() as step:
            stack.up(step)
    except BaseException as error:
        with shielded():
            stack.down()
        _say_why(error, lab)
        raise
    try:
        yield stack
    finally:
        with shielded(), steps() as step:
            step("stop")
            stack.down()
