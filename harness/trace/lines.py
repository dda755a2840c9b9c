"""Lines of a log, read once from a binary stream with bounded memory.

A line ends at LF or CRLF only; an unterminated last line is a line. UTF-16 is read by its BOM, and
8-bit lines that were appended to it.
"""

import codecs
import io
import os
from collections.abc import Generator, Iterable, Iterator
from itertools import chain
from typing import Any, BinaryIO

from harness.trace.utf16 import is_utf16, utf8_of

LONGEST = (
    8 * 1024 * 1024
)  #: bytes kept of one line; no log of ours needs more, and memory is bounded
_BLOCK = 1024 * 1024


def read_lines(stream: BinaryIO) -> Generator[bytes, None, None]:
    """Each line of ``stream`` as UTF-8 bytes without its end, as soon as it is there.

    Of a line longer than ``LONGEST`` only the beginning comes; it still counts as one line.
    """
    return split_lines(_utf8_blocks(stream))


def split_lines(blocks: Iterable[bytes]) -> Generator[bytes, None, None]:
    """The lines of a text that comes in blocks, as ``read_lines`` gives them."""
    tail = b""
    dropping = False  # the rest of a line that was too long
    for block in blocks:
        *whole, rest = block.split(b"\n")
        for part in whole:
            if not dropping:
                line = tail + part
                yield line.removesuffix(b"\r")[:LONGEST]
            tail, dropping = b"", False
        if dropping:
            continue
        tail += rest
        if len(tail) > LONGEST:
            yield tail[:LONGEST]
            tail, dropping = b"", True
    if tail and not dropping:
        yield tail.removesuffix(b"\r")


def whole_lines(stream: BinaryIO) -> Iterator[bytes]:
    """The text in blocks that end where lines end, but for a line longer than ``LONGEST``."""
    rest = b""
    for block in _utf8_blocks(stream):
        end = block.rfind(b"\n") + 1
        if end:
            yield rest + block[:end]
            rest = block[end:]
        else:
            rest += block
        if len(rest) > LONGEST:
            yield rest
            rest = b""
    if rest:
        yield rest


def _utf8_blocks(stream: BinaryIO) -> Iterator[bytes]:
    # read1 gives what is there: a pipe that is followed must not wait for a whole block.
    read = stream.read1 if hasattr(stream, "read1") else stream.read
    first = read(_BLOCK)
    while first and len(first) < len(codecs.BOM_UTF8):
        more = read(_BLOCK)
        if not more:
            break
        first += more
    blocks = chain([first] if first else [], iter(lambda: read(_BLOCK), b""))
    yield from utf8_of(blocks) if is_utf16(first) else blocks


def last_line_end(file: BinaryIO) -> int:
    """How many of the file's first bytes are whole lines."""
    end = file.seek(0, os.SEEK_END)
    while end > 0:
        start = max(end - _BLOCK, 0)
        file.seek(start)
        newline = file.read(end - start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0


class _Part(io.RawIOBase):
    """The first bytes of a stream."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream = stream
        self._left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)[: self._left]
        got: int = self._stream.readinto(view)  # type: ignore[attr-defined]
        self._left -= got
        return got


def first_bytes(stream: BinaryIO, size: int) -> BinaryIO:
    """A stream that ends after so many bytes of this one."""
    return io.BufferedReader(_Part(stream, size), _BLOCK)


class _Ahead:
    """What was read ahead, and then the stream."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._head = memoryview(head)
        self._stream = stream

    def read1(self, size: int) -> bytes:
        if len(self._head):
            part, self._head = self._head[:size], self._head[size:]
            return bytes(part)
        stream = self._stream
        return stream.read1(size) if hasattr(stream, "read1") else stream.read(size)

    def read(self, size: int) -> bytes:
        if len(self._head):
            return self.read1(size)
        return self._stream.read(size)

    def readinto(self, buffer: memoryview) -> int:
        if len(self._head):
            part, self._head = self._head[: len(buffer)], self._head[len(buffer) :]
            buffer[: len(part)] = part
            return len(part)
        got = self._stream.readinto(buffer)  # type: ignore[attr-defined]
        return int(got or 0)


def read_ahead(stream: BinaryIO, size: int) -> tuple[bytes, BinaryIO]:
    """The first bytes of a stream, fewer only where it ends; and the stream as if nothing was
    read.
    """
    parts: list[bytes] = []
    left = size
    while left and (data := stream.read(left)):
        parts.append(data)
        left -= len(data)
    head = b"".join(parts)
    return head, rejoined(head, stream)


def rejoined(head: bytes, stream: BinaryIO) -> BinaryIO:
    """A stream that begins with ``head``; it has ``read`` (fewer bytes say nothing), ``read1`` and
    ``readinto``.
    """
    return _Ahead(head, stream)  # type: ignore[return-value]
