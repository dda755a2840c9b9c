"""A whole log to the judge: blocks, clean runs of jobs, and the lines between them."""

from collections.abc import Iterator
from itertools import pairwise
from typing import BinaryIO

import numpy as np

from harness.trace.bulk.folded import LAST_LINE, Folded, Placed
from harness.trace.bulk.keys import Bytes, Submitted, bounds, hi_of
from harness.trace.bulk.scan import SLACK, Found, Scanner
from harness.trace.bulk.submitted import pack_submitted
from harness.trace.bulk.templates import learn, plain
from harness.trace.judge import Judge
from harness.trace.lines import is_utf16, read_lines, rejoined, split_lines
from harness.trace.records import Job, Stream

BLOCK = 2 * 1024 * 1024  #: bytes
_LESSONS = 200  #: triples looked at for something new to learn
_LESSONS_A_BLOCK = 20
_FIRST = 1 << 16  #: bytes read by the first templates; then four times as many
_SAMPLES = 600  #: lines at the beginning that are looked through for the first lesson
_MOST_SHORT = 16  #: abbreviated ids that runs are still compared with
_RUN = 16  #: jobs compared with the queue after a jump, then four times as many


def feed_log(judge: Judge, stream: BinaryIO, block: int = BLOCK) -> None:
    """Let the judge, who has read nothing yet, read a whole log."""
    buffer = np.zeros(block + SLACK, np.uint8)
    used = _fill(stream, buffer, 0, block)
    if used < block or is_utf16(buffer[:2].tobytes()) or not plain(judge.profile):
        judge.feed_all(read_lines(rejoined(buffer[:used].tobytes(), stream)))
        return
    feeder = _Feeder(judge)
    while judge.line < LAST_LINE - block:
        last = used < block
        whole = _last_line_end(buffer, used)
        done = feeder.feed(buffer, whole, last=last) if whole else 0
        rest = buffer[done:used].copy()
        buffer[: len(rest)] = rest
        if (
            last and done == whole
        ) or done == 0:  # a line longer than a block is for the ordinary path
            used = len(rest)
            break
        used = _fill(stream, buffer, len(rest), block)
    judge.feed_all(split_lines(_blocks(buffer[:used].tobytes(), stream)))


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
        found = np.flatnonzero(buffer[max(used - size, 0) : used] == 10)
        if len(found):
            return max(used - size, 0) + int(found[-1]) + 1
        size *= 8
    found = np.flatnonzero(buffer[:used] == 10)
    return int(found[-1]) + 1 if len(found) else 0


class _Feeder:
    """Blocks of whole lines to the judge."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        places = judge.jobs.submitted
        if places is not None and not isinstance(places, Submitted):
            places = judge.jobs.submitted = pack_submitted(places)
        self._store = Folded() if places is None else Placed(places)
        judge.jobs.keep_in(self._store)
        self._scanner = Scanner(judge.profile.separator, len(judge.profile.fields))
        self._lessons = _LESSONS
        self._most = _FIRST
        self._size = 0  # of the block that is read

    def feed(self, buffer: Bytes, size: int, *, last: bool = False) -> int:
        """Judge the lines of ``buffer[:size]``; how many bytes of it are done with."""
        self._lessons = max(self._lessons, _LESSONS_A_BLOCK)
        if not self._scanner.ready:
            self._first_lesson(buffer, size)
        if self._most < size:  # little at first: what is learnt from it spares the rest
            part = _last_line_end(buffer, self._most)
            self._most *= 4
            if part:
                size, last = part, False
        if not self._scanner.ready:
            self._slowly(buffer, 0, size)
            return size
        self._size = size
        found = self._scanner.read(buffer, size)
        keep = 0 if last else found.tail
        count = len(found.starts) - keep
        line = 0
        for first, end in _runs(found):
            at = int(found.at[first])
            self._between(buffer, found, line, at)
            self._run(buffer, found, first, end)
            line = int(found.at[end - 1]) + 3
        self._between(buffer, found, line, count)
        return size if keep == 0 else int(found.starts[count])

    def _first_lesson(self, buffer: Bytes, size: int) -> None:
        lines = buffer[: min(size, 1 << 18)].tobytes().split(b"\n")[:_SAMPLES]
        for at in range(len(lines) - 2):
            if self._learn(lines[at : at + 3]):
                return

    def _learn(self, lines: list[bytes]) -> bool:
        one, two, three = (line.removesuffix(b"\r") for line in lines)
        triple = learn((one, two, three), self._judge.profile, self._scanner.knows)
        return triple is not None and self._scanner.add(triple)

    def _slowly(self, buffer: Bytes, start: int, end: int) -> list[bytes]:
        """Lines that no template fits, to the judge."""
        if start >= end:
            return []
        lines = buffer[start:end].tobytes().split(b"\n")
        if not lines[-1]:
            lines.pop()
        self._judge.feed_all(line.removesuffix(b"\r") for line in lines)
        return lines

    def _between(self, buffer: Bytes, found: Found, first: int, end: int) -> None:
        """Lines ``first`` to ``end`` of the block to the judge; three of a new look are learnt from."""
        if first >= end:
            return
        lines = self._slowly(buffer, int(found.starts[first]), self._start(found, end))
        for at in range(len(lines) - 2):
            if self._lessons <= 0:
                return
            self._lessons -= 1
            if self._learn(lines[at : at + 3]):
                self._lessons = _LESSONS

    def _start(self, found: Found, line: int) -> int:
        """Where a line of the block begins; its end, where there is none."""
        return int(found.starts[line]) if line < len(found.starts) else self._size

    def _run(self, buffer: Bytes, found: Found, first: int, end: int) -> None:
        """Clean triples in a row: as many at once as say nothing new, the others line by line."""
        window = end - first
        while first < end:
            some = self._acceptable(found.keys[first : min(end, first + window)])
            if some:
                self._accept(found, first, first + some)
                first += some
                window *= 4
                continue
            window = _RUN
            line = int(found.at[first])
            self._slowly(buffer, int(found.starts[line]), self._start(found, line + 3))
            first += 1

    def _acceptable(self, keys: Bytes) -> int:
        """How many of the first of these jobs no rule has anything to say of."""
        judge, short = self._judge, list(self._judge.jobs.shortened)
        stream = judge.stream(self._scanner.stream)
        open_job = stream.open
        if open_job is not None and not open_job.final and not open_job.faults:
            return 0
        if len(short) > _MOST_SHORT:
            return 0
        keys = keys[: self._store.fresh(keys, _next_place(stream))]
        if short and len(keys):
            his = hi_of(keys)
            meant = np.zeros(len(keys), np.bool_)
            for key in short:
                low, high = bounds(key)
                meant |= (his >= np.uint64(low)) & (his <= np.uint64(high))
            if meant.any():
                keys = keys[: int(meant.argmax())]
        return len(keys)

    def _accept(self, found: Found, first: int, end: int) -> None:
        judge, count = self._judge, end - first
        lines = np.arange(judge.line + 1, judge.line + 1 + 3 * count, 3, dtype=np.uint32)
        marks = lines * np.uint32(2) + found.failed[first:end]
        keys = found.keys[first:end]
        stream = judge.stream(self._scanner.stream)
        place = _next_place(stream)
        self._store.add(keys, marks, place, (stream.name, self._scanner.storage))
        job = Job(keys[-1].tobytes().hex())
        job.final = True
        stream.open, stream.cut = job, None
        if self._judge.jobs.submitted is not None:
            stream.latest = (place + count - 1, job, int(lines[-1]))
        judge.pass_over(3 * count)


def _next_place(stream: Stream) -> int:
    """The place in the queue after that of the stream's latest receipt."""
    return stream.latest[0] + 1 if stream.latest else 0


def _runs(found: Found) -> Iterator[tuple[int, int]]:
    """The clean triples that stand in a row, as first and end."""
    if not len(found.at):
        return
    breaks = np.flatnonzero(np.diff(found.at) != 3) + 1
    edges = [0, *breaks.tolist(), len(found.at)]
    yield from pairwise(edges)
