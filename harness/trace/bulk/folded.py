"""Jobs that went as they should, remembered by the thousand: by their keys, or by their places.

A *mark* says all that is known of one: its receipt's line, how many lines later its two others
stand, its stream and storage, and whether it FAILED. 64 bits; what does not fit is the registry's
to keep.
"""

from array import array
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from harness.trace.bulk.keys import Bytes, Keys, Submitted
from harness.trace.records import Done

Marks = NDArray[np.uint64]
Places = NDArray[np.int64]

FARTHEST = (1 << 12) - 1  #: lines from a receipt to the other two
LAST_LINE = (1 << 32) - 1
_MOST_ORIGINS = 1 << 7
_FILTER_BITS = 27  #: 16 MiB; a million keys set 1 bit in 67
_MIX = np.uint64(0x9E3779B97F4A7C15)  #: spreads ids whose bits are not all random
_NAMED = 1  #: no mark: lines are from 1
_RECENT = 2048  #: jobs folded one by one that wait to be packed

Origin = tuple[str, str | None]
"""A stream and a storage."""


class Marking:
    """Marks of jobs, and jobs of marks."""

    def __init__(self) -> None:
        self._origins: list[Origin] = []

    def origin(self, origin: Origin) -> int | None:
        """The number of a stream and storage; None where there are too many."""
        if origin not in self._origins:
            if len(self._origins) >= _MOST_ORIGINS:
                return None
            self._origins.append(origin)
        return self._origins.index(origin)

    def mark(self, done: Done) -> int | None:
        """The job's mark; None where it does not fit one."""
        origin = self.origin((done.stream, done.storage))
        steps = (done.processing - done.received, done.final - done.received)
        if origin is None or not 0 < steps[0] < steps[1] <= FARTHEST or done.final > LAST_LINE:
            return None
        return done.received << 32 | steps[0] << 20 | steps[1] << 8 | origin << 1 | done.failed

    def done(self, mark: int) -> Done:
        """The job of this mark."""
        line = mark >> 32
        stream, storage = self._origins[mark >> 1 & (_MOST_ORIGINS - 1)]
        processing, final = line + (mark >> 20 & FARTHEST), line + (mark >> 8 & FARTHEST)
        return Done(line, processing, final, bool(mark & 1), stream, storage)


def marks_of(lines: Places, processing: Places, final: Places, tags: Places) -> Marks:
    """Many marks at once; ``tags`` are origins doubled, and odd where the job FAILED."""
    steps = ((processing - lines) << 20) | ((final - lines) << 8) | tags
    return (lines.astype(np.uint64) << np.uint64(32)) | steps.astype(np.uint64)


class Placed:
    """Finished jobs where the submitted ones are known: a mark at each one's place."""

    def __init__(self, submitted: Submitted) -> None:
        self.marking = Marking()
        self._submitted = submitted
        # 0: the log has not named it; _NAMED: the registry has it; else a mark.
        self._marks = np.zeros(len(submitted), np.uint64)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def note(self, key: str) -> None:
        """The log has named ``key``, and the registry has it."""
        place = self._submitted.get(key)
        if place is not None and not self._marks[place]:
            self._marks[place] = _NAMED

    def fresh(self, keys: Bytes) -> tuple[NDArray[np.bool_], Places]:
        """Which keys were submitted and are new to the log, and the places of all."""
        places = self._submitted.places(keys)
        fresh = (places >= 0) & (self._marks[places] == 0)
        ordered = np.sort(places)
        if (ordered[1:] == ordered[:-1]).any():
            _, at, many = np.unique(places, return_inverse=True, return_counts=True)
            fresh &= many[at] == 1
        return fresh, places

    def add(self, _keys: Bytes, marks: Marks, places: Places) -> None:
        """Remember fresh jobs, in their places."""
        self._marks[places] = marks
        self._count += len(places)

    def put(self, key: str, done: Done) -> bool:
        """Remember one job that the registry has finished with; False where it does not fit."""
        place, mark = self._submitted.get(key), self.marking.mark(done)
        if place is None or mark is None or self._marks[place] > _NAMED:
            return False
        self._marks[place] = mark
        self._count += 1
        return True

    def get(self, key: str) -> Done | None:
        """The job as the registry would have kept it."""
        place = self._submitted.get(key)
        mark = _NAMED if place is None else int(self._marks[place])
        return self.marking.done(mark) if mark > _NAMED else None

    def beginning(self, prefix: str) -> list[str]:
        """Keys of jobs here that begin with ``prefix``."""
        places = self._submitted.keys.beginning(prefix)
        return [self._submitted.keys.key(at) for at in places if self._marks[at] > _NAMED]

    def unseen(self) -> Iterator[str]:
        """Submitted keys that are not here, in published order."""
        missing = np.flatnonzero(self._marks <= _NAMED)
        yield from map(self._submitted.keys.key, missing.tolist())


class Folded:
    """Finished jobs where nobody said which were submitted; and a filter of all keys named so
    far.
    """

    def __init__(self) -> None:
        self.marking = Marking()
        self.keys = Keys()
        self._marks = array("Q")
        self._filter = np.zeros(1 << (_FILTER_BITS - 3), np.uint8)
        self._recent: dict[str, int] = {}  # key and mark of those put here one by one

    def __len__(self) -> int:
        return len(self.keys) + len(self._recent)

    def note(self, key: str) -> None:
        """The log has named ``key``."""
        self._mark(_row(key))

    def fresh(self, keys: Bytes) -> tuple[NDArray[np.bool_], Places]:
        """Which keys are surely new to the log, and not named twice among themselves; no places."""
        fresh = ~self._known(keys)
        halves = keys.view(np.uint64)[:, 0]
        ordered = np.sort(halves)
        if (ordered[1:] == ordered[:-1]).any():
            _, at, many = np.unique(halves, return_inverse=True, return_counts=True)
            fresh &= many[at] == 1
        return fresh, np.zeros(len(keys), np.int64)

    def add(self, keys: Bytes, marks: Marks, _places: Places) -> None:
        """Remember fresh jobs."""
        self._pack_recent()
        self.keys.add(keys)
        self._marks.frombytes(marks.tobytes())
        self._mark(keys)

    def put(self, key: str, done: Done) -> bool:
        """Remember one job that the registry has finished with; False where it does not fit."""
        mark = self.marking.mark(done)
        if mark is None:
            return False
        self._recent[key] = mark
        if len(self._recent) >= _RECENT:
            self._pack_recent()
        return True

    def _pack_recent(self) -> None:
        if self._recent:
            rows = np.frombuffer(bytes.fromhex("".join(self._recent)), np.uint8).reshape(-1, 16)
            self.keys.add(rows)
            self._marks.extend(self._recent.values())
            self._recent.clear()

    def get(self, key: str) -> Done | None:
        """The job as the registry would have kept it."""
        if (mark := self._recent.get(key)) is not None:
            return self.marking.done(mark)
        if not self._known(_row(key))[0]:
            return None
        at = self.keys.find(key)
        return None if at is None else self.marking.done(self._marks[at])

    def beginning(self, prefix: str) -> list[str]:
        """Keys of jobs here that begin with ``prefix``."""
        self._pack_recent()
        return [self.keys.key(at) for at in self.keys.beginning(prefix)]

    def unseen(self) -> Iterator[str]:
        """None: nobody said what was submitted."""
        return iter(())

    def _known(self, keys: Bytes) -> NDArray[np.bool_]:
        """False: the key is surely new. True: it was named before, or its bits are others'."""
        known = np.ones(len(keys), np.bool_)
        for at, bit in _bits(keys):
            known &= (self._filter[at] & bit) != 0
        return known

    def _mark(self, keys: Bytes) -> None:
        for at, bit in _bits(keys):
            np.bitwise_or.at(self._filter, at, bit)


def _row(key: str) -> Bytes:
    return np.frombuffer(bytes.fromhex(key), np.uint8).reshape(1, -1)


def _bits(keys: Bytes) -> Iterator[tuple[NDArray[np.uint64], Bytes]]:
    """For each half of the keys its byte of the filter, and its bit there."""
    halves = keys.view(np.uint64)
    for half in (halves[:, 0], halves[:, 1]):
        at = (half * _MIX) >> np.uint64(64 - _FILTER_BITS)
        yield at >> np.uint64(3), np.left_shift(np.uint8(1), (at & np.uint64(7)).astype(np.uint8))
