"""Python's tracebacks and Go's panics in a log: what was said last, and where."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from typing import BinaryIO, NamedTuple

from harness.trace.lines import whole_lines

_BEGINS = b"Traceback (most recent call last):"
_GO_BEGINS = b"panic: "
_PANIC = re.compile(r"\bpanic: (?P<said>.+)")
_PLACE = re.compile(r'File "(?P<file>[^"]{1,300})", line (?P<number>\d{1,7})')
_GO_PLACE = re.compile(r"(?P<file>/[^\s:]{1,300}\.go):(?P<number>\d{1,7})")
_LONGEST = 200  #: lines of one traceback
_MOST = 20
_BEHIND = 1 << 16  #: bytes of the next block in which a traceback may go on
_SHOWN = 200


class Crash(NamedTuple):
    """A traceback: its first line in the log, its last words, the innermost place."""

    line: int
    said: str
    file: str
    number: int


def crashes_in(stream: BinaryIO) -> list[Crash]:
    """The tracebacks of a log, the first ones; blocks without any are passed over as they are."""
    tracebacks: list[Crash] = []
    for before, block, after in _blocks(stream):
        if _BEGINS in block or _GO_BEGINS in block:
            lines = (block + after[:_BEHIND]).split(b"\n")
            here = crashes(lines)
            most = block.count(b"\n")
            tracebacks += [
                crash._replace(line=before + crash.line) for crash in here if crash.line <= most
            ]
        if len(tracebacks) >= _MOST:
            break
    return tracebacks[:_MOST]


def _blocks(stream: BinaryIO) -> Iterator[tuple[int, bytes, bytes]]:
    """Each block with the number of lines before it, and the block behind it."""
    before = 0
    for block, after in pairwise(chain(whole_lines(stream), [b""])):
        yield before, block, after
        before += block.count(b"\n")


def crashes(lines: Sequence[bytes]) -> list[Crash]:
    """The tracebacks of a log, the first ones."""
    tracebacks: list[Crash] = []
    for at, line in enumerate(lines):
        crash = None
        if _BEGINS in line:
            crash = _python(lines, at, line.index(_BEGINS))
        elif _GO_BEGINS in line:
            crash = _go(lines, at)
        if crash is not None:
            tracebacks.append(crash)
            if len(tracebacks) == _MOST:
                break
    return tracebacks


def _python(lines: Sequence[bytes], at: int, prefix: int) -> Crash | None:
    """Every line of it has a prefix as long as the first one's."""
    file, number = "", 0
    for raw in lines[at + 1 : at + _LONGEST]:
        text = raw[prefix:].decode("utf-8", "replace").rstrip()
        if place := _PLACE.search(text):
            file, number = place["file"], int(place["number"])
        elif text and not text[0].isspace() and file:
            return Crash(at + 1, text[:_SHOWN], file, number)
    return Crash(at + 1, "", file, number) if file else None


def _go(lines: Sequence[bytes], at: int) -> Crash | None:
    said = _PANIC.search(lines[at].decode("utf-8", "replace"))
    for raw in lines[at + 1 : at + _LONGEST]:
        if said and (place := _GO_PLACE.search(raw.decode("utf-8", "replace"))):
            return Crash(
                at + 1, f"panic: {said['said']}"[:_SHOWN], place["file"], int(place["number"])
            )
    return None
