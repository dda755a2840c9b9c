"""What is printed fits the terminal that there is."""

import os
import sys
from io import StringIO

import pytest

from harness.cli import terminal


class Terminal(StringIO):
    """Standard output of a terminal."""

    def isatty(self):
        return True


@pytest.mark.parametrize("kind", ["dumb", "unknown", "xterm"])
def test_lines_are_as_long_as_the_terminal_is_wide(monkeypatch, kind):
    """A dumb one, too: an editor's, or that of an old console."""
    monkeypatch.setenv("TERM", kind)
    for name in ("COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "get_terminal_size", lambda *_: os.terminal_size((60, 20)))
    monkeypatch.setattr(sys, "stdout", screen := Terminal())
    console = terminal._console(stderr=False)
    console.print("слово " * 40)
    assert max(map(len, screen.getvalue().splitlines())) <= 60
    assert console.width == 60
