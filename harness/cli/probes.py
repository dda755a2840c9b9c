"""What ``lab6 doctor`` looks at: one small question each, answered without changing anything."""

import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from harness.stack.errors import StackError
from harness.texts import explain, number, reason, say

_PYTHON = (3, 11)
_DISK_GB = 2.0  #: images, a database and pictures, with room to spare
_REGISTRY = ("registry-1.docker.io", 443)
_REGISTRY_S = 3.0
_IMAGES = ("redis:6-alpine", "postgres:15-alpine", "python:3.11-slim")


class Health(StrEnum):
    """How well something is."""

    GOOD = "good"
    NOTE = "note"  #: something does not go, but the lab does
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """One answer."""

    name: str  #: ``doctor.name.<name>`` in the texts
    health: Health
    found: str
    mend: str = ""  #: empty where nothing is to be done


def python() -> ProbeResult:
    """This Python is new enough."""
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= _PYTHON
    wanted = ".".join(map(str, _PYTHON))
    return ProbeResult(
        name="python",
        health=Health.GOOD if good else Health.BAD,
        found=say("doctor.python.found", version=version),
        mend="" if good else say("doctor.python.mend", wanted=wanted),
    )


def docker() -> ProbeResult:
    """CLI, Engine, permission and Compose: the first that lacks is told."""
    from harness.stack.docker_door import engine

    try:
        found = engine()
    except StackError as error:
        return _lacking("docker", error)
    facts = {"engine": found.version, "compose": found.compose}
    return ProbeResult(name="docker", health=Health.GOOD, found=say("doctor.docker.found", **facts))


def images() -> ProbeResult:
    """The lab's base images are on this machine, or can be fetched."""
    from harness.stack.docker_door import missing_images

    try:
        missing = missing_images(_IMAGES)
    except StackError:
        return ProbeResult(name="images", health=Health.NOTE, found=say("doctor.images.unknown"))
    if not missing:
        found = say("doctor.images.found", images=", ".join(_IMAGES))
        return ProbeResult(name="images", health=Health.GOOD, found=found)
    state = "missing" if _registry_answers() else "unreachable"
    return ProbeResult(
        name="images",
        health=Health.NOTE if state == "missing" else Health.BAD,
        found=say(f"doctor.images.{state}", images=", ".join(missing)),
        mend=say(f"doctor.images.mend-{state}"),
    )


def postgres() -> ProbeResult:
    """A PostgreSQL for the embedded runtime."""
    from harness.stack.servers import find_postgres

    try:
        server = find_postgres()
    except StackError as error:
        return _lacking("postgres", error)
    facts = {"version": server.version, "origin": server.origin}
    return ProbeResult(
        name="postgres", health=Health.GOOD, found=say("doctor.postgres.found", **facts)
    )


def redis() -> ProbeResult:
    """A Redis for the embedded runtime."""
    from harness.stack.servers import find_redis

    try:
        server = find_redis()
    except StackError as error:
        return _lacking("redis", error)
    facts = {"version": server.version, "origin": server.origin}
    return ProbeResult(name="redis", health=Health.GOOD, found=say("doctor.redis.found", **facts))


def port() -> ProbeResult:
    """The lab's own port is free, or the lab itself is on it."""
    from harness.cli.running_lab import DEFAULT_PORT, running

    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", DEFAULT_PORT)) != 0:
            return ProbeResult(name="port", health=Health.GOOD, found=say("doctor.port.free"))
    stack = running()
    if stack is not None and stack.url.endswith(f":{DEFAULT_PORT}"):
        return ProbeResult(name="port", health=Health.GOOD, found=say("doctor.port.ours"))
    return ProbeResult(
        name="port",
        health=Health.NOTE,
        found=say("doctor.port.busy"),
        mend=say("doctor.port.mend"),
    )


def disk() -> ProbeResult:
    """Room where runs keep their files."""
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free / 1e9
    good = free >= _DISK_GB
    return ProbeResult(
        name="disk",
        health=Health.GOOD if good else Health.BAD,
        found=say("doctor.disk.found", free=number(free, ".1f"), folder=folder),
        mend="" if good else say("doctor.disk.mend", wanted=f"{_DISK_GB:.0f}"),
    )


def folder() -> ProbeResult:
    """Results can be left where the command is run."""
    here = Path.cwd()
    try:
        with tempfile.TemporaryFile(dir=here):
            pass
    except OSError as error:
        why = reason(error.strerror or type(error).__name__)
        return ProbeResult(
            name="folder",
            health=Health.BAD,
            found=say("doctor.folder.closed", folder=here, reason=why),
            mend=say("doctor.folder.mend"),
        )
    return ProbeResult(
        name="folder", health=Health.GOOD, found=say("doctor.folder.found", folder=here)
    )


def terminal(encoding: str) -> ProbeResult:
    """The terminal takes Ukrainian and ✓. ``encoding``: of standard output before we changed it."""
    good = encoding.lower().replace("-", "").startswith("utf")
    facts = {"encoding": encoding, "columns": shutil.get_terminal_size().columns}
    return ProbeResult(
        name="terminal",
        health=Health.GOOD if good else Health.NOTE,
        found=say("doctor.terminal.found", **facts),
        mend="" if good else say("doctor.terminal.mend"),
    )


def _lacking(name: str, error: StackError) -> ProbeResult:
    what, hint = explain(error)
    return ProbeResult(name=name, health=Health.BAD, found=what, mend=hint)


def _registry_answers() -> bool:
    # Through a proxy the registry may still be reached; who has one set knows better than a socket.
    if os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy"):
        return True
    try:
        with socket.create_connection(_REGISTRY, timeout=_REGISTRY_S):
            return True
    except OSError:
        return False


#: In the order of the table.
PROBES: dict[str, Callable[[], ProbeResult]] = {
    "python": python,
    "docker": docker,
    "images": images,
    "postgres": postgres,
    "redis": redis,
    "port": port,
    "disk": disk,
    "folder": folder,
}
