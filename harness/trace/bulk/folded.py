"""Jobs that went as they should, remembered by the thousand: a key, a line number and a bit each."""

from array import array
from bisect import bisect_right
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from harness.trace.bulk.keys import Bytes, Keys, Submitted
from harness.trace.records import Done

LAST_LINE = (1 << 31) - 8  #: lines from here on do not fit
_FILTER_BITS = 27  #: 16 MiB; a million keys set 1 bit in 67
_MIX = np.uint64(0x9E3779B97F4A7C15)  #: spreads ids whose bits are not all random


class Folded:
    """Finished jobs of three lines in a row, and which keys the log has named at all."""

    def __init__(self, submitted: Submitted | None) -> None:
        self.keys = Keys()
        self._lines = array("I")  # the receipt's line, doubled; odd where the job FAILED
        self._parts: list[tuple[int, str, str | None]] = []  # from which position: stream, storage
        self._filter = np.zeros(1 << (_FILTER_BITS - 3), np.uint8)
        self._submitted = submitted
        self._seen = np.zeros(len(submitted) if submitted is not None else 0, np.bool_)

    def __len__(self) -> int:
        return len(self.keys)

    def note(self, key: str) -> None:
        """The log has named ``key``."""
        self._mark(np.frombuffer(bytes.fromhex(key), np.uint8).reshape(1, -1))

    def fresh(self, keys: Bytes) -> int:
        """How many of the first keys are surely new to the log, and not named twice among themselves."""
        halves = keys.view(np.uint64)
        known = np.ones(len(keys), np.bool_)
        for half in (halves[:, 0], halves[:, 1]):
            at = (half * _MIX) >> np.uint64(64 - _FILTER_BITS)
            bit = np.left_shift(np.uint8(1), (at & np.uint64(7)).astype(np.uint8))
            known &= (self._filter[at >> np.uint64(3)] & bit) != 0
        count = int(known.argmax()) if known.any() else len(keys)
        firsts = np.sort(halves[:count, 0])
        while count and (firsts[1:] == firsts[:-1]).any():  # rarer than a broken log
            count //= 2
            firsts = np.sort(halves[:count, 0])
        return count

    def add(self, keys: Bytes, lines: NDArray[np.uint32], stream: str, storage: str | None) -> None:
        """Remember fresh jobs; ``lines`` as this class keeps them."""
        if not self._parts or self._parts[-1][1:] != (stream, storage):
            self._parts.append((len(self.keys), stream, storage))
        self.keys.add(keys)
        self._lines.frombytes(lines.tobytes())
        self._mark(keys)

    def get(self, key: str) -> Done | None:
        """The job as the registry would have kept it."""
        at = self.keys.find(key)
        if at is None:
            return None
        line, failed = divmod(self._lines[at], 2)
        part = bisect_right(self._parts, at, key=lambda one: one[0]) - 1
        _, stream, storage = self._parts[part]
        return Done(line, line + 1, line + 2, bool(failed), stream, storage)

    def beginning(self, prefix: str) -> list[str]:
        """Keys of jobs here that begin with ``prefix``."""
        return [self.keys.key(at) for at in self.keys.beginning(prefix)]

    def take_places(self, first: int, count: int) -> None:
        """Jobs at these places of the submitted ones are here."""
        self._seen[first : first + count] = True

    def unseen(self) -> Iterator[str]:
        """Submitted keys that are not here, in published order."""
        if self._submitted is not None:
            yield from map(self._submitted.keys.key, np.flatnonzero(~self._seen).tolist())

    def _mark(self, keys: Bytes) -> None:
        halves = keys.view(np.uint64)
        for half in (halves[:, 0], halves[:, 1]):
            at = (half * _MIX) >> np.uint64(64 - _FILTER_BITS)
            bit = np.left_shift(np.uint8(1), (at & np.uint64(7)).astype(np.uint8))
            np.bitwise_or.at(self._filter, at >> np.uint64(3), bit)
