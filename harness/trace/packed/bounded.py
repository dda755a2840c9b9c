"""What comes out of a packed file, no more of it than a log could be."""

import io
from collections.abc import Iterable
from typing import Any, BinaryIO, Protocol

from harness.trace.errors import TraceError

MOST = 8 << 30  #: bytes out of one file
_FREE = 64 << 20  #: bytes that may come at any ratio
RATIO = 200  #: a log with its ids packs by ten or twenty to one


class Readable(Protocol):
    """All that is asked of what is unpacked."""

    def read(self, size: int, /) -> bytes: ...


class Bounded(io.RawIOBase):
    """An unpacked stream that ends with a sentence where it is a bomb, or broken."""

    def __init__(
        self, stream: Readable, packed: int, name: str, broken: tuple[type[Exception], ...]
    ) -> None:
        self._stream, self._name, self._broken = stream, name, broken
        self._left = min(MOST, max(_FREE, packed * RATIO))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._stream.read(min(len(buffer), 1 << 20))
        except self._broken as error:
            raise TraceError("log-packed-broken", file=self._name) from error
        self._left -= len(data)
        if self._left < 0:
            raise TraceError("log-packed-large", file=self._name)
        buffer[: len(data)] = data
        return len(data)


def bounded(
    stream: Readable, packed: int, name: str, broken: tuple[type[Exception], ...]
) -> io.BufferedReader:
    """The stream; ``packed`` is the size of what it comes from."""
    return io.BufferedReader(Bounded(stream, packed, name, broken), 1 << 20)


class _Joined(io.RawIOBase):
    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = iter(lines)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        parts, size = [self._rest], len(self._rest)
        while size < len(buffer) and (line := next(self._lines, None)) is not None:
            parts.append(line + b"\n")
            size += len(line) + 1
        data = b"".join(parts)
        data, self._rest = data[: len(buffer)], data[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)


def stream_of(lines: Iterable[bytes]) -> BinaryIO:
    """Lines as a stream of bytes, each with its end."""
    return io.BufferedReader(_Joined(lines), 1 << 20)
