"""Whose work is whose row: by number, by address, then by name as people and registries write it.

Each way is stricter than the next; a pair counts where it is the only one on both sides. What two
rows or two works could be is told, and decided by nobody here.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from report.errors import ReportError
from report.owners import Owner

_T = TypeVar("_T")
_APOSTROPHES = dict.fromkeys(map(ord, "’ʼ`´‘ʹ′＇"), "'")
_OFFICIAL = "UkrainianKMU"  #: the table of 2010
_OLDER = ("UkrainianPassport2007", "UkrainianNational1996", "UkrainianBGN", "UkrainianSimple")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A row of the learning system's table."""

    row: int
    name: str
    ids: tuple[str, ...] = ()  #: numbers, logins, addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """Which work (by its place) is which row, and what was not decided."""

    rows: dict[int, int]  #: work → row
    unclear: dict[int, tuple[Person, ...]]  #: several rows, or several works for one: candidates
    unknown: tuple[int, ...]  #: no row at all


def match(owners: Sequence[Owner], people: Sequence[Person]) -> Matches:
    """Pairs of works and rows."""
    rows: dict[int, int] = {}
    unclear: dict[int, tuple[Person, ...]] = {}
    for owned, listed in _WAYS:
        works = {n: owned(owner) for n, owner in enumerate(owners) if n not in {*rows, *unclear}}
        if not works:
            break
        free = [person for person in people if person.row not in set(rows.values())]
        table = _by_key((person, listed(person)) for person in free)
        wanted = _by_key(works.items())
        for number, keys in works.items():
            candidates = {person.row: person for key in keys for person in table.get(key, ())}
            rivals = {rival for key in keys for rival in wanted[key]}
            if len(candidates) == 1 and len(rivals) == 1:
                rows[number] = next(iter(candidates))
            elif candidates:
                unclear[number] = tuple(candidates.values())
    unknown = tuple(n for n in range(len(owners)) if n not in rows and n not in unclear)
    return Matches(rows=rows, unclear=unclear, unknown=unknown)


def spelt(name: str) -> str:
    """Letters of any case, apostrophe and hyphen of any kind, words in any order."""
    text = unicodedata.normalize("NFC", name).translate(_APOSTROPHES).casefold()
    return " ".join(sorted(re.findall(r"[\w']+", text)))


def bare(name: str) -> str:
    """Without accents and apostrophes. Letters that have them as their own (й, ї) lose them too."""
    parts = unicodedata.normalize("NFKD", spelt(name).replace("'", ""))
    return " ".join(sorted("".join(c for c in parts if not unicodedata.combining(c)).split()))


def latin(name: str) -> str:
    """By the official table of 2010."""
    return _written(name, _OFFICIAL)


def _older(name: str) -> set[str]:
    """As passports of other years have it."""
    return {_written(name, table) for table in (_OFFICIAL, *_OLDER)}


def _written(name: str, table: str) -> str:
    try:
        import translitua
    except ImportError as error:
        raise ReportError("export-extra", package="translitua") from error
    return bare(str(translitua.translit(_shaped(name), getattr(translitua, table))))


def _shaped(name: str) -> str:
    """As the tables expect it: NFC, one apostrophe, capitals first (Є at a word's beginning is
    Ye).
    """
    text = unicodedata.normalize("NFC", name).translate(_APOSTROPHES)
    return " ".join(word[:1].upper() + word[1:].lower() for word in text.split())


def _by_key(pairs: Iterable[tuple[_T, set[str]]]) -> dict[str, list[_T]]:
    table = defaultdict(list)
    for item, keys in pairs:
        for key in keys:
            table[key].append(item)
    return table


def _named(fold: Callable[[str], set[str]]) -> tuple["_Owned", "_Listed"]:
    return (lambda owner: fold(owner.name) - {""}, lambda person: fold(person.name) - {""})


_Owned = Callable[[Owner], set[str]]
_Listed = Callable[[Person], set[str]]
#: The ways, the strictest first: what a work can be called by, what a row can.
_WAYS: tuple[tuple[_Owned, _Listed], ...] = (
    (lambda owner: {owner.id} - {""}, lambda person: set(person.ids)),
    (
        lambda owner: {owner.name.casefold()},
        lambda person: {text.casefold() for text in person.ids},
    ),
    _named(lambda name: {spelt(name)}),
    _named(lambda name: {bare(name)}),
    _named(lambda name: {latin(name)}),
    _named(_older),
)
