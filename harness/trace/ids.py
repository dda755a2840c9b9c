"""Job ids as logs show them: a whole UUID, or its first characters and dots.

Ids compare without case and without hyphens: the *key* of an id is its lower-case hex digits, 32 of
a whole one, 8 to 31 of an abbreviated one.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

SHORTEST = 8  #: leading characters that an abbreviated id must show
WHOLE = 32  #: hex digits of a UUID

_HYPHENS = (8, 13, 18, 23)
WHOLE_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32}")
_DOTS = re.compile(r"-?(?:\.\.\.|…)$")


@dataclass(frozen=True, slots=True)
class JobId:
    """An id as a line gives it: its key, and whether the whole id was there."""

    key: str
    whole: bool


def parse_id(text: str) -> JobId | None:
    """The id that ``text`` is, or None: not a UUID, or too short, or shortened without dots."""
    if WHOLE_ID.fullmatch(text):
        return JobId(text.replace("-", "").lower(), True)
    dots = _DOTS.search(text)
    if dots is None:
        return None
    key = leading_key(text[: dots.start()])
    if key is None or dots.start() < SHORTEST:
        return None
    return JobId(key, len(key) == WHOLE)


def leading_key(text: str) -> str | None:
    """The key of ``text`` where it is the beginning of a UUID, however short; None where it is
    not.
    """
    text = text.lower()
    if len(text) > WHOLE + len(_HYPHENS):
        return None
    hyphenated = all((char == "-") == (at in _HYPHENS) for at, char in enumerate(text))
    key = text.replace("-", "") if hyphenated else text
    return key if len(key) <= WHOLE and all(char in "0123456789abcdef" for char in key) else None


def show_id(key: str) -> str:
    """A key as people write it, hyphens in their places; of an abbreviated id what there is of
    it.
    """
    if len(key) == WHOLE:
        return f"{key[:8]}-{key[8:12]}-{key[12:16]}-{key[16:20]}-{key[20:]}"
    marks = (0, 8, 12, 16, 20, WHOLE)
    parts = [key[start:end] for start, end in pairwise(marks)]
    return "-".join(part for part in parts if part)


def hyphenated(text: str) -> str:
    """An id with the hyphens that some writers leave out; anything else as it is."""
    return show_id(text) if len(text) == WHOLE and WHOLE_ID.fullmatch(text) else text


def both_ways(job_id: str) -> list[str]:
    """An id in small letters as it may be written: with its hyphens, and without."""
    return [job_id.lower(), job_id.lower().replace("-", "")]


def names_id(text: str, job_id: str) -> bool:
    """Whether the id stands anywhere in ``text``, with its hyphens or without."""
    text = text.lower()
    return any(written in text for written in both_ways(job_id))


def keys_in(text: str) -> frozenset[str]:
    """The keys of all whole ids anywhere in ``text``."""
    return frozenset(uuid.replace("-", "").lower() for uuid in WHOLE_ID.findall(text))
