"""Events: what one line of a worker's log says, parsed by a profile."""

import re
from dataclasses import dataclass
from datetime import datetime

from harness.trace.decorations import Line, parse_time
from harness.trace.ids import JobId, bare_id, parse_id, uuid_of
from harness.trace.profile import Kind, Profile

_QUOTE = re.compile("b?[\"']")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The queue's message as a receipt shows it. A field that the profile does not name is
    empty.
    """

    path: str
    action: str
    params: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a line says, before anyone knows which job an abbreviated id means."""

    kind: Kind
    text: str  #: the line without decorations
    stream: str
    stamp: str | None  #: its time as written
    id_text: str = ""  #: the id as written
    job: JobId | None = None  #: None on an event line of a job: the line is malformed
    fault: str | None = None  #: why it is malformed: ``cut``, ``fields``, ``id``
    message: Message | None = None
    path: str | None = None
    error: str | None = None

    @property
    def time(self) -> datetime | None:
        """The stamp as an aware time; None where there is none, or no such time exists."""
        return parse_time(self.stamp) if self.stamp else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event of the log, its job resolved. ``job_id`` is None where no job can be named."""

    kind: Kind
    job_id: str | None
    line: int  #: from 1
    text: str
    time: datetime | None
    stream: str
    fault: str | None = None  #: why the line is malformed, as in ``Parsed``
    message: Message | None = None
    path: str | None = None
    error: str | None = None


def parse(line: Line, profile: Profile) -> Parsed | None:
    """The event in ``line``, or None where no pattern matches from its start (noise)."""
    for kind, pattern in profile.patterns:
        if match := pattern.match(line.text):
            return _parsed(kind, match, line, profile)
    return None


def _parsed(kind: Kind, match: re.Match[str], line: Line, profile: Profile) -> Parsed:
    groups = {name: (value or "").strip() for name, value in match.groupdict().items()}
    if kind in (Kind.STARTED, Kind.REDIS_ERROR):
        return Parsed(
            kind=kind,
            text=line.text,
            stream=line.stream,
            stamp=line.stamp,
            error=groups.get("error"),
        )
    fault: str | None = None
    message: Message | None = None
    id_text = groups.get("job", "")
    if groups.get("data") is not None and "data" in groups:
        id_text, message, fault = _message(_unquoted(groups["data"]), profile)
    id_text = bare_id(id_text)
    job = parse_id(uuid_of(id_text) if profile.foreign_ids else id_text)
    path = _unquoted(groups["path"]) if "path" in groups else None
    if fault is None and job is None:
        fault = "id" if id_text else "cut"
    elif fault is None and path == "":
        fault = "cut"
    return Parsed(
        kind=kind,
        text=line.text,
        stream=line.stream,
        stamp=line.stamp,
        id_text=id_text,
        job=job,
        fault=fault,
        message=message,
        path=path,
        error=groups.get("error"),
    )


def _unquoted(text: str) -> str:
    """A text without the quotes in which Serilog, Python's ``%r`` or its bytes put it."""
    opening = _QUOTE.match(text)
    return text[opening.end() :].rstrip("\"'") if opening else text


def _message(data: str, profile: Profile) -> tuple[str, Message | None, str | None]:
    """The id's text, the message and the fault of a receipt's data."""
    values = [value.strip() for value in data.split(profile.separator)]
    if len(values) != len(profile.fields):
        return _id_among(values, profile), None, "fields" if data else "cut"
    named = dict(zip(profile.fields, values, strict=True))
    message = Message(
        path=named.get("path", ""), action=named.get("action", ""), params=named.get("params", "")
    )
    return named["job"], message, None


def _id_among(values: list[str], profile: Profile) -> str:
    """The id's text in a message of too many or too few fields: the one whole id, else what is
    in its place.
    """
    whole = {value for value in values if (job := parse_id(value)) is not None and job.whole}
    if len(whole) == 1:
        return whole.pop()
    at = profile.fields.index("job")
    return values[at] if at < len(values) else ""
