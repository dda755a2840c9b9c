"""``lab6 bench faults``: what the kit's loop, the lab's and BLMOVE lose under the same seeded
nemesis.
"""

import secrets
from functools import partial
from typing import Any

import click

from bench import SCHEMA
from bench.faults_judge import COUNTS
from bench.faults_run import FaultsOutcome, run
from harness.cli.json_output import check_json, write_json
from harness.cli.runtime_option import context_option
from harness.cli.terminal import err, out, printable
from harness.loops import LOOPS
from harness.texts import say

_SHOWN = 20  #: jobs that are named


@click.command(help=say("faults.help"))
@click.option(
    "--jobs",
    type=click.IntRange(1),
    metavar="N",
    default=200,
    show_default=True,
    help=say("faults.option-jobs"),
)
@click.option(
    "--faults",
    "count",
    type=click.IntRange(1),
    metavar="N",
    default=20,
    show_default=True,
    help=say("faults.option-faults"),
)
@click.option("--seed", type=click.IntRange(0), metavar="N", help=say("faults.option-seed"))
@click.option(
    "--loop",
    "loops",
    type=click.Choice(LOOPS),
    multiple=True,
    default=LOOPS,
    help=say("faults.option-loop"),
)
@click.option(
    "--runtime",
    type=click.Choice(["embedded", "compose", "kubernetes"]),
    default="embedded",
    show_default=True,
    help=say("faults.option-runtime"),
)
@context_option
@click.option("--json", "json_file", metavar="FILE", help=say("cli.option-json"))
def faults(
    jobs: int,
    count: int,
    seed: int | None,
    loops: tuple[str, ...],
    runtime: str,
    json_file: str | None,
) -> int:
    """Run the loops one after another, print, write; 1 where the kit's own lost, doubled or
    invented a job.
    """
    check_json(json_file)
    seed = secrets.randbelow(2**32) if seed is None else seed
    err().print(
        say("faults.title", jobs=jobs, faults=count, seed=seed, runtime=runtime), style="bold"
    )
    outcomes = [
        run(
            loop, jobs=jobs, faults=count, seed=seed, runtime=runtime, progress=partial(_tell, loop)
        )
        for loop in dict.fromkeys(loops)
    ]
    document = to_document(outcomes, seed=seed, runtime=runtime)
    if json_file is not None:
        write_json(json_file, document)
    _print(outcomes, err() if json_file == "-" else out())
    kit = next((outcome for outcome in outcomes if outcome.loop == "kit"), None)
    return 0 if kit is None or kit.tally.holds else 1


def to_document(outcomes: list[FaultsOutcome], *, seed: int, runtime: str) -> dict[str, Any]:
    """The measurement as JSON; ``offenders`` names the jobs behind what must be none."""
    return {
        "schema": SCHEMA,
        "name": "faults",
        "seed": seed,
        "runtime": runtime,
        "loops": {
            outcome.loop: dict(outcome.tally.counts) | {"faults": outcome.faults}
            for outcome in outcomes
        },
        "seconds": {outcome.loop: outcome.seconds for outcome in outcomes},
        "kinds": {outcome.loop: list(outcome.kinds) for outcome in outcomes},
        "missed": {outcome.loop: outcome.missed for outcome in outcomes},
        "offenders": {
            outcome.loop: {
                what: list(sentences) for what, sentences in outcome.tally.offenders.items()
            }
            for outcome in outcomes
        },
    }


def _tell(loop: str, what: str, done: int, most: int) -> None:
    known = {"start", "drain", "judge"}
    text = say(f"faults.step-{what}") if what in known else what
    err().print(f"… {loop:<7} {done:>4}/{most}  {text}", style="dim", markup=False)


def _print(outcomes: list[FaultsOutcome], console: Any) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for outcome in outcomes:
        table.add_column(outcome.loop, justify="right")
    for name in (*COUNTS, "faults"):
        cells = [
            outcome.faults if name == "faults" else outcome.tally.counts[name]
            for outcome in outcomes
        ]
        table.add_row(name, *map(str, cells))
    console.print(table)
    for outcome in outcomes:
        if outcome.loop != "kit":
            continue
        for what, sentences in outcome.tally.offenders.items():
            for sentence in sentences[:_SHOWN]:
                console.print(f"{what}: {printable(sentence)}", markup=False)
    console.print(say("faults.words"), markup=False)
