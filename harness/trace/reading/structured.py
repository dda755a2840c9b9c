"""Structured log lines: the worker's words, the stream and the time out of JSON or logfmt.

Loggers, Docker, journald, Kubernetes and the clouds wrap a line in an object, sometimes twice;
which key holds the words is a convention of each.
"""

import json
import re
from typing import Any, NamedTuple

_MESSAGES = (
    "msg", "message", "log", "MESSAGE", "event", "line", "text", "body", "textPayload", "short_message",
    "@m", "@mt", "RenderedMessage", "MessageTemplate", "Message", "jsonPayload", "content", "data",
)  # fmt: skip
_STREAMS = (
    "pod", "pod_name", "podName", "container", "container_name", "CONTAINER_NAME", "containerName",
    "logStreamName", "logStream", "replica", "dyno", "instance", "worker", "SYSLOG_IDENTIFIER",
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
_PAIR = re.compile(r'([A-Za-z_@][\w.@-]*)=("(?:[^"\\]|\\.)*"|\S*)(?:\s+|$)')
_DEEPEST = 3
_LONGEST = 1 << 16


class Record(NamedTuple):
    """What an object around a line says."""

    text: str
    stream: str
    stamp: str | None


def unwrapped(text: str) -> Record | None:
    """The words in a structured line; None where it is none."""
    if len(text) > _LONGEST:
        return None
    if text.startswith("{") and text.endswith("}"):
        return _from_object(_json(text), 0)
    return _from_logfmt(text)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _from_object(found: Any, depth: int) -> Record | None:
    if not isinstance(found, dict) or depth > _DEEPEST:
        return None
    for key in _MESSAGES:
        inner = found.get(key)
        if isinstance(inner, dict):
            record = _from_object(inner, depth + 1)
        elif isinstance(inner, str):
            text = inner.strip()
            nested = text.startswith("{") and text.endswith("}")
            record = _from_object(_json(text), depth + 1) if nested else None
            record = record or Record(text, "", None)
        else:
            continue
        if record:
            return Record(
                record.text, record.stream or _stream(found), record.stamp or _stamp(found)
            )
    return None


def _stream(found: dict[str, Any]) -> str:
    holders = [found, *(found[key] for key in _HOLDERS if isinstance(found.get(key), dict))]
    for key in _STREAMS:
        for holder in holders:
            name = holder.get(key)
            if isinstance(name, str | int) and not isinstance(name, bool) and name != "":
                return str(name)[:200]
    return ""


def _stamp(found: dict[str, Any]) -> str | None:
    return next((found[key] for key in _TIMES if isinstance(found.get(key), str)), None)


def _from_logfmt(text: str) -> Record | None:
    pairs: dict[str, str] = {}
    at = 0
    while found := _PAIR.match(text, at):
        value = found[2]
        if value.startswith('"'):
            value = str(_json(value) or value[1:-1])
        pairs.setdefault(found[1], value)
        at = found.end()
    if at < len(text) or len(pairs) < 2:
        return None
    return _from_object(pairs, 0)
