"""One block judged: clean triples in each stream's own order, everything else line by line in its
turn.

Three events of one stream that follow each other there (whatever other streams or noise stand
between) and are a clean job by their forms say nothing that a rule could hold against it, if its id
is new and named by no other line, its place in the queue is not before one that the stream has had,
and no other job is open there.
"""

import heapq
import itertools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.trace.bulk.folded import FARTHEST, Folded, Placed, marks_of
from harness.trace.bulk.forms import TEXT
from harness.trace.bulk.keys import Bytes, among, bounds, hi_of, pack
from harness.trace.bulk.scan import (
    COMPLETED,
    FAILED,
    PROCESSING,
    RECEIVED,
    Events,
    Flags,
    Lines,
    Places,
    Scanner,
    rows_at,
)
from harness.trace.events import Parsed
from harness.trace.ids import SHORTEST, leading_key
from harness.trace.judge import FIRST, Judge
from harness.trace.paths import storage_of

_ODD = 9  #: the kind of an event that no form fits


class _Sequence(NamedTuple):
    """The block's events, those of one stream together, each stream in its order."""

    line: Places
    stream: Places
    kind: Bytes


class _Triples(NamedTuple):
    """Clean jobs: where each begins in the sequence, its lines, keys, places in the queue, and
    marks.
    """

    at: Places
    lines: Places  #: n × 3
    stream: Places
    keys: Bytes
    places: Places
    marks: NDArray[np.uint64]

    def some(self, which: "Flags | slice") -> "_Triples":
        if not isinstance(which, slice) and which.all():
            return self
        return _Triples(
            self.at[which],
            self.lines[which],
            self.stream[which],
            self.keys[which],
            self.places[which],
            self.marks[which],
        )


class Block:
    """Lines of one block, judged in order."""

    def __init__(
        self,
        judge: Judge,
        store: Folded | Placed,
        scanner: Scanner,
        buffer: Bytes,
        lines: Lines,
        events: Events,
    ) -> None:
        self._judge, self._store, self._scanner = judge, store, scanner
        self._buffer, self._lines, self._events = buffer, lines, events
        self._before = judge.line
        self._names: list[str] = []
        self._numbers: dict[str, int] = {}
        self._noise: set[int] = set()  #: lines that a form fits, and that are no events after all

    def raw(self, line: int) -> bytes:
        """A line of the block."""
        return self._buffer[self._lines.starts[line] : self._lines.ends[line]].tobytes()

    def judge(self, odd: dict[int, Parsed]) -> None:
        """Judge the block; ``odd`` are its events that no form fits."""
        sequence = self._sequence(odd)
        triples = self._candidates(sequence)
        slow = dict(odd)
        self._slow_down(sequence, triples, slow)
        triples = triples.some(self._unmentioned(triples, slow))
        self._slow_down(sequence, triples, slow)
        _Turns(self._judge, self._store, self._names, self._before, self._parsed).take(
            triples, slow
        )
        self._judge.line = self._before + len(self._lines.starts)

    def _number(self, stream: str) -> int:
        number = self._numbers.setdefault(stream, len(self._names))
        if number == len(self._names):
            self._names.append(stream)
        return number

    def _sequence(self, odd: dict[int, Parsed]) -> _Sequence:
        kind = self._events.kind.copy()
        stream = np.array([self._number(name) for name in self._scanner.streams] or [0], np.int64)
        streams = stream[self._events.head]
        if odd:
            at = np.fromiter(odd, np.int64, len(odd))
            kind[at] = _ODD
            streams[at] = [self._number(parsed.stream) for parsed in odd.values()]
        line = np.flatnonzero(kind)
        if len(self._names) > 1:
            line = line[np.argsort(streams[line].astype(np.int16), kind="stable")]
        return _Sequence(line, streams[line], kind[line])

    def _candidates(self, sequence: _Sequence) -> _Triples:
        kind, stream = sequence.kind, sequence.stream
        final = (kind[2:] == COMPLETED) | (kind[2:] == FAILED)
        here = (kind[:-2] == RECEIVED) & (kind[1:-1] == PROCESSING) & final
        here &= (stream[:-2] == stream[1:-1]) & (stream[:-2] == stream[2:])
        at = np.flatnonzero(here)
        lines = np.stack([sequence.line[at], sequence.line[at + 1], sequence.line[at + 2]], axis=1)
        ids = self._events.ids[lines]
        first, *others = (
            rows_at(self._buffer, ids[:, step], TEXT).view(np.uint32) for step in range(3)
        )
        good = lines[:, 2] - lines[:, 0] <= FARTHEST
        for other in others:
            if (differ := first != other).any():
                good &= ~differ.any(axis=1)
        keys, bad = pack(first.view(np.uint8)) if len(at) else (np.empty((0, 16), np.uint8), None)
        if bad is not None:
            good &= ~bad
        receipts, finals = self._events.rest[lines[:, 0]], self._events.rest[lines[:, 2]]
        good &= self._scanner.stored(receipts, finals)
        tags, fit = self._tags(stream[at], receipts, kind[at + 2] == FAILED)
        good &= fit
        fresh, places = self._fresh(keys, good)
        absolute = lines + (self._before + 1)
        marks = marks_of(absolute[:, 0], absolute[:, 1], absolute[:, 2], tags)
        return _Triples(at, lines, stream[at], keys, places, marks).some(good & fresh)

    def _fresh(self, keys: Bytes, good: Flags) -> tuple[Flags, Places]:
        """Which of the good keys are new to the log; the places of all."""
        fresh, places = np.zeros(len(keys), np.bool_), np.zeros(len(keys), np.int64)
        order = slice(None) if good.all() else np.flatnonzero(good)
        if len(keys):
            fresh[order], places[order] = self._store.fresh(keys[order])
        return fresh, places

    def _tags(self, stream: Places, receipts: Bytes, failed: Flags) -> tuple[Places, Flags]:
        """Origins doubled, odd where the job failed; and whether there is a number for the
        origin.
        """
        pair = stream * 256 + receipts
        tags, fit = np.zeros(len(pair), np.int64), np.ones(len(pair), np.bool_)
        for code in np.flatnonzero(np.bincount(pair)).tolist():
            name, rest = self._names[code // 256], self._scanner.rest(code % 256)
            number = self._store.marking.origin((name, storage_of(rest.path)))
            here = pair == code
            tags[here] = 2 * (number or 0)
            fit[here] = number is not None
        return tags + failed, fit

    def _slow_down(self, sequence: _Sequence, triples: _Triples, slow: dict[int, Parsed]) -> None:
        """Read, one by one, events that are of no clean triple. A form asks of an id only where it
        is: one that holds other than digits makes its line none."""
        clean = np.zeros(len(self._lines.starts), np.bool_)
        clean[triples.lines.ravel()] = True
        for line in np.sort(sequence.line[~clean[sequence.line]]).tolist():
            if line not in slow and line not in self._noise:
                self._read_into(slow, line)

    def _read_into(self, slow: dict[int, Parsed], line: int) -> None:
        raw, number = self.raw(line), self._before + line + 1
        if (parsed := self._judge.read(raw, number)) is not None:
            slow[line] = parsed
            return
        self._noise.add(line)
        if not self._judge.sample and number <= FIRST:
            self._judge.show_noise(raw)

    def _parsed(self, line: int) -> Parsed:
        parsed = self._judge.read(self.raw(line))
        if parsed is None:
            raise AssertionError("a clean job's line is an event's")
        return parsed

    def _unmentioned(self, triples: _Triples, slow: dict[int, Parsed]) -> Flags:
        """Which triples no other line speaks of, not even by the beginning of an id."""
        whole: set[int] = set()
        parts = set(self._judge.jobs.shortened)
        for parsed in slow.values():
            key = parsed.job.key if parsed.job else leading_key(parsed.id_text)
            if key and len(key) >= 16:
                whole.add(int(key[:16], 16))
            elif key and len(key) >= SHORTEST:
                parts.add(key)
        his = hi_of(triples.keys)
        meant = np.zeros(len(his), np.bool_)
        if whole:
            meant |= among(his, np.fromiter(whole, np.uint64, len(whole)))
        if parts:
            heads = {bounds(key[:SHORTEST])[0] >> 32 for key in parts}
            meant |= among(his >> np.uint64(32), np.fromiter(heads, np.uint64, len(heads)))
        return ~meant


class _Turn(NamedTuple):
    run: _Triples
    ordered: bool  #: in published order, as far as it goes


class _Turns:
    """Runs of clean triples and slow events, each in its turn."""

    def __init__(
        self,
        judge: Judge,
        store: Folded | Placed,
        names: list[str],
        before: int,
        parsed: Callable[[int], Parsed],
    ) -> None:
        self._judge, self._store, self._names, self._before = judge, store, names, before
        self._parsed = parsed
        self._queued = judge.jobs.submitted is not None
        self._queue: list[tuple[int, Parsed | _Turn]] = []  #: by line; no line has two

    def take(self, triples: _Triples, slow: dict[int, Parsed]) -> None:
        """Judge all of them."""
        for line, parsed in slow.items():
            self._push(line, parsed)
        for run in _runs(triples):
            self._push(int(run.lines[0, 0]), _Turn(run, False))
        while self._queue:
            line, turn = heapq.heappop(self._queue)
            if isinstance(turn, Parsed):
                self._judge.line = self._before + line + 1
                self._judge.take(turn)
            else:
                self._take_run(line, turn)

    def _push(self, line: int, turn: "Parsed | _Turn") -> None:
        heapq.heappush(self._queue, (line, turn))

    def _take_run(self, line: int, turn: "_Turn") -> None:
        for run, clean in [(turn.run, True)] if turn.ordered else self._in_order(turn.run):
            first = int(run.lines[0, 0])
            if not clean:
                self._push_lines(run)
            elif first != line:
                self._push(first, _Turn(run, True))
            elif self._judge.is_free(self._names[int(run.stream[0])]):
                self._accept(run)
            else:  # its first job overlaps; the next one may not
                self._push_lines(run.some(slice(0, 1)))
                if len(run.at) > 1:
                    self._push(int(run.lines[1, 0]), _Turn(run.some(slice(1, None)), False))

    def _push_lines(self, run: _Triples) -> None:
        for line in run.lines.ravel().tolist():
            self._push(line, self._parsed(line))

    def _in_order(self, run: _Triples) -> list[tuple[_Triples, bool]]:
        """The run in parts: those in published order, and those that come too late."""
        if not self._queued:
            return [(run, True)]
        latest = self._judge.stream(self._names[int(run.stream[0])]).latest
        most = np.maximum.accumulate(run.places)
        late = run.places < most
        if latest is not None:
            late |= run.places < latest[0]
        if not late.any():
            return [(run, True)]
        edges = [0, *(np.flatnonzero(np.diff(late)) + 1).tolist(), len(late)]
        return [(run.some(slice(a, b)), not late[a]) for a, b in itertools.pairwise(edges)]

    def _accept(self, run: _Triples) -> None:
        self._store.add(run.keys, run.marks, run.places)
        latest = None
        if self._queued:
            latest = (int(run.places[-1]), int(run.lines[-1, 0]) + self._before + 1)
        name = self._names[int(run.stream[0])]
        self._judge.accept_clean_run(name, run.keys[-1].tobytes().hex(), latest)


def _runs(triples: _Triples) -> list[_Triples]:
    """The triples that follow each other in a stream, without another event between."""
    if not len(triples.at):
        return []
    breaks = (np.diff(triples.at) != 3) | (np.diff(triples.stream) != 0)
    edges = [0, *(np.flatnonzero(breaks) + 1).tolist(), len(triples.at)]
    return [triples.some(slice(a, b)) for a, b in itertools.pairwise(edges)]
