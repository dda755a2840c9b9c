"""Whole ids as 16 bytes: packed many at a time, found again by their first digits.

A *key* here is a row of 16 bytes, the id's 32 hex digits in order; ``hi`` is its first half as a number.
"""

from collections.abc import Iterable, Iterator
from typing import cast

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]

TEXT = 36  #: characters of an id with its hyphens
SIZE = 16  #: bytes of a key
HALF = 16  #: hex digits of half a key
_GROUPS = ((0, 8), (9, 13), (14, 18), (19, 23), (24, 36))
_HYPHENS = (8, 13, 18, 23)
_SCANS = 16  #: look-ups by reading all, before an index pays
_LOOSE = 1 << 16  #: keys beside the index that are still looked through one by one


def _all(byte: int) -> np.uint64:
    return np.uint64(int.from_bytes(bytes([byte]) * 8, "little"))


_ONE, _LOW, _HIGH, _ASCII, _CARRY = map(_all, (0x01, 0x0F, 0xF0, 0x30, 0x06))
_EVEN = np.uint64(0x00FF00FF00FF00FF)
_FOUR, _SIX, _EIGHT = np.uint64(4), np.uint64(6), np.uint64(8)


def pack(texts: Bytes) -> tuple[Bytes, NDArray[np.bool_] | None]:
    """Keys (n × 16) of ids as lower-case text (n × 36), and which rows are none (None: all are ids)."""
    count = len(texts)
    digits = np.empty((count, 32), np.uint8)
    at = 0
    for start, end in _GROUPS:
        digits[:, at : at + end - start] = texts[:, start:end]
        at += end - start
    chars = digits.view(np.uint64)
    values = (chars & _LOW) + ((chars >> _SIX) & _ONE) * np.uint64(9)
    back = values + _ASCII + (((values + _CARRY) >> _FOUR) & _ONE) * np.uint64(0x27)
    wrong = (back ^ chars) | (values & _HIGH)
    hyphens = texts[:, 8] ^ 45
    for column in _HYPHENS[1:]:
        hyphens |= texts[:, column] ^ 45
    bad = None
    if wrong.any() or hyphens.any():
        bad = cast("NDArray[np.bool_]", wrong.any(axis=1) | (hyphens != 0))
    pairs = ((values & _EVEN) << _FOUR) | ((values >> _EIGHT) & _EVEN)
    return pairs.view(np.uint16).astype(np.uint8), bad


def hi_of(keys: Bytes) -> Words:
    """The first half of each key as a number that sorts as its digits do."""
    return keys[:, :8].copy().view(">u8").ravel().astype(np.uint64)


def bounds(prefix: str) -> tuple[int, int]:
    """The least and the greatest ``hi`` of keys that begin with ``prefix`` (hex digits)."""
    head = prefix[:HALF]
    return int(head.ljust(HALF, "0"), 16), int(head.ljust(HALF, "f"), 16)


class Keys:
    """Keys in a growing table, found by their beginning. Positions are those of ``add``."""

    def __init__(self, rows: int = 1 << 16) -> None:
        self._rows = rows
        self._chunks: list[Bytes] = []
        self._count = 0
        self._scans = 0
        self._indexed = 0  # so many of the first keys are in the index
        self._sorted: Words | None = None
        self._order: NDArray[np.uint32] | None = None

    @classmethod
    def of(cls, keys: Bytes) -> "Keys":
        """A table of these keys, which it keeps."""
        table = cls(max(len(keys), 1))
        table._chunks.append(keys)
        table._count = len(keys)
        return table

    def __len__(self) -> int:
        return self._count

    def add(self, keys: Bytes) -> None:
        """Keys that come after those that are there."""
        at = 0
        while at < len(keys):
            used = self._count % self._rows
            if used == 0:
                self._chunks.append(np.empty((self._rows, SIZE), np.uint8))
            some = min(self._rows - used, len(keys) - at)
            self._chunks[-1][used : used + some] = keys[at : at + some]
            self._count += some
            at += some

    def key(self, position: int) -> str:
        """The key at ``position`` as hex digits."""
        chunk, at = divmod(position, self._rows)
        return bytes(self._chunks[chunk][at]).hex()

    def rows(self, start: int, end: int) -> Bytes:
        """The keys of these positions, as far as they lie in one chunk."""
        chunk, at = divmod(start, self._rows)
        if chunk >= len(self._chunks):
            return np.empty((0, SIZE), np.uint8)
        return self._chunks[chunk][at : min(at + end - start, self._count - chunk * self._rows)]

    def find(self, key: str) -> int | None:
        """Where ``key`` (32 hex digits) is, or None."""
        found = self.beginning(key)
        return found[0] if found else None

    def beginning(self, prefix: str) -> list[int]:
        """Positions of all keys that begin with ``prefix``, in order."""
        low, high = bounds(prefix)
        found = sorted(self._between(np.uint64(low), np.uint64(high)))
        return [at for at in found if self.key(at).startswith(prefix)]

    def __iter__(self) -> Iterator[str]:
        for chunk, keys in enumerate(self._chunks):
            some = min(self._rows, self._count - chunk * self._rows)
            text = keys[:some].tobytes().hex()
            yield from (text[at : at + 32] for at in range(0, len(text), 32))

    def _between(self, low: np.uint64, high: np.uint64) -> Iterator[int]:
        self._scans += 1
        loose = self._count - self._indexed
        if self._scans > _SCANS and loose > max(_LOOSE, self._indexed // 2):
            self._index()
        if self._sorted is not None and self._order is not None:
            first = int(np.searchsorted(self._sorted, low, "left"))
            last = int(np.searchsorted(self._sorted, high, "right"))
            yield from self._order[first:last].tolist()
        at = self._indexed
        while at < self._count:
            rows = self.rows(at, self._count)
            his = hi_of(rows)
            yield from (np.flatnonzero((his >= low) & (his <= high)) + at).tolist()
            at += len(rows)

    def _index(self) -> None:
        his = np.concatenate([hi_of(chunk) for chunk in self._chunks])[: self._count]
        self._order = np.argsort(his, kind="stable").astype(np.uint32)
        self._sorted = his[self._order]
        self._indexed = self._count


class Submitted:
    """The submitted keys in published order, as the registry asks for them: a place by key."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self._latest = 0  # the place asked for last: a log goes on from there

    def __len__(self) -> int:
        return len(self.keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.get(key) is not None

    def get(self, key: str) -> int | None:
        """The place of ``key`` in the queue, from 0; None where it was not submitted."""
        if len(key) != 2 * SIZE:
            return None
        for place in (self._latest, self._latest + 1):
            if place < len(self.keys) and self.keys.key(place) == key:
                self._latest = place
                return place
        return self.keys.find(key)

    def expect(self, place: int) -> None:
        """This place, or the next one, is what will be asked for."""
        self._latest = place

    def beginning(self, prefix: str) -> Iterable[str]:
        """All submitted keys that begin with ``prefix``, in published order."""
        return map(self.keys.key, self.keys.beginning(prefix))
