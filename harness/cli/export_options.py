"""The options that `lab6 grade` and `lab6 export` share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from harness.texts import say

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _sign(_context: click.Context, _param: click.Parameter, value: str) -> str:
    """The separator itself: a tabulator is hard to type."""
    return "\t" if value == "tab" else value


_OPTIONS = (
    click.option("--sheet", metavar="FILE", type=_FILE, help=say("export.option-sheet")),
    click.option("--column", metavar="TITLE", help=say("export.option-column")),
    click.option(
        "--separator",
        type=click.Choice([",", ";", "tab"]),
        default=",",
        callback=_sign,
        help=say("export.option-separator"),
    ),
    click.option("--received", metavar="FILE", type=_FILE, help=say("export.option-received")),
)


def export_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add them to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
