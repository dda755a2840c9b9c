"""What an OpenTelemetry collector writes: the records of several scopes within those of several
resources, each field's name and value apart.
"""

from collections.abc import Iterator
from typing import Any

from harness.trace.reading.structured import MESSAGES

RESOURCES = "resourceLogs"
_TIMES = ("timeUnixNano", "observedTimeUnixNano")


def collected(batch: dict[str, object]) -> list[dict[str, object]]:
    """The records, flat; nothing of what is no such batch."""
    return [
        _record(record, _attributes(resource.get("resource")))
        for resource in _dicts(batch.get(RESOURCES))
        for scope in _dicts(resource.get("scopeLogs"))
        for record in _dicts(scope.get("logRecords"))
    ]


def _record(record: dict[str, Any], resource: dict[str, object]) -> dict[str, object]:
    fields = {**resource, **_attributes(record)}
    own = {name: value for name, value in fields.items() if name not in MESSAGES}
    time = next((record[name] for name in _TIMES if record.get(name)), "")
    return {MESSAGES[0]: _plain(record.get("body")), "time": time, **own}


def _attributes(holder: object) -> dict[str, object]:
    """Those of a record, or of what it came from."""
    return _pairs(holder.get("attributes")) if isinstance(holder, dict) else {}


def _pairs(pairs: object) -> dict[str, object]:
    return {str(pair.get("key")): _plain(pair.get("value")) for pair in _dicts(pairs)}


def _plain(value: object) -> object:
    """A value without the name of its type."""
    if not isinstance(value, dict):
        return value
    if isinstance(several := value.get("kvlistValue"), dict):
        return _pairs(several.get("values"))
    return next(iter(value.values()), None)


def _dicts(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))
