"""What a clean line looks like, byte for byte, learnt from lines that the profile itself has parsed.

A line is a template where the profile's patterns are plain enough that no id can change how they match
(literals, white space, ``\\S+`` and a trailing ``.*``) and it parses alike with every hex digit in the
id's place. Whatever else a profile holds, its logs take the ordinary path.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from harness.trace.decorations import undecorated
from harness.trace.events import Parsed, parse
from harness.trace.ids import keys_in
from harness.trace.paths import ABBREVIATED, inside, storage_of
from harness.trace.profile import FINAL, Kind, Profile

_PLAIN = re.compile(
    r"""(?: [^\\()\[\]{}|.*+?^$\s\d] | \\[.,:;!()\[\]\-] | [ ] | \\s[*+]
          | \(\?P<\w+>\\S\+\) | \(\?:\\s\+\(\?P<job>\\S\+\)\|\$\) )+
        (?: \(\?P<\w+>\.\*\) )?""",
    re.VERBOSE,
)
_ID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CLEAR = re.compile(rb"[ -~]+")
_LONGEST = 400  #: bytes of a line worth a template


@dataclass(frozen=True, slots=True)
class Template:
    """A line's bytes with its job's id at ``ids``. A receipt's ends after the path; else all of it."""

    kind: Kind
    text: bytes
    ids: tuple[int, ...]
    stream: str


class Triple(NamedTuple):
    """Three lines of one clean job, as templates, and the storage that its receipt tells."""

    received: Template
    processing: Template
    final: Template
    storage: str


def plain(profile: Profile) -> bool:
    """Whether templates can be proven for the profile at all."""
    sources = {kind: pattern.pattern for kind, pattern in profile.patterns}
    heads = {kind: source[:4] for kind, source in sources.items()}
    return (
        heads.get(Kind.STARTED) != heads[Kind.RECEIVED]
        and heads[Kind.RECEIVED].isalpha()
        and heads.get(Kind.STARTED, "Name").isalpha()
        and all(
            _PLAIN.fullmatch(pattern.pattern) and not pattern.flags & re.IGNORECASE
            for _, pattern in profile.patterns
        )
        and all(profile.tells(kind) for kind in (Kind.RECEIVED, Kind.PROCESSING))
        and len(profile.separator) == 1
        and "!" <= profile.separator <= "~"
        and profile.separator not in "/\\.-_"
        and not profile.separator.isalnum()
        and profile.fields[:2] == ("job", "path")
        and len(profile.fields) > 2
        and any(
            k is Kind.RECEIVED and p.pattern.endswith("(?P<data>.*)") for k, p in profile.patterns
        )
    )


def learn(
    lines: tuple[bytes, bytes, bytes], profile: Profile, known: Callable[[Triple], bool]
) -> Triple | None:
    """The templates of three lines in a row; None where they are known, or not those of one clean job."""
    if not all(_CLEAR.fullmatch(line) and len(line) < _LONGEST for line in lines):
        return None
    received = parse(undecorated(lines[0].decode()), profile)
    if not (received and received.message and received.job):
        return None
    processing, final = (parse(undecorated(line.decode()), profile) for line in lines[1:])
    if not (processing and final):
        return None
    first = [received, processing, final]
    if (received.kind, processing.kind) != (
        Kind.RECEIVED,
        Kind.PROCESSING,
    ) or final.kind not in FINAL:
        return None
    ids = {one.id_text for one in first}
    if len(ids) != 1 or any(one.fault or one.stream != received.stream for one in first):
        return None
    job = ids.pop().encode()
    if not _ID.fullmatch(job) or not _fair_paths(received, final, job.decode()):
        return None
    head = _receipt(lines[0], job, profile)
    made = [
        Template(kind.kind, text, _places(text, job), received.stream)
        for kind, text in zip(first, (head, *lines[1:]), strict=True)
        if text
    ]
    if len(made) != 3 or (len(made[0].ids), len(made[1].ids)) != (2, 1) or not made[2].ids:
        return None
    triple = Triple(made[0], made[1], made[2], storage_of(received.message.path))
    if known(triple) or not all(
        _proven(*pair, job, profile) for pair in zip(lines, first, strict=True)
    ):
        return None
    return triple


def _receipt(line: bytes, job: bytes, profile: Profile) -> bytes | None:
    """The receipt up to the end of its path: what follows is free but for the number of fields."""
    mark = profile.separator.encode()
    if line.count(mark) < len(profile.fields) - 1:
        return None
    before = line.index(job) + len(job)
    if line[before : before + 1] != mark:
        return None
    return line[: line.index(mark, before + 1) + 1]


def _fair_paths(received: Parsed, final: Parsed, job: str) -> bool:
    """Whether neither the storage nor whose the result is depends on which id it is."""
    source = received.message.path if received.message else ""
    folder, named, rest = source.rpartition(job)
    storage = storage_of(source)
    if not named or "/" not in folder or "/" in rest or "\\" in source or keys_in(folder):
        return False
    if final.path is None:
        return final.kind is not Kind.COMPLETED or not final.path
    before, named, after = final.path.partition(job)
    deep = len([part for part in before.split("/")[:-1] if part not in ("", ".")])
    return (
        bool(named)
        and not (before and before[-1] in "0123456789abcdefABCDEF-")
        and "/" not in after
        and ".." not in before + after
        and "\\" not in final.path
        and not keys_in(before)
        and not keys_in(after)
        and not ABBREVIATED.search(final.path + source)
        and deep >= len([part for part in storage.split("/") if part not in ("", ".")])
        and inside(final.path, storage)
    )


def _places(text: bytes, job: bytes) -> tuple[int, ...]:
    return tuple(found.start() for found in re.finditer(re.escape(job), text))


def _proven(line: bytes, parsed: Parsed | None, job: bytes, profile: Profile) -> bool:
    """Whether the line parses alike with any digits in its id."""
    for digit in "0123456789abcdef":
        other = re.sub(r"[0-9a-f]", digit, job.decode())
        told = parse(undecorated(line.decode().replace(job.decode(), other)), profile)
        if told is None or parsed is None:
            return False
        same = (told.kind, told.stream, told.fault, told.id_text) == (
            parsed.kind, parsed.stream, None, other,
        )  # fmt: skip
        if not same or (told.path or "") != (parsed.path or "").replace(job.decode(), other):
            return False
        if (told.message is None) != (parsed.message is None):
            return False
    return True
