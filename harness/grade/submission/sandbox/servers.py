"""Redis and PostgreSQL of a submission: the grader's images, with what is harmless of the student's
settings."""

import posixpath
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.grade.submission.assignment import Sandbox
from harness.grade.submission.interpolation import interpolated
from harness.grade.submission.sandbox import values
from harness.grade.submission.sandbox.changes import Changes
from harness.grade.submission.sandbox.places import container_place, within

_REDIS_FLAGS = frozenset(
    {
        "--appendonly",
        "--appendfsync",
        "--maxmemory",
        "--maxmemory-policy",
        "--port",
        "--requirepass",
    }
    | {"--save", "--databases", "--loglevel", "--timeout", "--tcp-keepalive"}
)
#: The official image's variables, and what another well-known image calls them.
_POSTGRES_VARIABLES = {
    "POSTGRES_USER": "POSTGRESQL_USERNAME",
    "POSTGRES_PASSWORD": "POSTGRESQL_PASSWORD",
    "POSTGRES_DB": "POSTGRESQL_DATABASE",
    "POSTGRES_HOST_AUTH_METHOD": "",
}
_PASSWORD = "REDIS_PASSWORD"  # noqa: S105 - of a variable, by which that image takes it
_LINE = re.compile(r"^\s*([a-z-]+)\s+(.*?)\s*$", re.MULTILINE)
_INIT = "/docker-entrypoint-initdb.d"
REDIS_PORT, POSTGRES_PORT = 6379, 5432
_LARGEST = 256 * 1024  #: bytes of a configuration file


def redis(
    name: str, entry: dict[str, Any], box: Sandbox, folder: Path, changes: Changes
) -> dict[str, Any]:
    """The Redis service: the flags that change nothing for a witness but its password and port,
    from the command, from a configuration file of the submission's own, or from the environment."""
    variables = values.environment(entry.get("environment"))
    flags = _configured(entry, folder) + _flags(entry.get("command"), variables)
    if variables.get(_PASSWORD) and "bitnami" in str(entry.get("image")):
        flags.append(("--requirepass", [variables[_PASSWORD]]))
    kept: list[str] = []
    for flag, told in flags:
        if flag in _REDIS_FLAGS:
            kept += [flag, *told]
        else:
            changes.add(f"services.{name}.command", "flag-dropped", flag)
    _tell_image(name, entry, box.redis, changes)
    return {"image": box.redis, "command": ["redis-server", *kept], "user": "redis"}


def redis_settings(service: dict[str, Any]) -> tuple[int, str | None]:
    """Port and password of an emitted Redis."""
    flags = dict(_flags(service["command"], {}))
    port = flags.get("--port", [str(REDIS_PORT)])
    password = flags.get("--requirepass", [])
    number = int(port[0]) if port and port[0].isdecimal() else REDIS_PORT
    return number, (password[0] if password else None) or None


def postgres(
    name: str, entry: dict[str, Any], box: Sandbox, folder: Path, changes: Changes
) -> dict[str, Any]:
    """The PostgreSQL service: database, user, password, and the submission's own set-up scripts."""
    told = values.environment(entry.get("environment"))
    kept = {
        variable: value
        for variable, other in _POSTGRES_VARIABLES.items()
        if (value := told.get(variable) or told.get(other))
    }
    if told.get(
        "POSTGRES_PASSWORD_FILE"
    ):  # a secret that the sandbox does not mount: any password will do
        kept["POSTGRES_HOST_AUTH_METHOD"] = "trust"
    for variable in told.keys() - _POSTGRES_VARIABLES.keys() - set(_POSTGRES_VARIABLES.values()):
        changes.add(f"services.{name}.environment", "variable-dropped", variable)
    if entry.get("command") is not None:
        changes.add(f"services.{name}.command", "flag-dropped", entry["command"])
    _tell_image(name, entry, box.postgres, changes)
    return {
        "image": box.postgres,
        # What a crash of the machine would lose is lost with the sandbox anyway.
        "command": ["postgres", "-c", "fsync=off", "-c", "wal_level=logical"],
        "user": "postgres",
        # A place that every user may write to, and that a restart leaves alone.
        "environment": {"POSTGRES_PASSWORD": "postgres", **kept, "PGDATA": "/tmp/pgdata"},  # noqa: S108
        "volumes": _scripts(name, entry, folder, changes),
    }


def postgres_settings(service: dict[str, Any]) -> dict[str, str]:
    """Who may log in, and where, as libpq's words."""
    told = service["environment"]
    user = told.get("POSTGRES_USER", "postgres")
    database = told.get("POSTGRES_DB", user)
    return {"user": user, "password": told["POSTGRES_PASSWORD"], "dbname": database}


def _scripts(
    name: str, entry: dict[str, Any], folder: Path, changes: Changes
) -> list[dict[str, Any]]:
    found = []
    for volume in entry.get("volumes") or ():
        source, told = _bind(volume)
        target = container_place(told or "")
        if target is None or not (target == _INIT or posixpath.dirname(target) == _INIT):
            continue  # its data: the sandbox has its own place for that
        place = within(folder, source or "")
        if place is None or not place.exists():
            changes.add(f"services.{name}.volumes", "mount-dropped", source)
            continue
        bind = {"type": "bind", "source": str(place), "target": target, "read_only": True}
        found.append(bind)
    return found


def _bind(volume: Any) -> tuple[str | None, str | None]:
    if isinstance(volume, dict):
        return str(volume.get("source", "")), str(volume.get("target", ""))
    parts = str(volume).split(":")
    return (parts[0], parts[1]) if len(parts) > 1 else (None, None)


def _configured(entry: dict[str, Any], folder: Path) -> list[tuple[str, list[str]]]:
    """The settings of a ``redis.conf`` that is mounted from the submission, as flags."""
    found: list[tuple[str, list[str]]] = []
    for volume in entry.get("volumes") or ():
        told, target = _bind(volume)
        place = within(folder, told or "") if (target or "").endswith(".conf") else None
        if place is not None and place.is_file() and place.stat().st_size <= _LARGEST:
            text = place.read_text(encoding="utf-8", errors="replace")
            lines = _LINE.findall(text)
            found += [(f"--{key}", [value.strip("\"'")]) for key, value in lines]
    return [one for one in found if one[0] in _REDIS_FLAGS]


def _flags(command: Any, variables: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """Flags with their values; a shell's ``-c`` is looked into, its variables put in."""
    told = values.words(command)
    try:
        all_words = shlex.split(told) if isinstance(told, str) else list(told or ())
        script = next((word for word in all_words if "-server " in word), None)
        if script is not None:
            all_words = shlex.split(str(interpolated(script, variables)))
    except ValueError:
        return []
    flags: list[tuple[str, list[str]]] = []
    for word in all_words:
        if word.startswith("--"):
            flag, sign, value = word.partition("=")
            flags.append((flag, [value] if sign else []))
        elif flags:
            flags[-1][1].append(word)
    return flags


def _tell_image(name: str, entry: dict[str, Any], image: str, changes: Changes) -> None:
    if entry.get("image") != image:
        changes.add(f"services.{name}.image", "own-image", image)
