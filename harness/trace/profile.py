"""Log profiles: what a worker's lines say, as data.

A profile is a TOML file of regular expressions (Python's ``re``), one for each kind of event,
matched from the start of an undecorated line. ``profiles/lab.toml`` is the lab's own.
"""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from harness.trace.errors import TraceError
from harness.trace.linear import linear

_LAB = Path(__file__).parent / "profiles" / "lab.toml"
Compiled = Callable[[str], re.Pattern[str]]

_MOST_PREFIXES = 64  #: each line is tried with every one
_LARGEST = 256 * 1024  #: bytes; a profile is a page of text


class Kind(StrEnum):
    """What a line of a worker's log tells."""

    STARTED = "started"
    RECEIVED = "received"
    REDELIVERED = "redelivered"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    REDIS_ERROR = "redis_error"


FINAL = (Kind.COMPLETED, Kind.FAILED)

#: Of these groups each pattern must have one.
_NEEDED: dict[Kind, frozenset[str]] = {
    Kind.RECEIVED: frozenset({"data", "job"}),
    Kind.REDELIVERED: frozenset({"data", "job"}),
    Kind.PROCESSING: frozenset({"job"}),
    Kind.COMPLETED: frozenset({"job"}),
    Kind.FAILED: frozenset({"job"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How one worker words its events, and how its queue's message is put together."""

    name: str
    patterns: tuple[
        tuple[Kind, re.Pattern[str]], ...
    ]  #: tried in this order, the first that matches counts
    separator: str
    fields: tuple[str, ...]
    prefixes: tuple[
        re.Pattern[str], ...
    ] = ()  #: what may stand before the words; ``stream`` names the worker
    foreign_ids: bool = False  #: its jobs are not called by UUIDs

    def tells(self, kind: Kind) -> bool:
        """Whether the profile has a pattern for ``kind``: what it does not tell cannot be
        missed.
        """
        return any(known is kind for known, _ in self.patterns)


@cache
def lab_profile() -> Profile:
    """The profile of the lab's own worker."""
    return load_profile(_LAB)


def load_profile(path: Path, *, foreign: bool = False) -> Profile:
    """The profile in a TOML file; a ``foreign`` one cannot make anybody wait for its expressions
    (``linear``).

    Raises TraceError: ``profile-unreadable``, ``profile-toml``, ``profile-key`` (unknown or of the
    wrong type), ``profile-regex``, ``profile-group``, ``profile-missing``.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise TraceError("profile-toml", file=path.name, reason=f"> {_LARGEST // 1024} KiB")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TraceError("profile-unreadable", file=path.name, reason=_reason(error)) from error
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TraceError("profile-toml", file=path.name, reason=error) from error
    return profile_from(table, path.name, foreign=foreign)


def profile_from(table: dict[str, Any], file: str, *, foreign: bool = False) -> Profile:
    """The profile that a parsed TOML table describes; ``file`` names it in errors."""
    compiled = linear if foreign else _compiled
    _only(table, {"name": str, "events": dict, "message": dict, "line": dict}, file, "")
    events: dict[str, Any] = table.get("events", {})
    _only(events, {kind.value: str for kind in Kind}, file, "events.")
    patterns = tuple(
        (kind, _pattern(kind, events[kind], file, compiled)) for kind in Kind if kind in events
    )
    present = {kind for kind, _ in patterns}
    if Kind.RECEIVED not in present:
        raise TraceError("profile-missing", file=file, key="events.received")
    if not present.intersection(FINAL):
        raise TraceError("profile-missing", file=file, key="events.completed / events.failed")
    line: dict[str, Any] = table.get("line", {})
    _only(line, {"prefix": list}, file, "line.")
    if len(line.get("prefix", ())) > _MOST_PREFIXES:
        raise TraceError("profile-key", file=file, key=f"line.prefix[{_MOST_PREFIXES}]")
    message: dict[str, Any] = table.get("message", {})
    _only(message, {"separator": str, "fields": list}, file, "message.")
    fields = tuple(message.get("fields", ("job", "path", "action", "params")))
    separator = message.get("separator", "|")
    if not all(isinstance(name, str) for name in fields) or len(set(fields)) != len(fields):
        raise TraceError("profile-key", file=file, key="message.fields")
    if "job" not in fields:
        raise TraceError("profile-missing", file=file, key='message.fields: "job"')
    if not separator:
        raise TraceError("profile-key", file=file, key="message.separator")
    return Profile(
        name=table.get("name", file),
        patterns=patterns,
        separator=separator,
        fields=fields,
        prefixes=tuple(
            _regex("line.prefix", source, file, compiled) for source in line.get("prefix", ())
        ),
    )


def _compiled(source: str) -> re.Pattern[str]:
    try:
        return re.compile(source)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(str(error)) from error


def _regex(key: str, source: Any, file: str, compiled: Compiled) -> re.Pattern[str]:
    if not isinstance(source, str):
        raise TraceError("profile-key", file=file, key=key)
    try:
        return compiled(source)
    except ValueError as error:
        raise TraceError("profile-regex", file=file, key=key, reason=error) from error


def _pattern(kind: Kind, source: str, file: str, compiled: Compiled) -> re.Pattern[str]:
    key = f"events.{kind}"
    pattern = _regex(key, source, file, compiled)
    needed = _NEEDED.get(kind, frozenset())
    if needed and not needed & set(pattern.groupindex):
        wanted = " / ".join(f"(?P<{name}>…)" for name in sorted(needed))
        raise TraceError("profile-group", file=file, key=key, wanted=wanted)
    return pattern


def _only(table: dict[str, Any], known: dict[str, type], file: str, prefix: str) -> None:
    for key, value in table.items():
        if key not in known or not isinstance(value, known[key]):
            raise TraceError("profile-key", file=file, key=f"{prefix}{key}")


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else str(error)
