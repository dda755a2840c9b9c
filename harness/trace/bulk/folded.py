"""Jobs that went as they should, remembered by the thousand: by their keys, or by their places.

A *mark* is the receipt's line, doubled, and odd where the job FAILED; the two other lines follow it.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from harness.trace.bulk.keys import Bytes, Keys, Submitted
from harness.trace.records import Done

Marks = NDArray[np.uint32]

LAST_LINE = (1 << 31) - 8  #: lines from here on do not fit
_FILTER_BITS = 27  #: 16 MiB; a million keys set 1 bit in 67
_MIX = np.uint64(0x9E3779B97F4A7C15)  #: spreads ids whose bits are not all random
_NAMED = 1  #: no mark: lines are from 1


class _Origins:
    """Which stream and storage folded jobs have: the same from one line to another."""

    def __init__(self) -> None:
        self._from: list[tuple[int, tuple[str, str | None]]] = []  # a mark, stream and storage

    def add(self, mark: int, origin: tuple[str, str | None]) -> None:
        if not self._from or self._from[-1][1] != origin:
            self._from.append((mark, origin))

    def done(self, mark: int) -> Done:
        """The job of this mark as the registry would have kept it."""
        line, failed = divmod(mark, 2)
        _, origin = self._from[bisect_right(self._from, mark, key=lambda one: one[0]) - 1]
        return Done(line, line + 1, line + 2, bool(failed), *origin)


class Placed:
    """Finished jobs where the submitted ones are known: a mark at each one's place.

    The log is expected in the queue's order, so that a run of its jobs is a slice of the submitted keys.
    Each place is one job's: whether a job is new is seen at its place, and its key is kept once.
    """

    def __init__(self, submitted: Submitted) -> None:
        self._submitted = submitted
        # 0: the log has not named it; _NAMED: the registry has it; else a mark.
        self._marks = np.zeros(len(submitted), np.uint32)
        self._count = 0
        self._origins = _Origins()

    def __len__(self) -> int:
        return self._count

    def note(self, key: str) -> None:
        """The log has named ``key``, and the registry has it."""
        place = self._submitted.get(key)
        if place is not None and not self._marks[place]:
            self._marks[place] = _NAMED

    def fresh(self, keys: Bytes, place: int) -> int:
        """How many of the first keys are the submitted ones from ``place`` on, and new to the log."""
        expected = self._submitted.keys.rows(place, place + len(keys))
        fits = (keys[: len(expected)].view(np.uint64) == expected.view(np.uint64)).all(axis=1)
        fits &= self._marks[place : place + len(expected)] == 0
        return len(fits) if fits.all() else int(fits.argmin())

    def add(self, keys: Bytes, marks: Marks, place: int, origin: tuple[str, str | None]) -> None:
        """Remember fresh jobs, in their places."""
        self._origins.add(int(marks[0]), origin)
        self._marks[place : place + len(keys)] = marks
        self._count += len(keys)
        self._submitted.expect(place + len(keys) - 1)

    def get(self, key: str) -> Done | None:
        """The job as the registry would have kept it."""
        place = self._submitted.get(key)
        mark = _NAMED if place is None else int(self._marks[place])
        return self._origins.done(mark) if mark > _NAMED else None

    def beginning(self, prefix: str) -> list[str]:
        """Keys of jobs here that begin with ``prefix``."""
        places = self._submitted.keys.beginning(prefix)
        return [self._submitted.keys.key(at) for at in places if self._marks[at] > _NAMED]

    def unseen(self) -> Iterator[str]:
        """Submitted keys that are not here, in published order."""
        missing = np.flatnonzero(self._marks <= _NAMED)
        yield from map(self._submitted.keys.key, missing.tolist())


class Folded:
    """Finished jobs where nobody said which were submitted; and a filter of all keys named so far."""

    def __init__(self) -> None:
        self.keys = Keys()
        self._marks = array("I")
        self._origins = _Origins()
        self._filter = np.zeros(1 << (_FILTER_BITS - 3), np.uint8)

    def __len__(self) -> int:
        return len(self.keys)

    def note(self, key: str) -> None:
        """The log has named ``key``."""
        self._mark(_row(key))

    def fresh(self, keys: Bytes, _place: int) -> int:
        """How many of the first keys are surely new to the log, and not named twice among themselves."""
        known = self._known(keys)
        count = int(known.argmax()) if known.any() else len(keys)
        firsts = np.sort(keys[:count].view(np.uint64)[:, 0])
        while count and (firsts[1:] == firsts[:-1]).any():  # rarer than a broken log
            count //= 2
            firsts = np.sort(keys[:count].view(np.uint64)[:, 0])
        return count

    def add(self, keys: Bytes, marks: Marks, _place: int, origin: tuple[str, str | None]) -> None:
        """Remember fresh jobs."""
        self._origins.add(int(marks[0]), origin)
        self.keys.add(keys)
        self._marks.frombytes(marks.tobytes())
        self._mark(keys)

    def get(self, key: str) -> Done | None:
        """The job as the registry would have kept it."""
        if not self._known(_row(key))[0]:
            return None
        at = self.keys.find(key)
        return None if at is None else self._origins.done(self._marks[at])

    def beginning(self, prefix: str) -> list[str]:
        """Keys of jobs here that begin with ``prefix``."""
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
