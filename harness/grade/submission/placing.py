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
        made["env_file"] = [_env_file(file, where) for file in listed]
    if "build" in entry:
        made["build"] = _build(entry["build"], where)
    if isinstance(entry.get("volumes"), list):
        made["volumes"] = [_volume(volume, where) for volume in entry["volumes"]]
    return made


def _env_file(file: Any, where: str) -> Any:
    if isinstance(file, dict):
        return {**file, "path": placed_path(str(file.get("path", "")), where)}
    return placed_path(str(file), where)


def _build(build: Any, where: str) -> Any:
    if isinstance(build, dict):
        return {**build, "context": placed_path(str(build.get("context", ".")), where)}
    return placed_path(str(build), where)


def _volume(volume: Any, where: str) -> Any:
    if isinstance(volume, dict):
        bound = volume.get("type") == "bind"
        return (
            {**volume, "source": placed_path(str(volume.get("source")), where)} if bound else volume
        )
    source, colon, rest = str(volume).partition(":")
    return f"{placed_path(source, where)}:{rest}" if colon and source.startswith(".") else volume


def placed_path(path: str, where: str) -> str:
    """A relative place, from the work's folder; any other as it is, to be refused later."""
    if path.startswith(("/", "~", "\\")) or ":" in path:
        return path
    place = posixpath.normpath(posixpath.join(where, path.replace("\\", "/")))
    return place if place.startswith(".") else f"./{place}"
