"""Job ids as logs show them: a whole UUID, or its first characters and dots.

Ids compare without case and without hyphens: the *key* of an id is its lower-case hex digits, 32 of
a whole one, 8 to 31 of an abbreviated one.

Some submissions call their jobs by a number or a word. The kit keeps such a *foreign* id under a
UUID that is made of it, and recognises that one by its ending.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

SHORTEST = 8  #: leading characters that an abbreviated id must show
WHOLE = 32  #: hex digits of a UUID

_HYPHENS = (8, 13, 18, 23)
WHOLE_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32}")
#: an id as some languages print it: "…", '…', {…}, <…>, UUID('…')
_DRESSED = re.compile(rf"(?:UUID)?[\"'(\[{{<]+({WHOLE_ID.pattern})[\"')\]}}>]*")
_DOTS = re.compile(r"-?(?:\.\.\.|…)$")
_FOREIGN = "1ab6f0e1"  #: how a key ends that was made of a foreign id
_FOREIGN_ID = re.compile(rf"[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{4}}{_FOREIGN}")
_LONGEST_FOREIGN = 200
_MOST_FOREIGN = 1 << 14
_written: dict[str, str] = {}  # UUID of a foreign id → the id as it was answered; the oldest go


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


def bare_id(text: str) -> str:
    """A whole id without the quotes, braces and brackets around it; anything else as it is."""
    dressed = _DRESSED.fullmatch(text)
    return dressed[1] if dressed else text


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


def uuid_of(text: str) -> str:
    """The UUID under which the kit keeps an id: itself, its hyphens in their places; of a foreign
    one another that is made of it, whatever its case. What is empty or too long stays as it is.
    """
    if WHOLE_ID.fullmatch(text) or not 0 < len(text) <= _LONGEST_FOREIGN:
        return hyphenated(text)
    from hashlib import sha256  # OpenSSL is loaded where it is needed

    digits = sha256(text.lower().encode("utf-8", "replace")).hexdigest()
    return show_id(digits[: WHOLE - len(_FOREIGN)] + _FOREIGN)


def kept_id(text: str) -> str:
    """As ``uuid_of``; how a foreign id was written is remembered."""
    job_id = uuid_of(text)
    if is_foreign(job_id) and job_id not in _written:
        for oldest in [*_written][: max(len(_written) - _MOST_FOREIGN + 1, 0)]:
            _written.pop(oldest, None)
        _written[job_id] = text
    return job_id


def is_foreign(job_id: str) -> bool:
    """Whether a UUID was made of a foreign id."""
    return _FOREIGN_ID.fullmatch(job_id.lower()) is not None


def as_written(text: str) -> str:
    """A text about jobs with their foreign ids as the submission writes them."""
    if _FOREIGN not in text:
        return text
    return _FOREIGN_ID.sub(lambda match: _written.get(match[0], match[0]), text)


def ways_written(job_id: str) -> list[str]:
    """An id in small letters as it may be written: with its hyphens, and without; a foreign one as
    it is.
    """
    job_id = job_id.lower()
    if is_foreign(job_id):
        return [as_written(job_id).lower()]
    return [job_id, job_id.replace("-", "")]


def names_id(text: str, job_id: str) -> bool:
    """Whether the id stands anywhere in ``text``, with its hyphens or without; a foreign one as a
    word of its own, for it may be a digit.
    """
    text, ways = text.lower(), ways_written(job_id)
    if is_foreign(job_id):
        return re.search(rf"(?<![^\W_]){re.escape(ways[0])}(?![^\W_])", text) is not None
    return any(written in text for written in ways)


def keys_in(text: str) -> frozenset[str]:
    """The keys of all whole ids anywhere in ``text``."""
    return frozenset(uuid.replace("-", "").lower() for uuid in WHOLE_ID.findall(text))
