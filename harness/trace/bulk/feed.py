"""A whole log to the judge: blocks, clean runs of jobs, and the lines between them."""

import re
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from harness.trace.bulk.block import Block
from harness.trace.bulk.folded import LAST_LINE, Folded, Placed
from harness.trace.bulk.forms import Head, Rest, learn, learnable
from harness.trace.bulk.heap import give_back, keep_freed
from harness.trace.bulk.keys import Bytes, Submitted
from harness.trace.bulk.odd import Odd
from harness.trace.bulk.scan import PROCESSING, RECEIVED, SLACK, Events, Lines, Scanner
from harness.trace.bulk.submitted import pack_submitted
from harness.trace.events import Parsed
from harness.trace.judge import Judge
from harness.trace.lines import read_lines, rejoined, split_lines
from harness.trace.utf16 import is_utf16

BLOCK = 1 << 21  #: bytes
_FIRST = 1 << 14  #: bytes read by the first forms; then four times as many
_LESSONS = 160  #: lines looked at for something new to learn, at the beginning
_LESSONS_A_BLOCK = 8
_REMEMBERED = 4096  #: looks of lines that taught nothing
_VARIES = re.compile(rb"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9]")


def feed_log(judge: Judge, stream: BinaryIO, block: int = BLOCK) -> bool:
    """Let the judge, who has read nothing yet, read a whole log; whether it may hold crashes
    (``crashes_in`` finds them).
    """
    buffer = np.zeros(block + SLACK, np.uint8)
    used = _fill(stream, buffer, 0, block)
    slow = judge.keeps_all or not learnable(judge.profile)
    if used < block or is_utf16(buffer[:2].tobytes()) or slow:
        judge.feed_all(read_lines(rejoined(buffer[:used].tobytes(), stream)))
        return True
    keep_freed()
    feeder = _Feeder(judge)
    while judge.line < LAST_LINE - block:
        last = used < block
        whole = _last_line_end(buffer, used)
        done = feeder.feed(buffer, whole) if whole else 0
        rest = buffer[done:used].copy()
        buffer[: len(rest)] = rest
        if (last and done == whole) or done == 0:
            used = len(rest)  # a line longer than a block is for the ordinary path
            break
        used = _fill(stream, buffer, len(rest), block)
    judge.feed_all(split_lines(_blocks(buffer[:used].tobytes(), stream)))
    del buffer
    give_back()  # before the verdict, which takes its own
    return feeder.may_hold_crashes or used > 0


def _blocks(head: bytes, stream: BinaryIO) -> Iterator[bytes]:
    yield head
    read = stream.read1 if hasattr(stream, "read1") else stream.read
    while data := read(1 << 20):
        yield data


def _fill(stream: BinaryIO, buffer: Bytes, at: int, end: int) -> int:
    """Read until the buffer is full or the stream has ended; how far it is filled."""
    view = memoryview(buffer)  # type: ignore[arg-type]  # an array of bytes is a buffer
    while at < end and (got := stream.readinto(view[at:end])):  # type: ignore[attr-defined]
        at += got
    return at


def _last_line_end(buffer: Bytes, used: int) -> int:
    """How many of the first bytes are whole lines."""
    size = 1 << 12
    while size < 2 * max(used, 1):
        ends = np.flatnonzero(buffer[max(used - size, 0) : used] == 10)
        if len(ends):
            return max(used - size, 0) + int(ends[-1]) + 1
        size *= 8
    return 0


def _begun(events: Events) -> int:
    """How many of the last lines begin a job that goes on behind them."""
    last = events.kind[-2:].tolist()
    return 1 if last[-1:] == [RECEIVED] else 2 if last == [RECEIVED, PROCESSING] else 0


def _without(many: int, lines: Lines, events: Events) -> tuple[Lines, Events]:
    """The same block less its last lines."""
    dirty = None if lines.dirty is None else lines.dirty[:-many]
    kept = Events(events.kind[:-many], events.head[:-many], events.rest[:-many], events.ids[:-many])
    return Lines(lines.starts[:-many], lines.ends[:-many], dirty), kept


class _Feeder:
    """Blocks of whole lines to the judge, and what is learnt from them."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        places = judge.jobs.submitted
        if places is not None and not isinstance(places, Submitted):
            places = judge.jobs.submitted = pack_submitted(places)
        self._store = Folded() if places is None else Placed(places)
        judge.jobs.keep_in(self._store)
        self._scanner = Scanner(judge.profile.separator, len(judge.profile.fields))
        self._odd = Odd(judge)
        self._lessons = _LESSONS
        self._looks: set[tuple[str, bytes]] = (
            set()
        )  # of lines that were learnt from, or taught nothing
        self._most = _FIRST

    @property
    def may_hold_crashes(self) -> bool:
        """Whether any line so far may be of a crash."""
        return self._odd.may_hold_crashes

    def feed(self, buffer: Bytes, size: int) -> int:
        """Judge lines of ``buffer[:size]``; how many bytes of it are done with."""
        if self._most < size:  # little at first: what is learnt from it spares the rest
            size = _last_line_end(buffer, self._most) or size
            self._most *= 4
        lines = self._scanner.lines(buffer, size)
        events = self._scanner.read(buffer, lines)
        if begun := _begun(events):  # the next block has all of that job
            size = int(lines.starts[-begun])
            lines, events = _without(begun, lines, events)
        if not size:
            return 0
        block = Block(self._judge, self._store, self._scanner, buffer, lines, events)
        odd = self._odd.read(buffer, lines, events.kind == 0, self._judge.line)
        self._study(block, odd)
        block.judge(odd)
        return size

    def _study(self, block: Block, odd: dict[int, Parsed]) -> None:
        """Learn from events that no form fitted."""
        self._lessons = max(self._lessons, _LESSONS_A_BLOCK)
        for line, parsed in odd.items():
            if self._lessons <= 0:
                return
            raw = block.raw(line)
            look = (parsed.stream, _VARIES.sub(b"0", raw))
            if look in self._looks:
                continue
            if len(self._looks) < _REMEMBERED:
                self._looks.add(look)
            self._lessons -= 1
            learnt: tuple[Head, Rest] | None = learn(
                raw, self._judge.profile, self._judge.reader.read
            )
            if learnt and self._scanner.add(*learnt):
                self._lessons += 1
