"""Which field of a log's lines names the workers, where no table knows it: one that stays the same
through each job and differs between jobs.

It proves itself where jobs overlap: if none does among those of one value, and too many would by
chance, the values are workers. In a short log nobody can tell.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from math import exp, lgamma, log, log1p
from typing import NamedTuple

from harness.trace.ids import WHOLE_ID, leading_key
from harness.trace.profile import Profile
from harness.trace.reading.learning import PART_OF_ID, WORKER, shape_source, signs_of, words_of
from harness.trace.reading.structured import fields_behind, pairs_in

_COLOUR = re.compile(r"\x1b\[([\d;]+)m")
_DATA = re.compile(r"(?:[^\s\"'\\]|\s*\|\s*)+")
_WORDS = 40  #: of a prefix that are looked at
_MOST = 64  #: workers
_BY_CHANCE = 0.01
_LEFT = 0.2  #: of the overlaps, that may be a worker's own

Pair = tuple[str, str]
"""Two jobs (keys of their ids) that were open at once."""


class MarkedLine(NamedTuple):
    """An event's line: its number from 0, its job's key (none of a banner), its fields."""

    line: int
    job: str
    fields: dict[str, str]
    told: frozenset[str]  #: the words of the message, which name no worker


class Naming(NamedTuple):
    """A field that may name the workers, and its value in each job's lines."""

    field: str
    values: dict[str, str]

    @property
    def workers(self) -> int:
        """How many there are then."""
        return len(set(self.values.values()))

    @property
    def is_called_so(self) -> bool:
        """Whether the word for a worker stands in its name, or in each value."""
        return bool(WORKER.search(self.field)) or all(map(WORKER.search, self.values.values()))

    def keeps_apart(self, pairs: Sequence[Pair], together: int) -> bool:
        """Whether it is no chance that so few of these pairs have one value ``together``."""
        many = Counter(self.values.values()).values()
        same = sum(n * n for n in many) / len(self.values) ** 2
        tries = len(pairs)
        return (
            self.may_keep_apart(pairs, together)
            and sum(_chance(tries, n, same) for n in range(together + 1)) < _BY_CHANCE
        )

    def may_keep_apart(self, pairs: Sequence[Pair], together: int) -> bool:
        """Whether few of these pairs have one value, by chance or not."""
        return together <= _LEFT * len(pairs)

    def tells_apart(self, pair: Pair) -> bool:
        """Whether the two jobs have different values."""
        return self.values.get(pair[0]) != self.values.get(pair[1])


def _chance(tries: int, hits: int, share: float) -> float:
    """That so many of the tries hit what is a share of all."""
    ways = lgamma(tries + 1) - lgamma(hits + 1) - lgamma(tries - hits + 1)
    return exp(ways + hits * log(share) + (tries - hits) * log1p(-share))


def rows_of(
    lines: Iterable[bytes],
    profile: Profile,
    wanted: Collection[int] | None = None,
    fields: Collection[str] | None = None,
) -> Iterator[MarkedLine]:
    """The lines of events; those ``wanted``, and those ``fields``, where that is given."""
    above: dict[str, str] = {}
    for number, raw in enumerate(lines):
        is_wanted = wanted is None or number in wanted
        is_heading = raw.rstrip().endswith(b":")
        if not (is_wanted or is_heading):
            continue
        text = raw.decode("utf-8", "replace")
        event = _event(text, profile)
        if event is None:
            if is_heading:
                above = _numbered(f"above {shape_source(text)}", words_of(text))
        elif is_wanted and (row := _row(number, text, event, above)):
            some = (
                row.fields
                if fields is None
                else {name: row.fields.get(name, "") for name in fields}
            )
            yield row._replace(fields=some)


def _event(text: str, profile: Profile) -> re.Match[str] | None:
    found = (pattern.search(text) for _, pattern in profile.patterns)
    return next((event for event in found if event), None)


def _row(number: int, text: str, event: re.Match[str], above: dict[str, str]) -> MarkedLine:
    prefix = text[: event.start()].partition("{")[0]
    words = words_of(prefix)
    fields = {
        **above,
        **_numbered("word", words),
        **_numbered("word from the end", words[::-1]),
        **_numbered("sign", signs_of(prefix)),
        **_numbered("colour", _COLOUR.findall(text)),
        **pairs_in(text),
        **fields_behind(text),
    }
    job = WHOLE_ID.search(text, event.start())
    data = _DATA.match(text, job.start()) if job else None
    told = frozenset(re.findall(r"\w+", data[0].lower())) if data else frozenset()
    return MarkedLine(number, (leading_key(job[0]) or "") if job else "", fields, told)


def _numbered(name: str, words: Sequence[str]) -> dict[str, str]:
    return {f"{name} {at}": word for at, word in enumerate(words[:_WORDS])}


def may_be_apart(rows: Sequence[MarkedLine], pairs: Iterable[Pair]) -> list[bool]:
    """Of each pair of jobs, whether a field that may name workers has another value in the one than
    in the other.
    """
    found = list(_namings(rows, lambda _: True))
    return [any(each.tells_apart(pair) for each in found) for pair in pairs]


def namings(rows: Sequence[MarkedLine], pairs: Sequence[Pair]) -> list[Naming]:
    """The fields that may name workers of at least two jobs each, and keep some of these pairs
    apart; those that keep most apart first, of them those of few workers.
    """

    def is_shared(values: dict[str, str]) -> bool:
        jobs = Counter(values.values())
        return 2 <= len(jobs) <= _MOST and min(jobs.values()) > 1

    found = [
        (-sum(map(each.tells_apart, pairs)), each.workers, each)
        for each in _namings(rows, is_shared)
    ]
    return [each for kept, _, each in sorted(found, key=lambda entry: entry[:2]) if kept]


def differing(rows: Sequence[MarkedLine], pairs: Iterable[Pair]) -> set[str]:
    """The fields that differ in some line of the two jobs of some pair."""
    by_job: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        by_job[row.job].append(row.fields)
    return {
        name
        for one, two in pairs
        for before in by_job[one]
        for after in by_job[two]
        for name in before.keys() & after.keys()
        if before[name] != after[name]
    }


def _namings(
    rows: Sequence[MarkedLine], fits: Callable[[dict[str, str]], bool]
) -> Iterator[Naming]:
    jobs = [row for row in rows if row.job]
    for name in dict.fromkeys(name for row in jobs for name in row.fields):
        if (values := _values(name, jobs)) and fits(values):
            yield Naming(name, values)


def _values(name: str, rows: Sequence[MarkedLine]) -> dict[str, str]:
    """The value of this field in each job's lines; nothing where it names no workers."""
    values: dict[str, str] = {}
    told = set()
    for row in rows:
        value = row.fields.get(name, "")
        if not value or values.setdefault(row.job, value) != value:
            return {}
        words = re.findall(r"\w+", value.lower())
        if words and row.told.issuperset(words):
            told.add(row.job)
    is_id = any(len(value) >= PART_OF_ID and value.lower() in job for job, value in values.items())
    return {} if is_id or 2 * len(told) > len(values) else values
