"""A swarm of this Engine alone, for one test: begun, and ended by whoever is left to end it.

``python -m tests.docker.engine_swarm`` ends it: what the reaper runs where the tests were killed.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from harness.stack import docker_door
from harness.stack.errors import StackError
from harness.stack.kubernetes import images
from harness.stack.reaper import Reaper
from harness.stack.waiting import until

NAME = "lab6-swarm-test"
BRIDGE = "docker_gwbridge"
IMAGES = {service: f"lab6-{service}:swarm-test" for service in ("api", "worker")}
OF_THE_STACK = f"label=com.docker.stack.namespace={NAME}"
_END_S = 30.0  #: of the stack's tasks by themselves


def docker(*arguments: str) -> str:
    return docker_door.run(list(arguments))


def state() -> str:
    return docker("info", "--format", "{{.Swarm.LocalNodeState}}").strip()


@contextmanager
def swarm_alone() -> Iterator[None]:
    """A swarm without a stack. At the end it is none again, and nothing of the stack is left:
    after a failure, an interruption and a kill, too. ``StackError``: there was one already, which
    is left as it is."""
    had_bridge = bool(listed("network", f"name={BRIDGE}"))
    reaper = Reaper()
    reaper.command([sys.executable, "-m", __spec__.name, *(["bridge"] if had_bridge else [])])
    try:
        docker("swarm", "init", "--advertise-addr", "127.0.0.1")
    except StackError:
        reaper.done()
        raise
    try:
        yield
    finally:
        end_swarm(keep_bridge=had_bridge)
        reaper.done()


def end_swarm(*, keep_bridge: bool) -> None:
    """Take away the stack, its volumes, its images and the swarm, whichever of them there are."""
    with suppress(StackError):
        docker("stack", "rm", NAME)
        until(lambda: not tasks(), deadline_s=_END_S, what="the stack's end", interval_s=0.3)
    with suppress(StackError):  # it is in no swarm
        docker("swarm", "leave", "--force")
    for kind in ("container", "network", "volume"):
        for one in tasks() if kind == "container" else listed(kind, OF_THE_STACK):
            with suppress(StackError):
                docker(kind, "rm", "--force", one)
    if not keep_bridge:
        with suppress(StackError):
            docker("network", "rm", BRIDGE)
    images.take_away("", IMAGES)


def tasks() -> list[str]:
    """The stack's containers, ended ones too."""
    return docker("ps", "-aq", "--filter", OF_THE_STACK).split()


def listed(kind: str, only: str) -> list[str]:
    return docker(kind, "ls", "-q", "--filter", only).split()


if __name__ == "__main__":
    end_swarm(keep_bridge="bridge" in sys.argv)
