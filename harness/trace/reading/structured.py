"""Structured log lines: the worker's words, the stream and the time out of JSON or logfmt.

Loggers, Docker, journald, Kubernetes and the clouds wrap a line in an object, sometimes twice;
which key holds the words is a convention of each.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NamedTuple

from harness.trace.decorations import parse_time

MESSAGES = (
    "msg", "message", "log", "MESSAGE", "event", "line", "text", "body", "textPayload", "short_message",
    "@m", "@mt", "RenderedMessage", "MessageTemplate", "Message", "jsonPayload", "content", "data",
    "@message", "LogEntry", "LogMessage", "Log", "_raw", "m",
)  # fmt: skip
_BEFORE = ("record",)  #: objects that hold a message beside a formatted one
_BEHIND = ("attributes", "result", "_source", "fields")  #: objects that may hold it
_STREAMS = (
    "pod", "pod_name", "podName", "container", "container_name", "CONTAINER_NAME", "containerName",
    "logStreamName", "logStream", "@logStream", "replica", "dyno", "instance", "worker", "SYSLOG_IDENTIFIER",
    "hostname", "host", "_PID", "pid", "process",
)  # fmt: skip
_HOLDERS = (
    "kubernetes",
    "labels",
    "fields",
    "resource",
    "stream",
    "metadata",
    "docker",
    "attributes",
)
_TAGS = ("tags", "ddtags")  #: Datadog's, each a name and a value: a list, or in one string
_TIMES = (
    "time",
    "ts",
    "timestamp",
    "@timestamp",
    "@t",
    "Timestamp",
    "T",
    "asctime",
    "datetime",
    "date",
)
_TABLE_TIMES = ("Time", "Date", "TimeStamp", "TimeGenerated [UTC]", "Час", "Дата", "column 1")
_PAIR = re.compile(r'([A-Za-z_@][\w.@-]*)=("(?:[^"\\]|\\.)*"|\S*)(?:\s+|$)')
_RUBY = re.compile(r'"([\w.@-]{1,60})"\s?=>\s?"((?:[^"\\]|\\.)*)"')
_TAG = re.compile(r"\[\d+\] (\S{1,200}): \[")  #: what Fluent Bit prints before a record
_PLACE = re.compile(r"\{@?(\w{1,60})[^{}\w][^{}]{0,60}\}|\{@?(\w{1,60})\}")
_LOGFMT = 60  #: characters within which the first pair of a logfmt line begins
_DEEPEST = 3
_MOST = 60  #: fields of a record that are looked at
#: What a field may be called that tells workers apart.
_SOURCE = re.compile(
    r"(?i)container|pod|worker|replica|instance|dyno|task|process|pid|tag|unit|stream|alloc|thread"
    r"|source|host|node|column|log\.file|^w(?:_?id)?$|контейнер|под\b|воркер|джерело"
)
_WRITTEN = ("%b %d, %Y @ %H:%M:%S.%f", "%d.%m.%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S")
_LONGEST = 1 << 16


class Record(NamedTuple):
    """What an object around a line says."""

    text: str
    stream: str
    stamp: str | None


def unwrapped(text: str, keys: tuple[str, ...] = ()) -> Record | None:
    """The words in a structured line; None where it is none. ``keys`` are fields that tell workers
    apart in this log; without any the usual names count.
    """
    if len(text) > _LONGEST:
        return None
    if text.startswith("{") and text.endswith("}"):
        record = _from_object(document := _json(text), 0)
        if record is None or not keys:
            return record
        fields = dict(_fields(document, "", 0))
        names = [fields[key] for key in keys if fields.get(key)]
        return record._replace(stream="/".join(names)) if names else record
    if '"=>"' in text or '" => "' in text:
        record = _from_object(dict(_rubys(text)), 0)
        tag = _TAG.match(text)
        return record._replace(stream=tag[1]) if record and tag and not record.stream else record
    return _from_logfmt(text)


def sources(text: str) -> dict[str, str]:
    """The fields of a record, nested ones by their path, that may tell workers apart."""
    if not text.startswith("{") or len(text) > _LONGEST:
        return {}
    return {key: value for key, value in _fields(_json(text), "", 0) if _SOURCE.search(key)}


def fields_behind(text: str) -> dict[str, str]:
    """All fields of the record that begins somewhere in a line, nested ones by their path."""
    begin = text.find("{")
    if begin < 0 or len(text) > _LONGEST:
        return {}
    try:
        document, _ = json.JSONDecoder().raw_decode(text, begin)
    except (ValueError, RecursionError):
        return {}
    return dict(_fields(document, "", 0))


def pairs_in(text: str) -> dict[str, str]:
    """All pairs of logfmt that stand somewhere in a line."""
    if "=" not in text or len(text) > _LONGEST:
        return {}
    return {pair[1]: pair[2].strip('"') for pair in islice(_PAIR.finditer(text), _MOST)}


def _fields(document: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > _DEEPEST or not isinstance(document, dict):
        return
    for key, value in list(document.items())[:_MOST]:
        inner = _json(value) if isinstance(value, str) and value.startswith("{") else value
        inner = (_tagged(value) or inner) if key in _TAGS else inner
        if isinstance(inner, dict):
            yield from _fields(inner, f"{path}{key}.", depth + 1)
        elif isinstance(value, str | int) and not isinstance(value, bool):
            yield f"{path}{key}", str(value)[:200]


def _rubys(text: str) -> Iterator[tuple[str, str]]:
    """The pairs of a Ruby hash, as Fluent Bit shows its records."""
    for key, value in _RUBY.findall(text):
        yield key, str(_json(f'"{value}"') or value)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _from_object(document: Any, depth: int) -> Record | None:
    if not isinstance(document, dict) or depth > _DEEPEST:
        return None
    for key in (*_BEFORE, *MESSAGES, *_BEHIND):
        inner = document.get(key)
        if isinstance(inner, dict):
            record = _from_object(inner, depth + 1)
        elif isinstance(inner, str) and key in MESSAGES:
            text = inner.strip()
            if key == "@mt":
                text = _filled(text, document)
            record = _nested(text, depth + 1) or Record(text, "", None)
        else:
            continue
        if record:
            return Record(
                record.text, record.stream or _stream(document), record.stamp or _stamp(document)
            )
    return None


def _nested(text: str, depth: int) -> Record | None:
    """A record within a record: a worker's JSON or logfmt in what a collector makes of its lines."""
    if text.startswith("{") and text.endswith("}"):
        return _from_object(_json(text), depth)
    return _from_logfmt(text, depth) if "=" in text[:_LOGFMT] else None


def _filled(template: str, fields: dict[str, Any]) -> str:
    """The words of a template whose places the record's own fields fill (Serilog)."""
    return _PLACE.sub(lambda place: str(fields.get(place[1] or place[2], place[0])), template)


def _stream(document: dict[str, Any]) -> str:
    holders = [
        document,
        *(document[key] for key in _HOLDERS if isinstance(document.get(key), dict)),
        *(_tagged(document[key]) for key in _TAGS if document.get(key)),
    ]
    for key in _STREAMS:
        for holder in holders:
            name = holder.get(key)
            if isinstance(name, str | int) and not isinstance(name, bool) and name != "":
                return str(name)[:200]
    return ""


def _tagged(tags: object) -> dict[str, str]:
    """The names and values of tags; the first value of a name."""
    some = tags.split(",") if isinstance(tags, str) else tags
    if not isinstance(some, list):
        return {}
    told = [tag.partition(":") for tag in some[:_MOST] if isinstance(tag, str)]
    return {name.strip(): value for name, mark, value in reversed(told) if mark}


def _stamp(document: dict[str, Any]) -> str | None:
    """The record's time, by the first of the usual fields that holds one."""
    times = (_time(document.get(key)) for key in (*_TIMES, *_TABLE_TIMES))
    first = next((document[key] for key in _TIMES if isinstance(document.get(key), str)), None)
    return next((stamp for stamp in times if stamp), first)


def _time(value: Any) -> str | None:
    """A time as RFC 3339; of a number the seconds, or thousandths and less of them, since 1970."""
    if isinstance(value, str) and parse_time(value) is not None:
        return value
    text = str(value)
    if (
        isinstance(value, str | int)
        and text.isascii()
        and text.isdigit()
        and len(text) in (10, 13, 16, 19)
    ):
        return datetime.fromtimestamp(int(text[:10]), UTC).isoformat()[:19] + f".{text[10:] or 0}Z"
    for shape in _WRITTEN if isinstance(value, str) else ():
        try:
            return datetime.strptime(value, shape).replace(tzinfo=UTC).isoformat()
        except ValueError:
            continue
    return None


def _from_logfmt(text: str, depth: int = 0) -> Record | None:
    pairs: dict[str, str] = {}
    at = 0
    while match := _PAIR.match(text, at):
        value = match[2]
        if value.startswith('"'):
            value = str(_json(value) or value[1:-1])
        pairs.setdefault(match[1], value)
        at = match.end()
    if at < len(text) or len(pairs) < 2:
        return None
    return _from_object(pairs, depth)
