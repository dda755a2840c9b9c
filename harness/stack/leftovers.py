"""Runs whose grader is gone without having cleaned up (a machine that was switched off): removed at
the next start.

Each container of an isolated run is labelled with the process that started it. A process of another
machine, as with a remote Engine, is not ours to judge: its runs are left alone.
"""

import os
import socket
from contextlib import suppress
from typing import Any

import psutil

from harness.stack import docker_door as door
from harness.stack.errors import StackError

OWNER_LABEL = "lab6.owner"
_PROJECT = "com.docker.compose.project"
_SAME_S = 2.0  #: a start time is the same when it differs by less


def owner() -> str:
    """This process, as a label: host, pid, start time."""
    started = psutil.Process().create_time()
    return f"{socket.gethostname()} {os.getpid()} {started:.1f}"


def remove_leftovers() -> tuple[str, ...]:
    """Take down every run of this machine whose process is gone; their names."""
    with door.named_errors(OWNER_LABEL):
        containers = door.client().containers.list(
            all=True, filters={"label": OWNER_LABEL}, ignore_removed=True
        )
    dead = sorted(
        {_project(container) for container in containers if is_dead(container.labels[OWNER_LABEL])}
        - {""}
    )
    for name in dead:
        _remove(name)
    return tuple(dead)


def _remove(name: str) -> None:
    """By the Engine's own lists: the files that the project was made of are gone with its
    grader.
    """
    client = door.client()
    mine: dict[str, Any] = {"label": f"{_PROJECT}={name}"}
    for container in client.containers.list(all=True, filters=mine, ignore_removed=True):
        with suppress(StackError), door.named_errors(name):  # somebody else's hand is there already
            container.remove(force=True, v=True)
    things: list[Any] = [*client.networks.list(filters=mine), *client.volumes.list(filters=mine)]
    for thing in things:
        with suppress(StackError), door.named_errors(name):
            thing.remove()


def _project(container: Any) -> str:
    return str(container.labels.get(_PROJECT, ""))


def is_dead(label: str) -> bool:
    """Whether that process of this machine is gone."""
    host, _, rest = label.partition(" ")
    pid, _, started = rest.partition(" ")
    if host != socket.gethostname():
        return False
    try:
        return abs(psutil.Process(int(pid)).create_time() - float(started)) > _SAME_S
    except psutil.NoSuchProcess:
        return True
    except (ValueError, psutil.Error):
        return False
