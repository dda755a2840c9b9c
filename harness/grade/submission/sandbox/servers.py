"""Redis and PostgreSQL of a submission: the grader's images, with what is harmless of the student's
settings."""

import posixpath
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.grade.submission.assignment import Sandbox
from harness.grade.submission.interpolation import interpolated
from harness.grade.submission.sandbox import roles, set_up, values
from harness.grade.submission.sandbox.acl import RedisUser, asked_user, bounded_memory, users
from harness.grade.submission.sandbox.changes import Changes
from harness.grade.submission.sandbox.places import container_place, within
from harness.stack.base import Login

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
_SERVERS_OWN = ("PG", "POSTGRES")  #: variables of these names move the server or its clients
_PASSWORD = "REDIS_PASSWORD"  # noqa: S105 - of a variable, by which that image takes it
_LINE = re.compile(r"^\s*([a-z-]+)\s+(.*?)\s*$", re.MULTILINE)
REDIS_PORT, POSTGRES_PORT = 6379, 5432
#: Tests of a server's health that are the grader's own in other words.
_PLAIN_TEST = re.compile(r"pg_isready|\bping\b", re.IGNORECASE)
_LARGEST = 256 * 1024  #: bytes of a configuration file
#: Within it no failed test counts: three of them, a second apart, are soon used up where others
#: keep the machine busy.
_START = "60s"


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisServer:
    """The service as it will run, and how it is reached."""

    service: dict[str, Any]
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """The service as it will run, what sets the submission's database up (None where it brings
    nothing), and who may log in."""

    service: dict[str, Any]
    set_up: dict[str, Any] | None
    roles: roles.Roles


def redis(
    name: str, entry: dict[str, Any], box: Sandbox, folder: Path, grader: Login, changes: Changes
) -> RedisServer:
    """The Redis service: the flags that change nothing for a witness, from the command, from a
    configuration file of the submission's own, or from the environment."""
    variables = values.environment(entry.get("environment"))
    flags = _configured(entry, folder) + _flags(entry.get("command"), variables)
    if variables.get(_PASSWORD) and "bitnami" in str(entry.get("image")):
        flags.append(("--requirepass", [variables[_PASSWORD]]))
    kept: dict[str, list[str]] = {}
    asked: list[RedisUser] = []
    for flag, arguments in flags:
        if flag == "--user" and (user := asked_user(arguments)):
            asked.append(user)
        elif flag in _REDIS_FLAGS:
            kept[flag] = arguments
        else:
            changes.add(f"services.{name}.command", "flag-dropped", flag)
    _tell_image(name, entry, box.redis, changes)
    password = _first(kept.pop("--requirepass", [])) or None
    port = _first(kept.get("--port", []))
    kept["--maxmemory"] = [bounded_memory(_first(kept.get("--maxmemory", [])))]
    number = int(port) if port.isdecimal() else REDIS_PORT
    words = [word for flag, arguments in kept.items() for word in (flag, *arguments)]
    service = {
        "image": box.redis,
        "command": ["redis-server", *words, *users(password, grader, asked)],
        "user": "redis",
    }
    login, known = _who_may_ask(password, asked)
    test = ["CMD", "redis-cli", "-p", str(number), *login, "ping"]
    own = {} if known is None else {"environment": {"REDISCLI_AUTH": known}}
    return RedisServer(service=service | own | _health(name, entry, test, changes), port=number)


def _who_may_ask(password: str | None, asked: list[RedisUser]) -> tuple[list[str], str | None]:
    """The words by which a test of the server's health says who it is, and its password."""
    user = next((user for user in asked if user.on and user.password), None)
    if user is None or any(user.name == "default" and user.on for user in asked):
        return [], password
    return ["--user", user.name, "--no-auth-warning"], user.password


def _first(words: list[str]) -> str:
    return words[0] if words else ""


def postgres(
    name: str, entry: dict[str, Any], box: Sandbox, folder: Path, changes: Changes
) -> PostgresServer:
    """The PostgreSQL service with the submission's database, user and password; its own set-up
    scripts run beside it, and nothing of its own runs within."""
    mounts = _scripts(name, entry, folder, changes)
    asked = _postgres_variables(name, entry, changes, has_scripts=bool(mounts))
    if entry.get("command") is not None:
        changes.add(f"services.{name}.command", "flag-dropped", entry["command"])
    _tell_image(name, entry, box.postgres, changes)
    login = Login(user=asked.get("POSTGRES_USER", "postgres"), password=asked["POSTGRES_PASSWORD"])
    database = asked.get("POSTGRES_DB", login.user)
    method = asked.get("POSTGRES_HOST_AUTH_METHOD", "")
    variables = values.environment(entry.get("environment")) | {
        "POSTGRES_USER": login.user,
        "POSTGRES_PASSWORD": login.password,
        "POSTGRES_DB": database,
    }
    made = roles.made_roles(login, database, method, _files(mounts), variables)
    # What a crash of the machine would lose is lost with the sandbox anyway.
    settings = {
        "fsync": "off",
        "wal_level": "logical",
        "max_connections": roles.CONNECTIONS,
        "listen_addresses": "*",
    }
    service = {
        "image": box.postgres,
        "entrypoint": ["bash", "-c", roles.ENTRYPOINT],
        "command": ["postgres", *(w for k, v in settings.items() for w in ("-c", f"{k}={v}"))],
        "user": "postgres",
        "environment": {
            **roles.environment(made),
            # A place that every user may write to, and that a restart leaves alone.
            "PGDATA": "/tmp/pgdata",  # noqa: S108
        },
    }
    test = ["CMD", "pg_isready", "-q", "-h", "127.0.0.1"]
    return PostgresServer(
        service=service | _health(name, entry, test, changes),
        set_up=_set_up(box, made, mounts, variables) if mounts else None,
        roles=made,
    )


def _postgres_variables(
    name: str, entry: dict[str, Any], changes: Changes, *, has_scripts: bool
) -> dict[str, str]:
    """What is asked for, by the official image's names. All others are for its scripts alone, but
    for those that other programs of the image would read."""
    variables = values.environment(entry.get("environment"))
    kept = {
        variable: value
        for variable, other in _POSTGRES_VARIABLES.items()
        if (value := variables.get(variable) or variables.get(other))
    }
    if variables.get(
        "POSTGRES_PASSWORD_FILE"
    ):  # a secret that the sandbox does not mount: any password will do
        kept["POSTGRES_HOST_AUTH_METHOD"] = "trust"
    dropped = variables.keys() - _POSTGRES_VARIABLES.keys() - set(_POSTGRES_VARIABLES.values())
    if has_scripts:
        dropped = {variable for variable in dropped if variable.startswith(_SERVERS_OWN)}
    for variable in ("POSTGRES_USER", "POSTGRES_DB"):
        if variable in kept and not roles.is_name(kept[variable]):
            dropped |= {variable}
            del kept[variable]
    for variable in sorted(dropped):
        changes.add(f"services.{name}.environment", "variable-dropped", variable)
    return {"POSTGRES_PASSWORD": "postgres", **kept}


def _set_up(
    box: Sandbox, made: roles.Roles, mounts: list[dict[str, Any]], variables: Mapping[str, str]
) -> dict[str, Any]:
    """The container that runs a submission's own set-up once, as its own role, with the variables
    that its service would have there."""
    own = {key: value for key, value in variables.items() if not key.startswith("PG")}
    return {
        "image": box.postgres,
        "entrypoint": ["bash", "-c", set_up.SCRIPT],
        "command": [],
        "user": "postgres",
        "environment": {
            **own,
            "PGUSER": made.theirs.user,
            "PGPASSWORD": made.theirs.password,
            "PGDATABASE": made.database,
        },
        "volumes": mounts,
    }


def _health(name: str, entry: dict[str, Any], test: list[str], changes: Changes) -> dict[str, Any]:
    """The health check, if there is one: its times, and a test of the grader's, as the submission's
    own would run beside the server."""
    check = values.healthcheck(entry.get("healthcheck"))
    if check is None:
        return {}
    if not _PLAIN_TEST.search(str(check["test"])):
        changes.add(f"services.{name}.healthcheck.test", "own-test", check["test"])
    return {"healthcheck": check | {"test": test, "start_period": _START}}


def _files(mounts: list[dict[str, Any]]) -> list[Path]:
    """What is mounted, folder by folder, as far as it may be SQL or a shell's."""
    places = [Path(mount["source"]) for mount in mounts]
    every = [
        f for place in places for f in (sorted(place.iterdir()) if place.is_dir() else [place])
    ]
    return [file for file in every if file.suffix in (".sql", ".sh", ".gz") and file.is_file()][:50]


def _scripts(
    name: str, entry: dict[str, Any], folder: Path, changes: Changes
) -> list[dict[str, Any]]:
    binds = []
    for volume in entry.get("volumes") or ():
        source, destination = _bind(volume)
        target = container_place(destination or "")
        if target is None or set_up.INIT not in (target, posixpath.dirname(target)):
            continue  # its data: the sandbox has its own place for that
        place = within(folder, source or "")
        if place is None or not place.exists():
            changes.add(f"services.{name}.volumes", "mount-dropped", source)
            continue
        bind = {"type": "bind", "source": str(place), "target": target, "read_only": True}
        binds.append(bind)
    return binds


def _bind(volume: Any) -> tuple[str | None, str | None]:
    if isinstance(volume, dict):
        return str(volume.get("source", "")), str(volume.get("target", ""))
    parts = str(volume).split(":")
    return (parts[0], parts[1]) if len(parts) > 1 else (None, None)


def _configured(entry: dict[str, Any], folder: Path) -> list[tuple[str, list[str]]]:
    """The settings of a ``redis.conf`` that is mounted from the submission, and the users of an ACL
    file beside it, as flags."""
    flags: list[tuple[str, list[str]]] = []
    for volume in entry.get("volumes") or ():
        source, target = _bind(volume)
        is_read = (target or "").endswith((".conf", ".acl"))
        place = within(folder, source or "") if is_read else None
        if place is not None and place.is_file() and place.stat().st_size <= _LARGEST:
            text = place.read_text(encoding="utf-8", errors="replace")
            for key, value in _LINE.findall(text):
                words = value.split() if key == "user" else [value.strip("\"'")]
                flags.append((f"--{key}", words))
    return [flag for flag in flags if flag[0] in _REDIS_FLAGS or flag[0] == "--user"]


def _flags(command: Any, variables: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """Flags with their values; a shell's ``-c`` is looked into, its variables put in."""
    words = values.words(command)
    try:
        all_words = shlex.split(words) if isinstance(words, str) else list(words or ())
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
