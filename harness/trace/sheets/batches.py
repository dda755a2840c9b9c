"""JSON lines of a collector that puts several of the worker's lines into one record's message."""

import json
from collections.abc import Iterable, Iterator

from harness.trace.profile import Profile
from harness.trace.sheets.documents import as_lines, batch

_LOOKED_AT = 200  #: lines
_EVENTS = 2  #: in one message: an event and what follows it, as a traceback, are one


def has_batches(first: list[bytes], profile: Profile) -> bool:
    """Whether the log begins so."""
    return any(_events(line, profile) >= _EVENTS for line in first[:_LOOKED_AT])


def batch_lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The record once for each line of its message; any other line as it is."""
    for line in lines:
        record = _record(line)
        yield from as_lines(record) if batch(record) else [line]


def _events(line: bytes, profile: Profile) -> int:
    record = _record(line)
    new = (text for lines in batch(record) for key, text in lines.items() if text != record[key])
    return sum(any(p.search(str(text)) for _, p in profile.patterns) for text in new)


def _record(line: bytes) -> dict[str, object]:
    if not line.startswith(b"{") or b"\\n" not in line:
        return {}
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}
