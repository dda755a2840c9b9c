"""Whole ids as 16 bytes: packed many at a time, found again by their first digits.

A *key* here is a row of 16 bytes, the id's 32 hex digits in order; ``hi`` is its first half as a
number.
"""

from collections.abc import Iterator
from contextlib import nullcontext
from itertools import pairwise
from typing import cast

import numpy as np
from numpy.typing import NDArray

from harness.trace.bulk.heap import once

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]

TEXT = 36  #: characters of an id with its hyphens
SIZE = 16  #: bytes of a key
HALF = 16  #: hex digits of half a key
_FOURS = (0, 4, 9, 14, 19, 24, 28, 32)  #: where four digits each stand between the hyphens
_HYPHENS = (8, 13, 18, 23)
_LOOSE = 1 << 13  #: keys beside the index that are still looked through one by one
_NEAR = 1 << 10  #: places before and behind those of published order that are tried before all are
_ASKED = 1 << 12  #: answers about single keys that are kept
_BUCKETS = 16  #: first bits of a key by which its place in the index is guessed
_SHIFT = np.uint64(64 - _BUCKETS)
_PART = 1 << 18  #: keys that are sorted at a time; more where there would be too many parts
_PARTS = 16
_MANY = 1 << 16  #: keys whose sorting takes memory worth giving back: as much as the index
_LOOK = 1 << 16  #: keys that are copied at a time to look for those of a part


def _all(byte: int) -> np.uint64:
    return np.uint64(int.from_bytes(bytes([byte]) * 8, "little"))


_ONE, _LOW, _HIGH, _ASCII, _CARRY = map(_all, (0x01, 0x0F, 0xF0, 0x30, 0x06))
_EVEN = np.uint64(0x00FF00FF00FF00FF)
_FOUR, _SIX, _EIGHT = np.uint64(4), np.uint64(6), np.uint64(8)


def pack(texts: Bytes) -> tuple[Bytes, NDArray[np.bool_] | None]:
    """Keys (n × 16) of ids as lower-case text (n × 36), and which rows are none (None: all are
    ids).
    """
    count = len(texts)
    digits = np.empty((count, 32), np.uint8)
    words = digits.view(np.uint32)
    for word, at in enumerate(_FOURS):
        words[:, word] = texts[:, at : at + 4].view(np.uint32)[:, 0]
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


def among(values: Words, some: Words) -> NDArray[np.bool_]:
    """Which values are one of ``some``. (``np.isin`` would import all of numpy.ma.)"""
    ordered = np.sort(some)
    at = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    return np.asarray(ordered[at] == values)


def bounds(prefix: str) -> tuple[int, int]:
    """The least and the greatest ``hi`` of keys that begin with ``prefix`` (hex digits)."""
    head = prefix[:HALF]
    return int(head.ljust(HALF, "0"), 16), int(head.ljust(HALF, "f"), 16)


class Index:
    """Positions of the keys from ``begin`` on in the order of their digits: 4 bytes a key, and the
    keys themselves.
    """

    def __init__(self, chunks: list[Bytes], rows: int, begin: int, count: int) -> None:
        self._chunks, self._rows, self.begin, self.count = chunks, rows, begin, count
        self._order = np.empty(count, np.uint32)
        with once() if count >= _MANY else nullcontext():
            self._offsets = self._sort()

    def _sort(self) -> NDArray[np.uint32]:
        """Put the positions in order; where in it each bucket begins."""
        many = np.zeros(1 << _BUCKETS, np.int64)
        done = 0
        for low, high in pairwise(self._cuts()):
            his, positions = self._between_cuts(low, high)
            many += np.bincount((his >> _SHIFT).astype(np.int64), minlength=1 << _BUCKETS)
            self._order[done : done + len(his)] = positions[np.argsort(his, kind="stable")]
            done += len(his)
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(many)]).astype(np.uint32)

    def _cuts(self) -> list[int]:
        """Where the keys are cut into parts of about ``_PART``, each sorted by itself: to sort all
        at once would take several times the memory of what is kept."""
        parts = min(max(self.count // _PART, 1), _PARTS)
        some = np.arange(0, self.count, max(self.count // (64 * parts), 1), dtype=np.uint32)
        some += np.uint32(self.begin)
        sample = np.sort(self._his_at(some)) if parts > 1 else np.empty(0, np.uint64)
        inner = [int(sample[len(sample) * part // parts]) for part in range(1, parts)]
        return [0, *sorted(set(inner) - {0}), 1 << 64]

    def _between_cuts(self, low: int, high: int) -> tuple[Words, NDArray[np.uint32]]:
        """The first halves from one cut to before the next, and their positions."""
        his: list[Words] = []
        positions: list[NDArray[np.uint32]] = []
        at, end = self.begin, self.begin + self.count
        while at < end:
            chunk, row = divmod(at, self._rows)
            here = hi_of(self._chunks[chunk][row : row + min(end - at, _LOOK)])
            fits = np.flatnonzero((here >= np.uint64(low)) & (here <= np.uint64(high - 1)))
            his.append(here[fits])
            positions.append((fits + at).astype(np.uint32))
            at += len(here)
        if not his:
            return np.empty(0, np.uint64), np.empty(0, np.uint32)
        return np.concatenate(his), np.concatenate(positions)

    def his(self, at: NDArray[np.int64]) -> Words:
        """The first halves of the keys at these places of the index."""
        return self._his_at(self._order[at])

    def first(self, his: Words) -> NDArray[np.int64]:
        """The first place in the index whose key is not below each of these halves."""
        bucket = (his >> _SHIFT).astype(np.int64)
        low, high = (self._offsets[at].astype(np.int64) for at in (bucket, bucket + 1))
        while (open_ := low < high).any():
            middle = (low + high) >> 1
            below = open_.copy()
            below[open_] = self.his(middle[open_]) < his[open_]
            low = np.where(below, middle + 1, low)
            high = np.where(open_ & ~below, middle, high)
        return low

    def between(self, low: int, high: int) -> list[int]:
        """Positions of the keys whose first half lies between two, these included."""
        start = at = self._start(low)
        while at < self.count and self._hi(at) <= high:
            at += 1
        return list(self._order[start:at].tolist())

    def _start(self, low: int) -> int:
        """As ``first``, of one: a few steps from its bucket, each quicker than numpy's least."""
        bucket = low >> (64 - _BUCKETS)
        start, end = int(self._offsets[bucket]), int(self._offsets[bucket + 1])
        while start < end:
            middle = (start + end) >> 1
            if self._hi(middle) < low:
                start = middle + 1
            else:
                end = middle
        return start

    def _hi(self, at: int) -> int:
        chunk, row = divmod(int(self._order[at]), self._rows)
        return int.from_bytes(self._chunks[chunk][row, :8].tobytes())

    def position(self, at: NDArray[np.int64]) -> NDArray[np.int64]:
        """Positions of the keys at these places of the index; 0 beyond its end."""
        inside = np.minimum(at, max(self.count - 1, 0))
        return self._order[inside].astype(np.int64)

    def _his_at(self, positions: NDArray[np.uint32]) -> Words:
        return hi_of(_rows_at(self._chunks, self._rows, positions))


def _rows_at(chunks: list[Bytes], rows: int, positions: NDArray[np.uint32]) -> Bytes:
    if len(chunks) == 1:
        return chunks[0][positions]
    keys = np.empty((len(positions), SIZE), np.uint8)
    chunk, at = np.divmod(positions, np.uint32(rows))
    for number in np.flatnonzero(np.bincount(chunk)).tolist():
        here = chunk == number
        keys[here] = chunks[number][at[here]]
    return keys


class Keys:
    """Keys in a growing table, found by their beginning. Positions are those of ``add``."""

    def __init__(self, rows: int = 1 << 20) -> None:
        self._rows = rows
        self._chunks: list[Bytes] = []
        self._count = 0
        self._indexes: list[Index] = []  #: of neighbouring keys, each index larger than the next

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

    def rows_at(self, positions: NDArray[np.int64]) -> Bytes:
        """The keys of any positions."""
        return _rows_at(self._chunks, self._rows, positions.astype(np.uint32))

    def find(self, key: str) -> int | None:
        """Where ``key`` (32 hex digits) is, or None."""
        positions = self.beginning(key)
        return positions[0] if positions else None

    def find_all(self, keys: Bytes) -> NDArray[np.int64]:
        """Where each of these keys is; -1 where it is not."""
        index = self._index_of_all()
        his = hi_of(keys)
        at = index.first(his)
        positions = index.position(at)
        same = (self.rows_at(positions).view(np.uint64) == keys.view(np.uint64)).all(axis=1)
        positions[~same | (at >= index.count)] = -1
        for row in np.flatnonzero(~same & (at < index.count)).tolist():
            if index.his(at[row : row + 1])[0] == his[row]:  # two keys share a half
                positions[row] = self.find(keys[row].tobytes().hex()) or -1
        return positions

    def beginning(self, prefix: str) -> list[int]:
        """Positions of all keys that begin with ``prefix``, in order."""
        low, high = bounds(prefix)
        if self._count - self._indexed > _LOOSE:
            self._index_more()
        positions = [at for index in self._indexes for at in index.between(low, high)]
        positions = sorted([*positions, *self._loose(self._indexed, low, high)])
        return [at for at in positions if self.key(at).startswith(prefix)]

    def __iter__(self) -> Iterator[str]:
        for chunk, keys in enumerate(self._chunks):
            some = min(self._rows, self._count - chunk * self._rows)
            text = keys[:some].tobytes().hex()
            yield from (text[at : at + 32] for at in range(0, len(text), 32))

    @property
    def _indexed(self) -> int:
        """How many of the first keys are in an index."""
        return self._indexes[-1].begin + self._indexes[-1].count if self._indexes else 0

    def _index_more(self) -> None:
        """Index the loose keys too, together with each index before them that is no larger: every
        index has more keys than all behind it, so there are few, and a key is seldom sorted anew.
        """
        begin = self._indexed
        while self._indexes and self._indexes[-1].count <= self._count - begin:
            begin = self._indexes.pop().begin  # the old one goes before the new one comes
        self._indexes.append(Index(self._chunks, self._rows, begin, self._count - begin))

    def _index_of_all(self) -> Index:
        if len(self._indexes) != 1 or self._indexed < self._count:
            self._indexes.clear()
            self._indexes.append(Index(self._chunks, self._rows, 0, self._count))
        return self._indexes[0]

    def _loose(self, at: int, low: int, high: int) -> Iterator[int]:
        while at < self._count:
            rows = self.rows(at, self._count)
            his = hi_of(rows)
            yield from (
                np.flatnonzero((his >= np.uint64(low)) & (his <= np.uint64(high))) + at
            ).tolist()
            at += len(rows)


class Submitted:
    """The submitted keys in published order, as the registry asks for them: a place by key."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self._latest = 0  # the place asked for last: a log goes on from there
        self._asked: dict[str, int | None] = {}  # of late: one event asks for its job several times

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
        if key not in self._asked:
            if len(self._asked) >= _ASKED:
                self._asked.clear()
            near = self._beside(bytes.fromhex(key))
            self._asked[key] = self.keys.find(key) if near is None else near
        return self._asked[key]

    def _beside(self, key: bytes) -> int | None:
        """The place of a key not far from the one asked for last; None: it is not there."""
        start = max(self._latest - _NEAR, 0)
        around = self.keys.rows(start, self._latest + _NEAR).tobytes()
        at = around.find(key)
        return None if at < 0 or at % SIZE else start + at // SIZE

    def places(self, keys: Bytes) -> NDArray[np.int64]:
        """The place of each key, -1 where it was not submitted; quick where they come about in
        published order.
        """
        expected = self.keys.rows(self._latest, self._latest + len(keys)).view(np.uint64)
        if np.array_equal(expected, keys.view(np.uint64)):
            places = np.arange(self._latest, self._latest + len(keys))
        else:
            places = self._near(keys)
            if len(far := np.flatnonzero(places < 0)):
                places[far] = self.keys.find_all(keys[far])
        if len(keys):
            self._latest = int(places.max()) + 1
        return places

    def _near(self, keys: Bytes) -> NDArray[np.int64]:
        """The same, of the keys whose places are near the one asked for last; -1: it is not."""
        start = max(self._latest - _NEAR, 0)
        around = self.keys.rows(start, self._latest + len(keys) + _NEAR)
        if not len(around):
            return np.full(len(keys), -1)
        halves = around.view(np.uint64)[:, 0]
        order = halves.argsort()
        at = np.searchsorted(halves[order], keys.view(np.uint64)[:, 0])
        places = order[np.minimum(at, len(order) - 1)]
        same = (around[places].view(np.uint64) == keys.view(np.uint64)).all(axis=1)
        return np.where(same, places + start, -1)

    def beginning(self, prefix: str) -> list[str]:
        """All submitted keys that begin with ``prefix``, in published order."""
        return [self.keys.key(at) for at in self.keys.beginning(prefix)]
