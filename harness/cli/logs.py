"""``lab6 logs``: a service's log, as it is."""

import sys
from contextlib import closing
from typing import TYPE_CHECKING

import click

from harness.cli.running_lab import running_or_problem
from harness.cli.terminal import printable
from harness.texts import say

if TYPE_CHECKING:
    from collections.abc import Generator

_SERVICES = ["worker", "api", "redis", "postgres"]


@click.command(help=say("cli.logs.help"))
@click.argument("service", metavar="[SERVICE]", type=click.Choice(_SERVICES), default="worker")
@click.option("--follow", is_flag=True, help=say("cli.logs.option-follow"))
@click.option("--timestamps", is_flag=True, help=say("cli.logs.option-timestamps"))
def logs(service: str, follow: bool, timestamps: bool) -> int:
    """Print the log; what steers a terminal is taken out for a terminal, and only there."""
    stack = running_or_problem()
    lines: Generator[bytes] = stack.logs(service, follow=follow, timestamps=timestamps)  # type: ignore[assignment]
    with closing(lines):
        try:
            for line in lines:
                _show(line)
        except KeyboardInterrupt:
            if not follow:  # whoever follows ends it so: that is no interruption of anything
                raise
    return 0


def _show(line: bytes) -> None:
    if sys.stdout.isatty():
        click.echo(printable(line.decode("utf-8", "replace").rstrip("\r\n")))
    else:
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
