"""The values of a compose file, as far as they are understood; anything else is None."""

import re
from typing import Any

_DURATION = re.compile(r"(\d+(\.\d+)?(us|ms|s|m|h))+")
_PART = re.compile(r"(\d*\.?\d+|\d+\.)(ns|us|µs|μs|ms|s|m|h)")
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60, "h": 3600}
_OFTEN_S = 1.0  #: between two health checks: the Engine would be busy with what is asked more often
_MOST_WORDS = 200
_CONDITIONS = ("service_started", "service_healthy", "service_completed_successfully")
_RESTARTS = re.compile(r"no|always|unless-stopped|on-failure(:\d{1,3})?")


def words(value: Any) -> str | list[str] | None:
    """A command: one text, or a list of texts."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and len(value) <= _MOST_WORDS and all(map(_plain, value)):
        return [_text(word) for word in value]
    return None


def environment(value: Any) -> dict[str, str]:
    """A table of variables, from a table or a list; a name without a value would be the grader's
    own."""
    if isinstance(value, dict):
        pairs = [(str(key), entry) for key, entry in value.items() if _plain(entry)]
        return {key: _text(entry) for key, entry in pairs}
    listed = [str(pair).partition("=") for pair in value or () if _plain(pair)]
    return {key: text for key, sign, text in listed if sign}


def healthcheck(value: Any) -> dict[str, Any] | None:
    """The test and its times."""
    if not isinstance(value, dict) or value.get("disable") is True:
        return None
    test = words(value.get("test"))
    if test is None:
        return None
    times = ("interval", "timeout", "start_period")
    kept: dict[str, Any] = {
        name: value[name] for name in times if _DURATION.fullmatch(str(value.get(name, "")))
    }
    if too_often(kept.get("interval")):
        kept["interval"] = f"{_OFTEN_S:g}s"
    if isinstance(value.get("retries"), int) and 0 < value["retries"] < 1000:
        kept["retries"] = value["retries"]
    return {"test": test, **kept}


def too_often(interval: object) -> bool:
    """Whether health checks at this interval would keep the Engine busy; 0 is its own default."""
    parts = _PART.findall(str(interval))
    return 0 < sum(float(number) * _UNITS[unit] for number, unit in parts) < _OFTEN_S


def depends_on(value: Any, known: frozenset[str]) -> dict[str, dict[str, str]]:
    """On whom, and on which condition; only services that are known."""
    if isinstance(value, list):
        return {str(name): {"condition": _CONDITIONS[0]} for name in value if str(name) in known}
    conditions = {}
    for name, entry in (value if isinstance(value, dict) else {}).items():
        condition = entry.get("condition") if isinstance(entry, dict) else None
        if str(name) in known:
            wanted = condition if condition in _CONDITIONS else _CONDITIONS[0]
            conditions[str(name)] = {"condition": str(wanted)}
    return conditions


def restart(value: Any) -> str | None:
    """A restart policy. YAML reads a bare ``no`` as False."""
    policy = "no" if value is False else str(value)
    return policy if _RESTARTS.fullmatch(policy) else None


def container_port(ports: Any, wanted: int) -> int | None:
    """The TCP port within the container that is published as ``wanted``, else the first that is
    published: a debugger's or a metrics port may stand before it."""
    published: list[int] = []
    for entry in ports if isinstance(ports, list) else ():
        long = isinstance(entry, dict)
        port = str(entry.get("target") if long else entry)
        outer = str(entry.get("published")) if long else port.rpartition(":")[0].rpartition(":")[2]
        number, _, protocol = port.rpartition(":")[2].partition("/")
        first = number.partition("-")[0]
        if protocol in ("", "tcp") and first.isdecimal() and 0 < int(first) < 65536:
            if outer == str(wanted):
                return int(first)
            published.append(int(first))
    return published[0] if published else None


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
