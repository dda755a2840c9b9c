"""What event lines look like, learnt from lines that the profile itself has parsed.

A line is *head*, id, *rest*. The head is all before the job's id: prefixes and the event's words,
where each digit of a stamp, a line number or a pid may be any digit. The rest is what follows:
fixed text with the id again, then perhaps a free part (a receipt's last fields, an error), then
what closes a structured line. A form is learnt only where it is proven that no digit and no id can
change what the line says.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from harness.trace.events import Parsed
from harness.trace.ids import keys_in
from harness.trace.paths import ABBREVIATED, inside, storage_of
from harness.trace.profile import FINAL, Kind, Profile
from harness.trace.wording import may_begin, needed_words, tokens

_ID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CLEAR = re.compile(rb"[ -~]+")
_DIGITS = re.compile(rb"[0-9]+")
_LONGEST = 900  #: bytes of a line worth a form
_STEPS = (Kind.RECEIVED, Kind.PROCESSING, *FINAL)
TEXT = 36

Read = Callable[[bytes], Parsed | None]


@dataclass(frozen=True, slots=True)
class Masked:
    """A text of which the bytes at ``digits`` may be any digit (they are 0 here)."""

    text: bytes
    digits: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """All of a line before its job's id."""

    step: Kind  #: FAILED begins as COMPLETED does
    stream: str
    masked: Masked


@dataclass(frozen=True, slots=True)
class Rest:
    """All of a line behind its job's id. ``text`` has the id again at ``ids``."""

    kind: Kind
    text: bytes
    ids: tuple[int, ...]
    free: bool  #: something free follows ``text``
    closing: Masked  #: and then this, to the line's end
    path: str = ""  #: input path of a receipt, result path of COMPLETED, with this id:
    job: str = ""

    @property
    def look(self) -> tuple[object, ...]:
        """What it is, whichever id it was learnt from."""
        text = bytearray(self.text)
        for at in self.ids:
            text[at : at + TEXT] = bytes(TEXT)
        return self.kind, bytes(text), self.ids, self.free, self.closing


def learnable(profile: Profile) -> bool:
    """Whether forms can be proven for the profile at all."""
    sources = {kind: pattern.pattern for kind, pattern in profile.patterns}
    return (
        all(isinstance(pattern, re.Pattern) for _, pattern in profile.patterns)
        and not any(p.flags & re.IGNORECASE or p.flags & re.VERBOSE for _, p in profile.patterns)
        and all(tokens(source) and needed_words(source) for source in sources.values())
        and profile.tells(Kind.PROCESSING)
        and len(profile.separator) == 1
        and "!" <= profile.separator <= "~"
        and profile.separator not in "/\\.-_\"'"
        and not profile.separator.isalnum()
        and profile.fields[:2] == ("job", "path")
        and len(profile.fields) > 2
        and sources[Kind.RECEIVED].endswith("(?P<data>.*)")
    )


def learn(line: bytes, profile: Profile, read: Read) -> tuple[Head, Rest] | None:
    """Head and rest of an event line; None where it is none, or nothing can be proven of it."""
    if not _CLEAR.fullmatch(line) or len(line) > _LONGEST:
        return None
    parsed = read(line)
    if parsed is None or parsed.fault or parsed.kind not in _STEPS:
        return None
    job = parsed.id_text.encode()
    if not _ID.fullmatch(job) or not _alone(parsed, profile):
        return None
    at = line.index(job)
    made = _rest(line[at + TEXT :], parsed, job, profile)
    if made is None:
        return None
    probe = _Probe(line, parsed, job, at, len(line) - len(made.closing.text), read)
    places = probe.places()
    if places is None:
        return None
    head = Masked(_zeroed(line[:at], places, 0), tuple(p for p in places if p < at))
    start = len(line) - len(made.closing.text)
    tail = tuple(p - start for p in places if p >= start)
    closing = Masked(_zeroed(made.closing.text, tail, 0), tail)
    rest = Rest(made.kind, made.text, made.ids, made.free, closing, made.path, made.job)
    step = Kind.COMPLETED if parsed.kind in FINAL else parsed.kind
    return Head(step, parsed.stream, head), rest


def fits_storage(receipt: Rest, final: Rest) -> bool:
    """Whether a job with these two rests has its result in its storage, whichever id it has."""
    if final.kind is Kind.FAILED:
        return True
    storage = storage_of(receipt.path)
    before, named, after = final.path.partition(final.job)
    deep = len([part for part in before.split("/")[:-1] if part not in ("", ".")])
    return (
        bool(named)
        and not (before and before[-1] in "0123456789abcdefABCDEF-")
        and not (after and after[0] in "0123456789abcdefABCDEF-")
        and "/" not in after
        and ".." not in before + after
        and "\\" not in final.path
        and not keys_in(before)
        and not keys_in(after)
        and not ABBREVIATED.search(final.path + receipt.path)
        and deep >= len([part for part in storage.split("/") if part not in ("", ".")])
        and inside(final.path, storage)
    )


def _alone(parsed: Parsed, profile: Profile) -> bool:
    """Whether no other expression could match a line that begins as this one does, up to its
    free part.
    """
    head = parsed.text
    if parsed.kind is Kind.FAILED and parsed.error:
        head = head[: head.rindex(parsed.error)]
    elif parsed.kind is Kind.RECEIVED and parsed.message:
        head = head[: head.index(parsed.message.path) + len(parsed.message.path)]
    return not any(
        kind is not parsed.kind and may_begin(pattern.pattern, head)
        for kind, pattern in profile.patterns
    )


def _rest(text: bytes, parsed: Parsed, job: bytes, profile: Profile) -> Rest | None:
    """What follows the id, its closing not masked yet."""
    name = job.decode()
    if parsed.kind is Kind.PROCESSING:
        return None if job in text else Rest(parsed.kind, b"", (), False, Masked(text, ()))
    if parsed.kind is Kind.RECEIVED:
        return _receipt_rest(text, parsed, name, profile)
    if parsed.kind is Kind.FAILED:
        error = (parsed.error or "").encode()
        at = text.find(error) if error else len(text)
        if job in text[:at] or at < 0:
            return None
        return Rest(parsed.kind, text[:at], (), bool(error), Masked(text[at + len(error) :], ()))
    path = (parsed.path or "").encode()
    at = text.find(path)
    if not path or at < 0 or path.count(job) != 1 or text.count(job) != 1:
        return None
    end = at + len(path)
    ids = (text.index(job),)
    return Rest(
        parsed.kind,
        text[:end],
        ids,
        False,
        Masked(text[end:], ()),
        path=parsed.path or "",
        job=name,
    )


def _receipt_rest(text: bytes, parsed: Parsed, job: str, profile: Profile) -> Rest | None:
    path = parsed.message.path if parsed.message else ""
    folder, named, rest = path.rpartition(job)
    if not named or "/" not in folder or "/" in rest or "\\" in path or keys_in(folder):
        return None
    mark = profile.separator.encode()
    start = mark + path.encode() + mark
    tail = parsed.text.rpartition(start.decode())[2].encode()
    if not text.startswith(start) or start.count(job.encode()) != 1:
        return None
    if not text[len(start) :].startswith(tail) or parsed.text.count(start.decode()) != 1:
        return None
    closing = text[len(start) + len(tail) :]
    ids = (start.index(job.encode()),)
    return Rest(parsed.kind, start, ids, True, Masked(closing, ()), path=path, job=job)


class _Probe:
    """A line, asked what it says with other digits and another id."""

    def __init__(
        self, line: bytes, parsed: Parsed, job: bytes, head: int, closing: int, read: Read
    ) -> None:
        self._line, self._parsed, self._job, self._read = line, parsed, job, read
        self._spans = (slice(0, head), slice(closing, len(line)))

    def places(self) -> list[int] | None:
        """Where any digit may stand; None where something else is not as it should be."""
        places: list[int] = []
        for run in self._runs():
            for some in (run, run[1:]):  # of a number in JSON the first digit may not be 0
                if some and self._holds(some, b"0") and self._holds(some, b"9"):
                    places += some
                    break
        for digit in b"0123456789abcdef":
            byte = bytes([digit])
            if not self._holds(places, byte if byte.isdigit() else b"0", byte):
                return None
        return places

    def _runs(self) -> Iterator[list[int]]:
        for span in self._spans:
            for match in _DIGITS.finditer(self._line[span]):
                yield [span.start + at for at in range(match.start(), match.end())]

    def _holds(self, places: list[int], digit: bytes, hexdigit: bytes | None = None) -> bool:
        line, parsed = bytearray(self._line), self._parsed
        for at in places:
            line[at] = digit[0]
        other = self._job
        if hexdigit is not None:
            other = re.sub(rb"[0-9a-f]", hexdigit, self._job)
        got = self._read(bytes(line).replace(self._job, other))
        if got is None:
            return False
        job, new = parsed.id_text, other.decode()
        return (
            (got.kind, got.stream, got.fault, got.id_text)
            == (parsed.kind, parsed.stream, None, new)
            and got.text == parsed.text.replace(job, new)
            and (got.path or "") == (parsed.path or "").replace(job, new)
            and (got.message is None) == (parsed.message is None)
        )


def _zeroed(text: bytes, places: tuple[int, ...] | list[int], start: int) -> bytes:
    out = bytearray(text)
    for at in places:
        if 0 <= at - start < len(out):
            out[at - start] = ord("0")
    return bytes(out)
