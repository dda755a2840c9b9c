"""The log of ``lab6 verify`` read a second time: was it spoilt on its way, did its worker crash?"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, BinaryIO

from harness.cli.terminal import printable
from harness.texts import say

if TYPE_CHECKING:
    from rich.console import Console

    from harness.trace import Verdict

_LARGEST = 64 << 20  #: bytes of a log that are looked at again
_PIPED = 16 << 20  #: bytes of standard input that are kept for it

Reopened = Callable[[], AbstractContextManager[BinaryIO]]
"""Opens the log once more, from its beginning."""


class CopiedInput:
    """A stream that cannot be opened twice: its first bytes stay, as far as they are all of it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._parts: list[bytes] = []
        self._size = 0

    def read(self, size: int) -> bytes:
        """As of any stream."""
        return self._noted(self._stream.read(size))

    def readinto(self, buffer: memoryview) -> int:
        """As of any stream."""
        got = int(self._stream.readinto(buffer) or 0)  # type: ignore[attr-defined]
        if self._size <= _PIPED:
            self._noted(bytes(buffer[:got]))
        return got

    def _noted(self, data: bytes) -> bytes:
        if self._size <= _PIPED:
            self._size += len(data)
            self._parts.append(data)
            if self._size > _PIPED:
                self._parts.clear()
        return data

    @property
    def whole(self) -> bytes | None:
        """All that was read; None where it was too much."""
        return b"".join(self._parts) if self._size <= _PIPED else None


def whole_of(reopened: Reopened) -> bytes | None:
    """All bytes of the log; None where they are too many."""
    from harness.trace.lines import read_ahead

    with reopened() as stream:
        data, _ = read_ahead(stream, _LARGEST + 1)
    return data if len(data) <= _LARGEST else None


def tell_mended(console: "Console", verdict: "Verdict") -> None:
    """One line for each mending."""
    for by in verdict.mended:
        console.print(say(f"verify.mended-{by}"), style="yellow")


def tell_crashes(console: "Console", reopened: Reopened) -> None:
    """The tracebacks in the log: their last line, and where."""
    from harness.trace.mending import crashes_in

    with reopened() as stream:
        crashes = crashes_in(stream)
    for crash in crashes:
        facts = {"file": printable(crash.file), "said": printable(crash.said)}
        text = say("verify.crash", line=crash.line, number=crash.number, **facts)
        console.print(text, style="yellow", markup=False, highlight=False)
