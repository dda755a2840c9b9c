"""What a compose file takes from elsewhere in its work as a whole: other compose files
(``include``), and files that its services find under ``/run/secrets`` or where they ask for them.
"""

import os
from pathlib import Path
from typing import Any

from harness.grade.submission.merging import Reader, as_table
from harness.grade.submission.own_folder import is_inside
from harness.grade.submission.placing import placed, placed_path
from harness.grade.submission.tagged_yaml import Document

_BESIDE = ("networks", "volumes", "secrets", "configs")
_GIVEN = {"secrets": "/run/secrets/", "configs": "/"}  #: where a service finds them


def with_included(document: Document, file: Path, read: Reader) -> Document:
    """The document with all that it includes, each file once; what cannot be had stays in its
    list, and is told."""
    return _with_included(document, file, read, {file.resolve()})


def _with_included(document: Document, file: Path, read: Reader, known: set[Path]) -> Document:
    table = document.table
    asked = table.get("include") if isinstance(table, dict) else None
    if not isinstance(asked, list):
        return document
    services: dict[Any, Any] = {}
    beside: dict[str, dict[Any, Any]] = {kind: {} for kind in _BESIDE}
    left: list[Any] = []
    for name in [name for one in asked for name in _paths(one)]:
        other = file.parent / name
        try:
            whole = _whole(other, read, known)
        except (OSError, ValueError):  # elsewhere, or not there
            left.append(name)
            continue
        where = Path(os.path.relpath(other.parent, file.parent)).as_posix()
        for service, entry in as_table(whole.get("services")).items():
            services[service] = placed(entry, where)
        for kind in _BESIDE:
            entries = as_table(whole.get(kind)).items()
            beside[kind] |= {key: _with_file(entry, where) for key, entry in entries}
    made = {key: value for key, value in table.items() if key != "include" or left}
    if left:
        made["include"] = left
    made["services"] = services | as_table(table.get("services"))
    for kind in _BESIDE:
        if both := beside[kind] | as_table(table.get(kind)):
            made[kind] = both
    return Document(table=made, cleared=document.cleared)


def _whole(file: Path, read: Reader, known: set[Path]) -> dict[Any, Any]:
    """That file's table with what it includes itself; nothing of one that is in already."""
    if file.resolve() in known:
        return {}
    known.add(file.resolve())
    return as_table(_with_included(read(file), file, read, known).table)


def with_given_files(table: dict[str, Any], folder: Path, root: Path) -> dict[str, Any]:
    """The table where each service has the secrets and configs that are files of the work's own as
    mounts; all others stay, to be told."""
    services = dict(table["services"])
    made = dict(table)
    for kind, place in _GIVEN.items():
        files = {
            name: entry["file"]
            for name, entry in as_table(table.get(kind)).items()
            if isinstance(entry, dict) and _is_own(entry.get("file"), folder, root)
        }
        for name, entry in services.items():
            if isinstance(entry, dict) and isinstance(entry.get(kind), list):
                services[name] = _given(entry, kind, place, files)
        left = {
            name: entry for name, entry in as_table(table.get(kind)).items() if name not in files
        }
        made = {key: value for key, value in made.items() if key != kind}
        if left:
            made[kind] = left
    return {**made, "services": services}


def _given(entry: dict[str, Any], kind: str, place: str, files: dict[Any, str]) -> dict[str, Any]:
    mounts, left = [], []
    for asked in entry[kind]:
        named = asked if isinstance(asked, dict) else {"source": asked}
        name = named.get("source")
        if name not in files or not isinstance(entry.get("volumes", []), list):
            left.append(asked)
            continue
        target = str(named.get("target") or name)
        target = target if target.startswith("/") else place + target
        mounts.append({"type": "bind", "source": files[name], "target": target, "read_only": True})
    kept = {key: value for key, value in entry.items() if key != kind}
    if left:
        kept[kind] = left
    return {**kept, "volumes": [*entry.get("volumes", []), *mounts]} if mounts else kept


def _is_own(file: Any, folder: Path, root: Path) -> bool:
    if not isinstance(file, str) or file.startswith(("/", "~")):
        return False
    place = folder / file
    return is_inside(place, root) and place.is_file()


def _paths(asked: Any) -> list[str]:
    path = asked.get("path") if isinstance(asked, dict) else asked
    return [str(one) for one in (path if isinstance(path, list) else [path]) if one]


def _with_file(entry: Any, where: str) -> Any:
    if isinstance(entry, dict) and isinstance(entry.get("file"), str):
        return {**entry, "file": placed_path(entry["file"], where)}
    return entry
