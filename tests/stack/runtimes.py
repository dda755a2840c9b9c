"""The runtimes that are held to the contract of `Stack`, and where they differ in name alone."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from harness.stack import docker_door
from harness.stack.base import OwnStack
from harness.stack.compose import ComposeStack
from harness.stack.embedded import EmbeddedStack


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """One of them, as the tests need it."""

    marker: str  #: what its tests need of the machine
    make: str  #: the import and the call that make a stack in another process
    on_port: Callable[[int], OwnStack]  #: a stack whose api wants that port
    killed: int  #: the exit code of a service that was killed
    left: Callable[[str, set[int]], list[str]]  #: what there is of a stack: its name, its processes


def project_left(name: str, _: set[int] = frozenset()) -> list[str]:
    """Names of everything that a compose project has on the Engine."""
    label = {"label": f"com.docker.compose.project={name}"}
    client = docker_door.client()
    found = [
        *client.containers.list(all=True, filters=label, ignore_removed=True),
        *client.networks.list(filters=label),
        *client.volumes.list(filters=label),
    ]
    return [thing.name for thing in found]


def _folder_left(name: str, pids: set[int]) -> list[str]:
    """Those of the processes that still run, and the folder of the run."""
    folder = Path(tempfile.gettempdir(), name)
    running = [str(pid) for pid in pids if psutil.pid_exists(pid)]
    return [*running, *([folder.name] if folder.exists() else [])]


#: Who is added here, and as a fixture of that name in ``tests/conftest.py``, is held to all of it.
RUNTIMES = {
    "embedded": Runtime(
        marker="embedded",
        make="from harness.stack.embedded import EmbeddedStack as Made",
        on_port=lambda port: EmbeddedStack(port=port),
        killed=-9,
        left=_folder_left,
    ),
    "compose": Runtime(
        marker="docker",
        make="from harness.stack.compose import ComposeStack as Made",
        on_port=lambda port: ComposeStack(isolated=False, port=port),
        killed=137,
        left=project_left,
    ),
}
BY_NAME = [
    pytest.param(name, marks=getattr(pytest.mark, runtime.marker))
    for name, runtime in RUNTIMES.items()
]
