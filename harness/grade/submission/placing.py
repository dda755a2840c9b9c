"""Places that a compose file names, told from another folder than its own."""

import posixpath
from typing import Any


def placed(entry: Any, where: str) -> Any:
    """A service whose file lies in the folder ``where``, told from where that is told from."""
    if not isinstance(entry, dict) or where == ".":
        return entry
    made = dict(entry)
    if "env_file" in entry:
        listed = entry["env_file"] if isinstance(entry["env_file"], list) else [entry["env_file"]]
        made["env_file"] = [_env_file(one, where) for one in listed]
    if "build" in entry:
        made["build"] = _build(entry["build"], where)
    if isinstance(entry.get("volumes"), list):
        made["volumes"] = [_volume(one, where) for one in entry["volumes"]]
    return made


def _env_file(told: Any, where: str) -> Any:
    if isinstance(told, dict):
        return {**told, "path": _place(str(told.get("path", "")), where)}
    return _place(str(told), where)


def _build(told: Any, where: str) -> Any:
    if isinstance(told, dict):
        return {**told, "context": _place(str(told.get("context", ".")), where)}
    return _place(str(told), where)


def _volume(told: Any, where: str) -> Any:
    if isinstance(told, dict):
        bound = told.get("type") == "bind"
        return {**told, "source": _place(str(told.get("source")), where)} if bound else told
    source, colon, rest = str(told).partition(":")
    return f"{_place(source, where)}:{rest}" if colon and source.startswith(".") else told


def _place(told: str, where: str) -> str:
    """A relative place, from the work's folder; any other as it is, to be refused later."""
    if told.startswith(("/", "~", "\\")) or ":" in told:
        return told
    place = posixpath.normpath(posixpath.join(where, told.replace("\\", "/")))
    return place if place.startswith(".") else f"./{place}"
