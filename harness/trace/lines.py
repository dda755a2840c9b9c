"""Lines of a log, read once from a binary stream with bounded memory.

A line ends at LF or CRLF only; an unterminated last line is a line. UTF-16 is read by its BOM.
"""

import codecs
from collections.abc import Iterator
from typing import BinaryIO

LONGEST = (
    8 * 1024 * 1024
)  #: bytes kept of one line; no log of ours needs more, and memory is bounded
_BLOCK = 1024 * 1024


def read_lines(stream: BinaryIO) -> Iterator[bytes]:
    """Each line of ``stream`` as UTF-8 bytes without its end, as soon as it is there.

    Of a line longer than ``LONGEST`` only the beginning comes; it still counts as one line.
    """
    tail = b""
    dropping = False  # the rest of a line that was too long
    for block in _utf8_blocks(stream):
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


def _utf8_blocks(stream: BinaryIO) -> Iterator[bytes]:
    # read1 gives what is there: a pipe that is followed must not wait for a whole block.
    read = getattr(stream, "read1", stream.read)
    first = read(_BLOCK)
    while first and len(first) < len(codecs.BOM_UTF8):
        more = read(_BLOCK)
        if not more:
            break
        first += more
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        decoder = codecs.getincrementaldecoder("utf-16")(errors="replace")
        while first:
            yield decoder.decode(first).encode("utf-8", "replace")
            first = read(_BLOCK)
        yield decoder.decode(b"", final=True).encode("utf-8", "replace")
        return
    while first:
        yield first
        first = read(_BLOCK)
