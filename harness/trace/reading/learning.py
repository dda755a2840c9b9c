"""Prefixes that no table knows, learnt from a log: what stands before its events time and again.

A *shape* is a prefix with its words and stamps left open. It counts where it carries events of two
kinds or more and a fair part of all: one line that somebody forged, or quoted, is no shape. A field
that stays the same through each job's lines and tells several jobs from several others names the
worker.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

_STAMP = re.compile(r"\d[\d:/.,TtZ+-]*[:/.,-]\d+[Zz]?")
_WORD = re.compile(r"\w(?:[\w./@+~-]*\w)?")
#: An IP address, or a process of Erlang: no stamp, though it looks like one.
_ADDRESS = r"\d{1,3}(?:\.\d{1,3}){3}(?![\d.])|(?<=<)\d+\.\d+\.\d+(?=>)"
#: Arrows, signs and emoji: which one it is differs from line to line, as a level does.
_SIGN = "[\u2190-\u2bff\U0001f000-\U0001faff\ufe0f\u200d\u20e3]+"
_PART = re.compile(
    rf"(?P<sign>{_SIGN})|(?P<address>{_ADDRESS})|(?P<stamp>{_STAMP.pattern})|(?P<word>{_WORD.pattern})|(?P<space>\s+)|(?P<mark>.)"
)
_OPEN = r"([\w./@+~-]+)"
WORKER = re.compile("worker|consumer|воркер", re.IGNORECASE)
_WORKER_BEFORE = re.compile(rf"(?:{WORKER.pattern})[-_.@#:/\[(]?$", re.IGNORECASE)
_LONGEST = 240
_LEAST = 3  #: events that a shape must carry
_SHARE = 0.15  #: of all events
_MOST = 24
_FEW = 4  #: jobs
PART_OF_ID = 4  #: characters of a value that are of its job's id


@dataclass(frozen=True, slots=True)
class Shape:
    """A prefix with its open places, and which of them name the worker."""

    pattern: re.Pattern[str]
    streams: tuple[int, ...] = ()

    def ends(self, text: str) -> tuple[str, str] | None:
        """What stands before a tail in ``text``, and the worker's name in it; None where there is
        none.
        """
        match = self.pattern.search(text, max(len(text) - _LONGEST, 0))
        if not match:
            return None
        return text[: match.start()], "/".join(match[number] for number in self.streams)

    def match(self, text: str) -> tuple[str, str] | None:
        """What follows the prefix in ``text``, and the worker's name; None where it is another."""
        match = self.pattern.match(text)
        if not match:
            return None
        named = match.groupdict().get("stream")
        name = named or "/".join(match[number] for number in self.streams)
        return text[match.end() :], name


@dataclass(frozen=True, slots=True)
class Dress:
    """The shapes of one log."""

    shapes: tuple[Shape, ...] = ()
    keys: tuple[str, ...] = ()  #: fields of its records that tell workers apart
    tail: Shape | None = None  #: what stands behind each line


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """An event found behind a prefix."""

    prefix: str
    kind: str
    job: str
    action: str = ""  #: what a receipt says is to be done


def learnt_dress(carried: Iterable[Carried], known: int) -> Dress:
    """The shapes of these prefixes; ``known`` events were read without them."""
    by_shape: dict[str, list[Carried]] = defaultdict(list)
    for event in carried:
        if len(event.prefix) <= _LONGEST:
            by_shape[shape_source(event.prefix)].append(event)
    total = known + sum(len(some) for some in by_shape.values())
    shapes = [
        Shape(re.compile(source), worker_places(re.compile(source), some))
        for source, some in by_shape.items()
        if len(some) >= max(_LEAST, _SHARE * total / max(len(by_shape), 1))
        and (len({event.kind for event in some}) > 1 or len(some) >= _SHARE * total)
    ]
    kinds = {event.kind for source, some in by_shape.items() for event in some}
    if len(kinds) < 2:
        return Dress()
    return Dress(tuple(sorted(shapes, key=lambda shape: -len(shape.pattern.pattern))[:_MOST]))


def all_sources(carried: Iterable[Carried]) -> list[str]:
    """Expressions of all these prefixes, however few lines have them; ``stream`` names the
    worker.
    """
    by_shape: dict[str, list[Carried]] = defaultdict(list)
    for event in carried:
        by_shape[shape_source(event.prefix)].append(event)
    sources = []
    for source, some in by_shape.items():
        streams = worker_places(re.compile(source), some)
        parts = source.split(_OPEN)
        text = parts[0]
        for number, part in enumerate(parts[1:], 1):
            text += (
                "(?P<stream>" + _OPEN[1:] if number in streams[:1] else "(?:" + _OPEN[1:]
            ) + part
        sources.append(text)
    return sources


def shape_source(prefix: str) -> str:
    """An expression of all texts of this one's shape."""
    parts = []
    for match in _PART.finditer(prefix):
        if match.lastgroup == "stamp":
            parts.append(r"[\d:/.,TtZz+-]+")
        elif match.lastgroup in ("word", "address"):
            parts.append(_OPEN)
        elif match.lastgroup == "space":
            parts.append(r"\s+")
        elif match.lastgroup == "sign":
            parts.append(_SIGN)
        else:
            parts.append(re.escape(match[0]))
    return "".join(parts)


def words_of(prefix: str) -> list[str]:
    """The words of a prefix that ``shape_source`` leaves open."""
    return [match[0] for match in _PART.finditer(prefix) if match.lastgroup in ("word", "address")]


def signs_of(prefix: str) -> list[str]:
    """The emoji and arrows of a prefix."""
    return [match[0] for match in _PART.finditer(prefix) if match.lastgroup == "sign"]


def worker_places(pattern: re.Pattern[str], carried: list[Carried]) -> tuple[int, ...]:
    """The open places that name the worker."""
    rows = [
        (event, match) for event in carried if event.job and (match := pattern.match(event.prefix))
    ]
    return tuple(
        number
        for number in range(1, pattern.groups + 1)
        if not _is_told(number, rows)
        and names_worker(
            [(event.job, match[number]) for event, match in rows],
            is_called_so=all(_is_called_worker(match, number) for _, match in rows),
        )
    )


def _is_told(number: int, rows: list[tuple[Carried, re.Match[str]]]) -> bool:
    """Whether what stands in this place is what the receipts say is to be done."""
    told = [(match[number].lower(), event.action.lower()) for event, match in rows if event.action]
    return bool(told) and all(word == action for word, action in told)


def _is_called_worker(match: re.Match[str], number: int) -> bool:
    """Whether the word for a worker stands in this place, or right before it."""
    before = match.string[: match.start(number)]
    return bool(WORKER.search(match[number]) or _WORKER_BEFORE.search(before))


def names_worker(pairs: list[tuple[str, str]], *, is_called_so: bool = False) -> bool:
    """Whether a value is a worker's name: by the jobs and the values beside their lines. One that
    ``is_called_so`` may have one job only in a short log; any other may as well be a job's number.
    """
    jobs: dict[str, set[str]] = defaultdict(set)
    values: dict[str, set[str]] = defaultdict(set)
    lines: dict[str, int] = defaultdict(int)
    for job, value in pairs:
        jobs[job].add(value)
        values[value].add(job)
        lines[job] += 1
    several = [job for job, count in lines.items() if count > 1]
    if len(values) < 2 or not several:
        return False
    if any(len(value) >= PART_OF_ID and value.lower() in job for job, value in pairs):
        return False
    same = sum(len(jobs[job]) == 1 for job in several)
    shared = sum(len(some) > 1 for some in values.values())
    return (
        same >= 0.66 * len(several)
        and len(values) <= 64
        and (
            (is_called_so and len(jobs) <= _FEW)
            or shared >= len(values) / 2
            or len(values) <= len(jobs) / 2
        )
    )
