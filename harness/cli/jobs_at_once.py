"""The value of ``--jobs``: how many works at a time, or ``auto``."""

from typing import Any

import click

from harness.cli.slots import MOST

AUTO = 0  #: as many as the machine bears


class JobsAtOnce(click.IntRange):
    """A number; ``AUTO`` for the word."""

    def __init__(self) -> None:
        super().__init__(1, MOST)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """As click's."""
        if value == "auto":
            return AUTO
        number: int = super().convert(value, param, ctx)
        return number
