"""One block of a log against the templates: which lines are clean triples, byte for byte."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.trace.bulk.keys import TEXT, Bytes, pack
from harness.trace.bulk.templates import Template, Triple
from harness.trace.profile import Kind

SLACK = 512  #: bytes that a block's buffer has beyond its end
_LONGEST_TAIL = 248  #: bytes of a receipt after its path; a longer one takes the ordinary path
_MOST_FORMS = 24

Places = NDArray[np.int64]


class Found(NamedTuple):
    """A block's lines, and its clean triples: first lines' numbers from 0, keys, doubled-line bits."""

    starts: Places
    ends: Places
    at: Places
    keys: Bytes
    failed: NDArray[np.bool_]
    tail: int  #: lines at the end that may begin a triple of the next block


class _Form:
    """A template with the rows that are compared with it."""

    def __init__(self, template: Template) -> None:
        self.template = template
        self.width = len(template.text)
        self._padded = -(-self.width // 8) * 8
        self._expected = np.empty((0, self._padded), np.uint8)
        self._end = self.width - 4  # where the last four bytes are, which tell most forms apart

    def ends_alike(self, block: Bytes, starts: Places) -> NDArray[np.bool_]:
        """Rows at ``starts`` that end as the template does; all, where it ends with an id."""
        if self._end < max(self.template.ids, default=0) + TEXT:
            return np.ones(len(starts), np.bool_)
        word = int.from_bytes(self.template.text[self._end :], "little")
        told: NDArray[np.bool_] = _rows(block, starts + self._end, 4).view("<u4").ravel() == word
        return told

    def misfits(self, block: Bytes, starts: Places, ids: Bytes) -> NDArray[np.bool_] | None:
        """Rows at ``starts`` that are not the template with these ids; None: all are."""
        count = len(starts)
        if len(self._expected) < count:
            self._expected = np.zeros((count, self._padded), np.uint8)
            self._expected[:, : self.width] = np.frombuffer(self.template.text, np.uint8)
        expected = self._expected[:count]
        for at in self.template.ids:
            expected[:, at : at + TEXT] = ids
        rows = _rows(block, starts, self._padded)
        rows[:, self.width :] = 0
        differ = rows.view(np.uint64) != expected.view(np.uint64)
        if not differ.any():
            return None
        told: NDArray[np.bool_] = differ.any(axis=1)
        return told


class Scanner:
    """The templates learnt so far, and a block read by them."""

    def __init__(self, separator: str, fields: int) -> None:
        self._mark = ord(separator)
        self._marks = fields - 2  # separators of a receipt from the path's end on
        self._received: list[_Form] = []
        self._processing: _Form | None = None
        self._finals: list[_Form] = []
        self._at = 0  # where a kind's own word begins
        self._words: list[set[int]] = []
        self.stream = ""
        self.storage = ""

    @property
    def ready(self) -> bool:
        """Whether anything was learnt."""
        return self._processing is not None

    def knows(self, triple: Triple) -> bool:
        """Whether nothing of the triple is new."""
        known = [self._received, [self._processing] if self._processing else [], self._finals]
        return (triple.received.stream, triple.storage) == (self.stream, self.storage) and all(
            any(_alike(form.template, one) for form in forms)
            for forms, one in zip(known, triple[:3], strict=True)
        )

    def add(self, triple: Triple) -> bool:
        """Take in the templates of a triple; whether any was new."""
        if self._processing is None:
            if not self._tell_apart(triple):
                return False
            self.stream, self.storage = triple.received.stream, triple.storage
            self._processing = _Form(triple.processing)
        elif (triple.received.stream, triple.storage) != (self.stream, self.storage):
            return False
        if not _alike(self._processing.template, triple.processing):
            return False
        before = len(self._received) + len(self._finals)
        for forms, one in ((self._received, triple.received), (self._finals, triple.final)):
            known = any(_alike(form.template, one) for form in forms)
            same_ids = not forms or forms is self._finals or forms[0].template.ids[0] == one.ids[0]
            if not known and same_ids and len(forms) < _MOST_FORMS:
                forms.append(_Form(one))
        self._words = [
            {self._word(form.template) for form in forms}
            for forms in (self._received, [self._processing], self._finals)
        ]
        if any(a & b for n, a in enumerate(self._words) for b in self._words[:n]):
            self._processing = None  # cannot be told apart any more
            return False
        return len(self._received) + len(self._finals) > before

    def _tell_apart(self, triple: Triple) -> bool:
        """Find where the three kinds of line differ in eight bytes before any id."""
        last = min(t.ids[0] for t in (triple.received, triple.processing, triple.final)) - 4
        for at in range(max(last, 0)):
            self._at = at
            words = {self._word(t) for t in (triple.received, triple.processing, triple.final)}
            letters = {
                t.text[at : at + 4] for t in (triple.received, triple.processing, triple.final)
            }
            if len(words) == len(letters) == 3:
                return True
        return False

    def _word(self, template: Template) -> int:
        return int.from_bytes(template.text[self._at : self._at + 4], "little")

    def read(self, block: Bytes, size: int) -> Found:
        """The lines of ``block[:size]``, which ends with a line's end."""
        text = block[:size]
        control = np.flatnonzero(text < 32)
        is_end = text[control] == 10
        odd = control[:0]
        ends = control
        if not is_end.all():
            ends, odd = control[is_end], control[~is_end]
        starts = np.empty_like(ends)
        starts[0] = 0
        starts[1:] = ends[:-1] + 1
        dirty = np.zeros(len(ends), np.bool_)
        if len(odd):
            crlf = (text[odd] == 13) & (text[odd + 1] == 10)
            dirty[np.searchsorted(ends, odd[~crlf])] = True
            ends = ends - (block[ends - 1] == 13)
        if text.max() > 126:
            dirty[np.searchsorted(ends, np.flatnonzero(text > 126))] = True
        words = _rows(block, starts + self._at, 4).view(np.uint32).ravel()
        kinds = [_among(words, wanted) & ~dirty for wanted in self._words]
        at = np.flatnonzero(kinds[0][:-2] & kinds[1][1:-1] & kinds[2][2:])
        tail = 1 if kinds[0][-1] else 2 if kinds[0][-2:-1].any() and kinds[1][-1] else 0
        return self._guard(block, starts, ends, at, tail)

    def _guard(self, block: Bytes, starts: Places, ends: Places, at: Places, tail: int) -> Found:
        """Keep of the candidates those of which every byte is as it should be."""
        if self._processing is None or not len(at):
            return _nothing(starts, ends, tail)
        first = self._received[0].template.ids[0]
        ids = _rows(block, starts[at] + first, TEXT)
        keys, bad = pack(ids)
        good = np.ones(len(at), np.bool_) if bad is None else ~bad
        wrong = self._processing.misfits(block, starts[at + 1], ids)
        if wrong is not None:
            good &= ~wrong
        good &= (ends - starts)[at + 1] == self._processing.width
        good &= self._fit_receipts(block, starts[at], ends[at], ids)
        fits, failed = self._fit_finals(block, starts[at + 2], ends[at + 2], ids)
        good &= fits
        if good.all():
            return Found(starts, ends, at, keys, failed, tail)
        return Found(starts, ends, at[good], keys[good], failed[good], tail)

    def _fit_receipts(
        self, block: Bytes, starts: Places, ends: Places, ids: Bytes
    ) -> NDArray[np.bool_]:
        good = np.zeros(len(starts), np.bool_)
        for form in self._received:
            fit = np.flatnonzero(~good & form.ends_alike(block, starts))
            if not len(fit):
                continue
            wrong = form.misfits(block, starts[fit], ids[fit])
            fit = fit if wrong is None else fit[~wrong]
            good[fit] = self._whole_tails(block, starts[fit] + form.width - 1, ends[fit])
        return good

    def _whole_tails(self, block: Bytes, starts: Places, ends: Places) -> NDArray[np.bool_]:
        """Receipts that have as many fields as they should: marks from the one at the path's end on."""
        if not len(starts):
            return np.ones(0, np.bool_)
        lengths = ends - starts
        longest = min(int(lengths.max()), _LONGEST_TAIL)
        width = -(-longest // 8) * 8
        marks = _rows(block, starts, width) == self._mark
        marks &= np.arange(width) < lengths[:, None]
        # Ones in eight bytes of a word, up to 31 words: neither a byte nor the sum of all exceeds 248.
        bytewise = marks.view(np.uint64).sum(axis=1)
        counts = (bytewise * np.uint64(0x0101010101010101)) >> np.uint64(56)
        whole: NDArray[np.bool_] = (counts == self._marks) & (lengths <= longest) & (lengths > 0)
        return whole

    def _fit_finals(
        self, block: Bytes, starts: Places, ends: Places, ids: Bytes
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        good = np.zeros(len(starts), np.bool_)
        failed = np.zeros(len(starts), np.bool_)
        lengths = ends - starts
        for form in self._finals:
            fit = np.flatnonzero((lengths == form.width) & ~good & form.ends_alike(block, starts))
            if not len(fit):
                continue
            wrong = form.misfits(block, starts[fit], ids[fit])
            fit = fit if wrong is None else fit[~wrong]
            good[fit] = True
            failed[fit] = form.template.kind is Kind.FAILED
        return good, failed


def _alike(one: Template, other: Template) -> bool:
    """Whether two templates are the same but for the id that they were learnt from."""
    if (one.kind, one.ids, len(one.text)) != (other.kind, other.ids, len(other.text)):
        return False
    return _blank(one) == _blank(other)


def _blank(template: Template) -> bytes:
    text = bytearray(template.text)
    for at in template.ids:
        text[at : at + TEXT] = bytes(TEXT)
    return bytes(text)


def _rows(block: Bytes, starts: Places, width: int) -> Bytes:
    """Copies of ``width`` bytes from each start."""
    kind = np.dtype((np.void, width))
    view = np.ndarray((len(block) - width + 1,), kind, block, strides=(1,))
    return view[starts].view(np.uint8).reshape(len(starts), width)


def _among(words: NDArray[np.uint32], wanted: set[int]) -> NDArray[np.bool_]:
    told = np.zeros(len(words), np.bool_)
    for word in wanted:
        told |= words == word
    return told


def _nothing(starts: Places, ends: Places, tail: int) -> Found:
    none = starts[:0]
    return Found(starts, ends, none, np.empty((0, 16), np.uint8), none.astype(np.bool_), tail)
