"""Why no event was read in a log that holds some: what the file is, or what was done to it."""

import base64
import binascii
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from urllib.parse import unquote_to_bytes

from harness.trace.decorations import undecorated
from harness.trace.ids import WHOLE_ID, leading_key, show_id
from harness.trace.profile import FINAL, Kind, Profile
from harness.trace.wording import needed_words

_MOST = 2000  #: lines that are looked at
_LONGEST = 1 << 20  #: characters of them
_GLUED = 3  #: events in one line
_JOBS = (Kind.RECEIVED, Kind.PROCESSING, *FINAL)
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{40,}={0,2}\s*)+")
_HEX = re.compile(r"(?m)^[0-9a-fA-F]{7,8}:? {1,2}((?:[0-9a-fA-F]{2,4} {1,2}){8,16})")
_SPACED = re.compile(r"(?:\S[ \0]){16,}")
_ARCHIVE = "PK\x03\x04"


def why_unread(lines: Sequence[bytes], profile: Profile) -> str | None:
    """The reason, as a verdict gives it; None where nothing is known."""
    rows = [line.decode("utf-8", "replace") for line in islice(lines, _MOST)]
    text = "\n".join(rows)[:_LONGEST]
    if any(row.startswith(_ARCHIVE) for row in rows):
        return "maybe-archive"
    speaks = _speaks(text, profile, _JOBS)
    if not speaks and any(_speaks(decoded, profile) for decoded in _decoded(text)):
        return "maybe-encoded"
    if any(_is_glued(row, profile) for row in rows):
        return "maybe-one-line"
    if speaks:
        return "maybe-wrapped" if WHOLE_ID.search(text) else None
    return "maybe-other-case" if _speaks(text, profile, _JOBS, re.IGNORECASE) else None


def names_jobs(lines: Iterable[bytes], jobs: Collection[str], profile: Profile) -> bool:
    """Whether a worker that says it has started also says something with one of these ids, in words
    that nobody knows.
    """
    started = dict(profile.patterns).get(Kind.STARTED)
    streams, speakers = set(), set()
    for raw in lines:
        line = undecorated(raw.decode("utf-8", "replace"))
        if started and started.match(line.text):
            streams.add(line.stream)
        elif any(show_id(leading_key(each) or "") in jobs for each in WHOLE_ID.findall(line.text)):
            speakers.add(line.stream)
    return bool(streams & speakers)


def _is_glued(text: str, profile: Profile) -> bool:
    """Whether several events stand in a line."""
    words = {needed_words(pattern.pattern) for kind, pattern in profile.patterns if kind in _JOBS}
    many = sum(text.count(word) for word in words if word)
    return many >= _GLUED and len(set(WHOLE_ID.findall(text))) > 1


def _decoded(text: str) -> Iterator[str]:
    """What the text may say in another encoding."""
    if "%20" in text or "%0A" in text:
        yield unquote_to_bytes(text).decode("utf-8", "replace")
    if match := _SPACED.search(text):
        yield text[match.start() :: 2]
    for match in _BASE64.finditer(text):
        data = "".join(match[0].split())
        try:
            yield base64.b64decode(data[: len(data) // 4 * 4]).decode("utf-8", "replace")
        except binascii.Error:
            continue
    rows = "".join("".join(row.split()) for row in _HEX.findall(text))
    yield bytes.fromhex(rows[: len(rows) // 2 * 2]).decode("utf-8", "replace")


def _speaks(
    text: str, profile: Profile, kinds: Collection[Kind] = tuple(Kind), flags: int = 0
) -> bool:
    """Whether words of events of these kinds stand in the text."""
    return any(
        re.search(pattern.pattern, text, flags)
        for kind, pattern in profile.patterns
        if kind in kinds
    )
