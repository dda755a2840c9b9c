"""A finding on a terminal: the first thing that is said of a run that went wrong."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from harness.cli.terminal import printable
from harness.texts.finding_lines import finding_lines

_STYLES = {"headline": "bold red", "place": "bold", "code": "magenta", "hint": "cyan"}


def print_finding(console: Console, finding: Mapping[str, Any]) -> None:
    """Print it, each part in its own colour."""
    for part, text in finding_lines(finding):
        shown = Text(printable(text), style=_STYLES.get(part, ""))
        if part == "headline":
            console.print(Text.assemble(("✗ ", "bold red"), shown))
        else:
            console.print(Padding(shown, (0, 0, 0, 6 if part == "code" else 2)))
    console.print()
