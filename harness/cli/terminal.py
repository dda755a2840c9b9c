"""The one place that knows the terminal: encoding, colours, what is shown while something takes
time.
"""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, TextIO

import click

from harness.texts import has, say

if TYPE_CHECKING:
    from rich.console import Console

    from harness.stack.base import Progress


_BLANKS = re.compile(r"[ \t]+(?=\n|$)")
#: Before ``use_utf8`` changes it.
_FIRST_ENCODING = getattr(sys.stdout, "encoding", None)


def first_encoding() -> str:
    """The encoding of standard output as the terminal had it set."""
    return _FIRST_ENCODING or "?"


def use_utf8() -> None:
    """Let both outputs take any character: a Windows pipe or an old locale would break on
    Ukrainian.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A stream that was replaced or closed by whoever runs us stays as it is.
            with suppress(ValueError, OSError):
                stream.reconfigure(encoding="utf-8", errors="replace")


@cache
def out() -> "Console":
    """Where results go."""
    return _console(stderr=False)


@cache
def err() -> "Console":
    """Where progress and logs go."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> "Console":
    """Rich takes 80 columns for any dumb terminal, and fills lines with blanks where nobody
    sees them.
    """
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    if not stream.isatty():
        return Console(file=_Trimmed(stderr), highlight=False)  # type: ignore[arg-type]
    dumb = os.environ.get("TERM", "").lower() in ("dumb", "unknown")
    size = shutil.get_terminal_size() if dumb else (None, None)  # it takes both, or neither
    return Console(stderr=stderr, highlight=False, width=size[0], height=size[1])


class _Trimmed:
    """Today's standard output or error, with no blanks at the ends of lines."""

    def __init__(self, stderr: bool) -> None:
        self._stderr = stderr

    @property
    def _stream(self) -> TextIO:
        return sys.stderr if self._stderr else sys.stdout

    def write(self, text: str) -> int:
        """All of ``text`` but blanks before a line's end."""
        return self._stream.write(_BLANKS.sub("", text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def printable(text: str) -> str:
    """Text of a log, an api or a container without what could steer a terminal."""
    return "".join(char if char.isprintable() else "�" for char in text)


def step_text(reference: str) -> str:
    """A stack's step in words: its text, else what the stack itself said (a build's output)."""
    key = f"cli.step.{reference}"
    return say(key) if has(key) else printable(reference)


@contextmanager
def working(text: str) -> Iterator[None]:
    """Say what is being waited for: a moving line on a terminal, else a plain one."""
    if not err().is_terminal:
        click.echo(f"… {text}", err=True)
        yield
        return
    from rich.text import Text

    with err().status(Text(text)):
        yield


@contextmanager
def steps() -> "Iterator[Progress]":
    """A callable that shows each step as it begins: one moving line on a terminal, else a line
    each.
    """
    if not err().is_terminal:
        yield _PlainSteps()
        return
    from rich.text import Text

    with err().status("") as status:
        yield lambda reference: status.update(
            Text(step_text(reference), overflow="ellipsis", no_wrap=True)
        )


class _PlainSteps:
    """A line for each step, where lines cannot move: without a build's own output, and none
    twice.
    """

    def __init__(self) -> None:
        self._latest = ""

    def __call__(self, reference: str) -> None:
        if reference != self._latest and has(f"cli.step.{reference}"):
            click.echo(f"… {step_text(reference)}", err=True)
            self._latest = reference
