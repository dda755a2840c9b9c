"""One block of a log against the forms: which lines are which events, byte for byte."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.trace.bulk.forms import TEXT, Head, Masked, Rest, fits_storage
from harness.trace.profile import Kind

SLACK = 1024  #: bytes that a block's buffer has beyond its end
_LONGEST_FREE = 248  #: bytes of a free part; a longer one takes the ordinary path
_MOST = 250  #: heads, and rests
_KINDS = {Kind.RECEIVED: 1, Kind.PROCESSING: 2, Kind.COMPLETED: 3, Kind.FAILED: 4}
RECEIVED, PROCESSING, COMPLETED, FAILED = _KINDS.values()

Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]


class Lines(NamedTuple):
    """The lines of a block; ``dirty`` ones hold other bytes than printable ASCII."""

    starts: Places
    ends: Places
    dirty: Flags | None


class Events(NamedTuple):
    """By line: its kind (0: no form fits), its head and rest by number, and where its id begins."""

    kind: Bytes
    head: Bytes
    rest: Bytes
    ids: Places


class _Pattern:
    """Masked text as words to compare rows with."""

    def __init__(self, masked: Masked) -> None:
        size = len(masked.text)
        self.width = -(-size // 8) * 8
        text, fixed, plus = (bytearray(self.width) for _ in range(3))
        text[:size], fixed[:size] = masked.text, b"\xff" * size
        for at in masked.digits:
            fixed[at], plus[at] = 0xF0, 0x06
        self.text, self.fixed, self._plus = (
            np.frombuffer(bytes(part), np.uint64) for part in (text, fixed, plus)
        )
        self._over = self._plus // np.uint64(6) * np.uint64(0xF0)
        self._loose = np.flatnonzero(self._plus).tolist()  #: words that hold digits

    def fits(self, rows: Bytes, text: NDArray[np.uint64] | None = None) -> Flags | None:
        """Which rows (n × width bytes) are this text, or ``text`` (one, or one a row) with its
        digits at the same places; None: all.
        """
        wrong = rows.view(np.uint64) ^ (self.text if text is None else text)
        loose = [(wrong[:, word] + self._plus[word]) & self._over[word] for word in self._loose]
        wrong &= self.fixed
        for word, over in zip(self._loose, loose, strict=True):
            wrong[:, word] |= over
        if not wrong.any():
            return None
        total = wrong[:, 0]
        for column in range(1, wrong.shape[1]):
            total = total | wrong[:, column]
        return np.asarray(total == 0)


class _HeadForm:
    def __init__(self, head: Head, number: int) -> None:
        self.head, self.number = head, number
        self.plain = False  #: learnt from a line that no quotes close


class _Heads:
    """Heads with their digits at the same places and the same last letters: they differ in a name,
    as several workers' do.
    """

    def __init__(self, masked: Masked) -> None:
        self.size, self.ending = len(masked.text), masked.text[-4:]
        self._look = (self.size, self.ending, masked.digits)
        self.hits = 0  #: lines
        self._any = _Pattern(masked)
        self.width = self._any.width
        self._texts = np.empty((0, self.width // 8), np.uint64)
        self._numbers = np.empty(0, np.int64)
        self._column = 0  #: eight bytes that no two of them share
        self._names = np.empty(0, np.uint64)  #: these of each, in order

    def alike(self, masked: Masked) -> bool:
        """Whether a head could be one of these."""
        return (len(masked.text), masked.text[-4:], masked.digits) == self._look

    def add(self, form: _HeadForm) -> bool:
        """Take in one more; False where nothing tells it from another by eight bytes."""
        texts = np.concatenate([self._texts, _Pattern(form.head.masked).text[None]])
        names = texts & self._any.fixed
        for column in range(names.shape[1]):
            order = np.argsort(names[:, column])
            if (np.diff(names[order, column]) != 0).all():
                numbers = np.append(self._numbers, form.number)[order]
                self._texts, self._numbers = texts[order], numbers
                self._column, self._names = column, names[order, column]
                return True
        return False

    def which(self, rows: Bytes) -> tuple[NDArray[np.int64], Flags | None]:
        """The head by number that each row (n × width bytes) could have, and which rows (None: all)
        do.
        """
        if len(self._texts) == 1:
            return np.full(len(rows), self._numbers[0]), self._any.fits(rows, self._texts[0])
        name = rows.view(np.uint64)[:, self._column] & self._any.fixed[self._column]
        at = np.minimum(np.searchsorted(self._names, name), len(self._names) - 1)
        return self._numbers[at], self._any.fits(rows, self._texts[at])


class _RestForm:
    def __init__(self, rest: Rest, number: int) -> None:
        self.rest, self.number = rest, number
        self.width = len(rest.text)
        self.padded = -(-self.width // 8) * 8
        self.closing = _Pattern(rest.closing)
        self.size = len(rest.closing.text)
        self.quoted = self.size > 0
        self._expected = np.empty((0, self.padded), np.uint8)

    def fits(self, rows: Bytes, ids: Bytes) -> Flags | None:
        """Which rows (n × padded bytes) are the fixed text with these ids; None: all."""
        count = len(rows)
        if len(self._expected) < count:
            self._expected = np.zeros((count, self.padded), np.uint8)
            self._expected[:, : self.width] = np.frombuffer(self.rest.text, np.uint8)
        expected = self._expected[:count]
        for at in self.rest.ids:
            expected[:, at : at + TEXT] = ids
        rows[:, self.width :] = 0
        differ = rows.view(np.uint64) != expected.view(np.uint64)
        return None if not differ.any() else ~differ.any(axis=1)


class Scanner:
    """The forms learnt so far, and a block read by them."""

    def __init__(self, separator: str, fields: int) -> None:
        self._mark = ord(separator)
        self._marks = fields - 3  # separators in a receipt's free part
        self._heads: list[_HeadForm] = []
        self._rests: list[_RestForm] = []
        self._proven = np.zeros((_MOST, _MOST), np.bool_)
        self._kinds = np.zeros(_MOST, np.uint8)  #: by rest
        self._stored = np.zeros((_MOST, _MOST), np.bool_)  #: by rests of receipt and final line
        self._alike: list[_Heads] = []

    @property
    def ready(self) -> bool:
        """Whether anything was learnt."""
        return bool(self._heads)

    @property
    def streams(self) -> list[str]:
        """The stream of each head."""
        return [form.head.stream for form in self._heads]

    def rest(self, number: int) -> Rest:
        """A rest by its number."""
        return self._rests[number].rest

    def stored(self, receipts: Bytes, finals: Bytes) -> Flags:
        """Whether jobs of these rests have their results in their storage."""
        stored: Flags = self._stored[receipts, finals]
        return stored

    def add(self, head: Head, rest: Rest) -> bool:
        """Take in a line's head and rest; whether anything was new."""
        head_form = next((form for form in self._heads if form.head == head), None)
        rest_form = next((form for form in self._rests if form.rest.look == rest.look), None)
        if max(len(self._heads), len(self._rests)) >= _MOST - 1:
            return False
        if head_form is None:
            head_form = _HeadForm(head, len(self._heads))
            self._heads.append(head_form)
            self._group(head_form)
        if rest_form is None:
            rest_form = _RestForm(rest, len(self._rests))
            self._rests.append(rest_form)
            self._kinds[rest_form.number] = _KINDS[rest.kind]
            self._store(rest_form)
        known = bool(self._proven[head_form.number, rest_form.number])
        self._proven[head_form.number, rest_form.number] = True
        head_form.plain |= not rest_form.quoted and not set(head.masked.text) & set(b'"{=\\')
        for form in self._heads if head_form.plain and not rest_form.quoted else ():
            if form.plain:
                self._pair_plain(form)
        return not known

    def _group(self, form: _HeadForm) -> None:
        new = _Heads(form.head.masked)
        groups = (group for group in self._alike if group.alike(form.head.masked))
        if not any(group.add(form) for group in groups):
            new.add(form)
            self._alike.append(new)

    def _pair_plain(self, head: _HeadForm) -> None:
        """Where nothing closes a line, what stands before its words says nothing of what
        follows.
        """
        for rest in self._rests:
            if not rest.quoted and _step(rest.rest) is head.head.step:
                self._proven[head.number, rest.number] = True

    def _store(self, new: _RestForm) -> None:
        for form in self._rests:
            for receipt, final in ((new, form), (form, new)):
                if receipt.rest.kind is Kind.RECEIVED and final.rest.kind in (
                    Kind.COMPLETED, Kind.FAILED,
                ):  # fmt: skip
                    fits = fits_storage(receipt.rest, final.rest)
                    self._stored[receipt.number, final.number] = fits

    def lines(self, block: Bytes, size: int) -> Lines:
        """The lines of ``block[:size]``, which ends with a line's end."""
        text = block[:size]
        control = np.flatnonzero(text < 32)
        is_end = text[control] == 10
        ends = control
        dirty = None
        if not is_end.all():
            ends, odd = control[is_end], control[~is_end]
            crlf = (text[odd] == 13) & (block[odd + 1] == 10)
            dirty = np.zeros(len(ends), np.bool_)
            dirty[np.searchsorted(ends, odd[~crlf])] = True
        starts = np.empty_like(ends)
        starts[0] = 0
        starts[1:] = ends[:-1] + 1
        if len(control) > len(ends):
            ends = np.maximum(ends - (block[ends - 1] == 13), starts)
        if text.max() > 126:
            dirty = np.zeros(len(ends), np.bool_) if dirty is None else dirty
            dirty[np.searchsorted(ends, np.flatnonzero(text > 126))] = True
        return Lines(starts, ends, dirty)

    def read(self, block: Bytes, lines: Lines) -> Events:
        """What the lines are."""
        count = len(lines.starts)
        kind, head, rest = (np.zeros(count, np.uint8) for _ in range(3))
        ids = np.zeros(count, np.int64)
        events = Events(kind, head, rest, ids)
        left = np.arange(count) if lines.dirty is None else np.flatnonzero(~lines.dirty)
        for heads in sorted(self._alike, key=lambda heads: -heads.hits):
            if not len(left):
                break
            left = self._fit_heads(block, lines, left, heads, events)
        return events

    def _fit_heads(
        self, block: Bytes, lines: Lines, left: Places, heads: _Heads, events: Events
    ) -> Places:
        """Give the lines with one of these heads; those that are left."""
        starts, ends = lines.starts[left], lines.ends[left]
        words = rows_at(block, starts + (heads.size - len(heads.ending)), 4).view("<u4").ravel()
        alike = words == int.from_bytes(heads.ending[:4].ljust(4, b"\0"), "little")
        alike &= ends - starts >= heads.size + TEXT
        at = np.flatnonzero(alike)
        number, fit = heads.which(rows_at(block, starts[at], heads.width))
        if fit is not None:
            at, number = at[fit], number[fit]
        good, rest = self._fit_rests(block, starts[at] + heads.size, ends[at], number)
        if not good.all():
            at, number, rest = at[good], number[good], rest[good]
        line = left[at]
        events.head[line], events.rest[line] = number, rest
        events.kind[line] = self._kinds[rest]
        events.ids[line] = starts[at] + heads.size
        heads.hits += len(at)
        others = np.ones(len(left), np.bool_)
        others[at] = False
        return left[others]

    def _fit_rests(
        self, block: Bytes, ids_at: Places, ends: Places, heads: Places
    ) -> tuple[Flags, Bytes]:
        """Which lines, behind these heads, go on as they should, and how."""
        count = len(ids_at)
        good, rest = np.zeros(count, np.bool_), np.zeros(count, np.uint8)
        if not count:
            return good, rest
        ids = rows_at(block, ids_at, TEXT)
        starts = ids_at + TEXT
        numbers = np.flatnonzero(np.bincount(heads))
        for form in self._rests:
            proven = self._proven[numbers, form.number]
            if not proven.any():
                continue
            waits = ~good if proven.all() else ~good & self._proven[heads, form.number]
            here = np.flatnonzero(waits)
            fit = _fitting(block, starts[here], ends[here], ids, here, form)
            if form.rest.free and len(fit):
                fit = fit[self._free(block, starts[fit] + form.width, ends[fit], form)]
            good[fit], rest[fit] = True, form.number
            if good.all():
                break
        return good, rest

    def _free(self, block: Bytes, starts: Places, ends: Places, form: _RestForm) -> Flags:
        """Which free parts hold as many separators as they should, and nothing that ends a
        quotation.
        """
        lengths = ends - form.size - starts
        longest = min(max(int(lengths.max()), 1), _LONGEST_FREE)
        whole: Flags = (lengths <= longest) & (lengths >= 0)
        receipt = form.rest.kind is Kind.RECEIVED
        if not receipt and not form.quoted:
            return np.asarray(lengths >= 0)
        width = -(-longest // 8) * 8
        rows = rows_at(block, starts, width)
        inside = np.arange(width) < lengths[:, None]
        if receipt:
            whole &= _many(rows, inside, self._mark) == self._marks
        if form.quoted:
            whole &= (_many(rows, inside, 34) == 0) & (_many(rows, inside, 92) == 0)
        return whole


def _step(rest: Rest) -> Kind:
    return Kind.COMPLETED if rest.kind is Kind.FAILED else rest.kind


def _fitting(
    block: Bytes, starts: Places, ends: Places, ids: Bytes, here: Places, form: _RestForm
) -> Places:
    """Of the lines ``here`` those that go on as the form does, but for its free part."""
    lengths = ends - starts
    whole = form.width + form.size
    fit = lengths >= whole if form.rest.free else lengths == whole
    if form.width >= 8:
        edge = 0 if form.rest.free else form.width - 4
        word = int.from_bytes(form.rest.text[edge : edge + 4], "little")
        fit &= rows_at(block, starts + edge, 4).view("<u4").ravel() == word
    some = np.flatnonzero(fit)
    if form.width and len(some):
        fits = form.fits(rows_at(block, starts[some], form.padded), ids[here[some]])
        some = some if fits is None else some[fits]
    if form.size and len(some):
        rows = rows_at(block, ends[some] - form.size, form.closing.width)
        rows[:, form.size :] = 0
        fits = form.closing.fits(rows)
        some = some if fits is None else some[fits]
    return here[some]


def _many(rows: Bytes, inside: Flags, byte: int) -> NDArray[np.uint64]:
    """How often the byte stands in each row, as far as it reaches: at most 248 times."""
    marks = (rows == byte) & inside
    # Ones in eight bytes of a word, up to 31 words: neither a byte nor the sum of all exceeds 248.
    bytewise = marks.view(np.uint64).sum(axis=1)
    return np.asarray((bytewise * np.uint64(0x0101010101010101)) >> np.uint64(56))


def rows_at(block: Bytes, starts: Places, width: int) -> Bytes:
    """Copies of ``width`` bytes from each start."""
    if not width:
        return np.empty((len(starts), 0), np.uint8)
    kind = np.dtype((np.void, width))
    view = np.ndarray((len(block) - width + 1,), kind, block, strides=(1,))
    return view[starts].view(np.uint8).reshape(len(starts), width)
