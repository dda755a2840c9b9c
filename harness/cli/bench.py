"""The group ``lab6 bench``: each measurement is a module of ``bench/``."""

import click

from harness.cli.localised_click import LazyGroup
from harness.texts import say

_MEASUREMENTS = {
    "api": "bench.api:api",
    "faults": "bench.faults:faults",
    "grade": "bench.grade:grade",
    "growth": "bench.growth:growth",
    "pipeline": "bench.pipeline:pipeline",
    "verify": "bench.verify:verify",
}


@click.group(
    cls=LazyGroup,
    sections={"measurements": _MEASUREMENTS},
    texts="bench",
    help=say("bench.help"),
    no_args_is_help=True,
)
def bench() -> None:
    """Nothing of its own: the work is in the measurements."""
