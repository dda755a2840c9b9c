"""Services that take over another's settings, as Compose puts them together: ``extends``, and the
override file beside the file.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.grade.submission.placing import placed
from harness.grade.submission.tagged_yaml import Document, Place, without

#: What reads another file.
Reader = Callable[[Path], Document]

_DEEPEST = 5  #: services that extend one another
_LONGEST = 1000  #: of lists that are joined
_PAIRS = frozenset(["environment", "labels", "args"])
_NAMES = frozenset(["depends_on"])
_REPLACED = frozenset(["command", "entrypoint"])
#: Lists whose only word may stand alone.
_LISTS = frozenset(["env_file", "tmpfs", "dns", "dns_search"])


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """One service: ``over`` says more than ``base``."""
    joined = {key: _joined(key, base[key], value) for key, value in over.items() if key in base}
    return {**base, **over, **joined}


def with_override(
    table: dict[str, Any], over: dict[str, Any], cleared: frozenset[Place] = frozenset()
) -> dict[str, Any]:
    """The whole file's table with another file's put over it, once that has cleared its places."""
    table = without(table, cleared)
    made = {**table, **{key: value for key, value in over.items() if key not in table}}
    for kind in ("networks", "volumes"):
        made[kind] = as_table(table.get(kind)) | as_table(over.get(kind))
    services = as_table(table.get("services"))
    for name, entry in as_table(over.get("services")).items():
        services[name] = merged(as_table(services.get(name)), as_table(entry))
    return {**made, "services": services}


def extended(document: Document, file: Path, read: Reader) -> dict[str, Any]:
    """The file's table with every ``extends`` carried out. ``ValueError`` where one names no
    service, or goes on for ever."""
    services = {
        name: _whole(str(name), entry, document, file, read, _DEEPEST)
        for name, entry in as_table(document.table.get("services")).items()
    }
    return {**document.table, "services": services}


def with_shared_images(table: dict[str, Any]) -> dict[str, Any]:
    """The table where a service that names the image which another one builds is built so, too."""
    services = as_table(table.get("services"))
    entries = [entry for entry in services.values() if isinstance(entry, dict)]
    built = {
        str(entry["image"]): entry["build"]
        for entry in entries
        if "build" in entry and "image" in entry
    }
    made = {
        name: {**entry, "build": built[str(entry["image"])]}
        for name, entry in services.items()
        if isinstance(entry, dict) and "build" not in entry and str(entry.get("image")) in built
    }
    return {**table, "services": {**services, **made}}


def _whole(
    name: str, entry: Any, document: Document, file: Path, read: Reader, deepest: int
) -> Any:
    extends = entry.get("extends") if isinstance(entry, dict) else None
    if not isinstance(extends, str | dict):
        return entry
    named = {"service": extends} if isinstance(extends, str) else extends
    if deepest == 0:
        raise ValueError(f"extends: {named.get('service')}: too deep")
    other, within = file, document
    if named.get("file") is not None:
        other = file.parent / str(named["file"])
        try:
            within = read(other)
        except (OSError, ValueError):  # elsewhere, or not there: the key goes, and is told
            return entry
    wanted = str(named.get("service"))
    base = as_table(as_table(within.table.get("services")).get(wanted))
    if not base:
        raise ValueError(f"extends: {wanted}: no such service")
    base = _whole(wanted, base, within, other, read, deepest - 1)
    base = without({"services": {name: base}}, document.cleared)["services"].get(name, {})
    where = Path(os.path.relpath(other.parent, file.parent)).as_posix()
    own = {key: value for key, value in entry.items() if key != "extends"}
    return merged(placed(base, where), own)


def _joined(key: str, base: Any, over: Any) -> Any:
    if over is None and key not in _REPLACED:  # a key without a value says nothing
        return base
    if key in _LISTS:
        base, over = _list(base), _list(over)
    if key in _PAIRS:
        return _pairs(base) | _pairs(over)
    if key == "networks":
        return _networks(_by_name(base), _by_name(over))
    if key in _NAMES:
        return _by_name(base) | _by_name(over)
    if key == "build":
        return merged(_build(base), _build(over))
    if key == "volumes" and isinstance(base, list) and isinstance(over, list):
        return list({_target(volume): volume for volume in [*base, *over]}.values())
    if isinstance(base, dict) and isinstance(over, dict):
        return {**base, **over}
    if isinstance(base, list) and isinstance(over, list) and key not in _REPLACED:
        return _united(base, over)
    return over


def _networks(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    joined = {
        name: merged(as_table(base[name]), as_table(over[name])) for name in base if name in over
    }
    return {**base, **over, **{name: network or None for name, network in joined.items()}}


def _united(base: list[Any], over: list[Any]) -> list[Any]:
    """Both lists, without what stands in both."""
    if len(base) + len(over) > _LONGEST:
        raise ValueError(f"a list of more than {_LONGEST}")
    known = {item if isinstance(item, str) else repr(item) for item in base}
    return base + [
        item for item in over if (item if isinstance(item, str) else repr(item)) not in known
    ]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def as_table(value: Any) -> dict[Any, Any]:
    """A copy of the table; an empty one of anything else."""
    return dict(value) if isinstance(value, dict) else {}


def _pairs(entry: Any) -> dict[str, Any]:
    """A table, from a table or a list; a name alone stays without a value."""
    if isinstance(entry, dict):
        return entry
    pairs = (str(pair).partition("=") for pair in entry or ())
    return {name: value if sign else None for name, sign, value in pairs}


def _by_name(entry: Any) -> dict[str, Any]:
    return entry if isinstance(entry, dict) else {str(name): None for name in entry or ()}


def _build(build: Any) -> dict[str, Any]:
    return build if isinstance(build, dict) else {"context": str(build)}


def _target(volume: Any) -> str:
    if isinstance(volume, dict):
        return str(volume.get("target"))
    parts = str(volume).split(":")
    return parts[1] if len(parts) > 1 else parts[0]
