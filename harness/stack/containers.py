"""The containers of one Compose project, as the Engine has them now, and what may be done to them.

Services are named by their role. Every refusal of the Engine is a ``StackError``.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Any

from harness.lateness import stretched
from harness.stack import docker_door as door
from harness.stack.base import SERVICES, ServiceState
from harness.stack.errors import StackError
from harness.stack.sandbox_project import DOOR, ROLE_LABEL
from harness.stack.waiting import until

GRACE_S = 10  #: between SIGTERM and SIGKILL
_KILLED_S = 90.0
_TAIL = 30  #: as in processes.py
#: As the Engine calls them; all else has ended, or not begun.
_STATUS = {"running": "running", "paused": "paused", "restarting": "restarting"}
_VERSIONS = {
    "redis": ["redis-server", "--version"],
    "postgres": ["postgres", "--version"],
    "api": ["python", "--version"],
}


class Containers:
    """``labels_of`` tells by which labels the containers of a role are known."""

    def __init__(self, project: str, labels_of: Callable[[str], list[str]]) -> None:
        self._project = project
        self._labels_of = labels_of

    def asked(self, question: Callable[[], Any]) -> Any:
        """The Engine's answer."""
        with door.named_errors(self._project):
            return question()

    def labelled(self, *labels: str) -> list[Any]:
        """The project's containers that have these labels, by their number."""
        own = (f"com.docker.compose.project={self._project}", "com.docker.compose.oneoff=False")
        listed = partial(
            door.client().containers.list,
            all=True,
            filters={"label": [*own, *labels]},
            ignore_removed=True,
        )
        return sorted(self.asked(listed), key=_number)

    def named(self, name: str) -> list[Any]:
        """The containers of one service of the compose file."""
        return self.labelled(f"com.docker.compose.service={name}")

    def of(self, service: str, status: str | None = None) -> list[Any]:
        """The containers of a role; only those with this status, where one is given."""
        if service not in SERVICES:
            raise StackError("no-service", service=service)
        containers = self.labelled(*self._labels_of(service))
        return [
            container for container in containers if status is None or container.status == status
        ]

    def first(self, service: str) -> Any:
        """The first container of a role; ``StackError("not-up")``."""
        containers = self.of(service)
        if not containers:
            raise StackError("not-up", reason=self._project)
        return containers[0]

    def state(self, service: str) -> tuple[ServiceState, ...]:
        """As ``Stack.state``."""
        return tuple(_state_of(service, container) for container in self.of(service))

    def processes(self) -> tuple[tuple[int, str], ...]:
        """A process of each that runs, and its own id, also of those without a role."""
        return _processes(self.labelled())

    def environment_of(self, service: str) -> dict[str, str]:
        """What the first container of a role is told by its environment."""
        pairs = (pair.partition("=") for pair in self.first(service).attrs["Config"]["Env"])
        return {name: value for name, _, value in pairs}

    def versions(self) -> dict[str, str]:
        """Engine, compose, and what the containers' own programs say."""
        engine = door.engine()
        versions = {"docker": engine.version, "compose": engine.compose}
        for service, command in _VERSIONS.items():
            output = self.asked(partial(self.first(service).exec_run, command)).output
            versions[service] = output.decode("utf-8", "replace").strip().split("\n")[0][:80]
        return versions

    def pause(self, service: str) -> None:
        """Freeze those that run."""
        for container in self.of(service, "running"):
            self.asked(container.pause)

    def unpause(self, service: str) -> None:
        """Let the frozen ones go on."""
        for container in self.of(service, "paused"):
            self.asked(container.unpause)

    def pause_others(self, *, only_sharing: bool) -> None:
        """Freeze those that run without a role; ``only_sharing``: those that share a mount with
        the worker, and are no door.
        """
        shared = set[str]().union(*map(_mounted, self.of("worker")))
        for container in self.labelled(f"{ROLE_LABEL}=other"):
            meant = bool(shared & _mounted(container)) and not _is_door(container)
            if container.status == "running" and (meant or not only_sharing):
                with suppress(StackError):  # it has ended this very moment
                    self.asked(container.pause)

    def unpause_others(self) -> None:
        """Let the frozen ones go on."""
        for container in self.labelled(f"{ROLE_LABEL}=other"):
            if container.status == "paused":
                self.asked(container.unpause)

    def others(self) -> tuple[tuple[int, str], ...]:
        """A process of each container of the api and of those without a role, and its id."""
        return _processes([*self.of("api"), *self.labelled(f"{ROLE_LABEL}=other")])

    def stop(self, service: str) -> None:
        """SIGTERM, and SIGKILL to who does not end by it."""
        self.unpause(service)  # a frozen process hears nothing
        for container in self.of(service, "running"):
            self.asked(partial(container.stop, timeout=round(stretched(GRACE_S))))

    def start(self, service: str) -> None:
        """Start those that have ended; back before they answer."""
        for container in self.of(service):
            if container.status not in _STATUS:
                self.asked(container.start)

    def kill(self, service: str, replica: int | None = None) -> None:
        """SIGKILL to this replica, by default to all; back when none of them runs. Others that
        are frozen stay so.
        """

        def meant(status: str) -> list[Any]:
            return [
                container
                for container in self.of(service, status)
                if replica in (None, _number(container))
            ]

        for container in meant("paused"):
            self.asked(container.unpause)
        for container in meant("running"):
            self.asked(container.kill)
        until(lambda: not meant("running"), deadline_s=_KILLED_S, what=service)

    def remove_beyond(self, name: str, replicas: int) -> None:
        """End the last containers of a service of the file, until so many are left. By hand:
        Compose would leave the volumes that an image or a file asks for without a name."""
        for container in self.named(name)[replicas:][::-1]:
            self.asked(partial(container.stop, timeout=GRACE_S))
            self.asked(partial(container.remove, v=True))

    def last_lines(self, service: str) -> str:
        """Of the logs of a role's containers."""
        logs = [self.asked(partial(container.logs, tail=_TAIL)) for container in self.of(service)]
        return b"".join(logs).decode("utf-8", "replace")

    def must_run(self, service: str) -> None:
        """``service-ended`` where a container of the role has."""
        for container in self.of(service):
            if container.status in ("exited", "dead"):
                raise self.ended(container, service)

    def ended(self, container: Any, role: str, tail: int = _TAIL) -> StackError:
        """``service-ended`` of a container that has, with the last lines of its log."""
        log = self.asked(partial(container.logs, tail=tail)).decode("utf-8", "replace")
        code = container.attrs["State"]["ExitCode"]
        return StackError("service-ended", role=role, service=container.name, code=code, log=log)


def remove_images(names: list[str]) -> None:
    """Remove those that are there and that nobody uses."""
    for name in names:
        with suppress(Exception):  # still in use by another run of that lab, or never built
            door.client().images.remove(name)


def _processes(containers: Iterable[Any]) -> tuple[tuple[int, str], ...]:
    running = [container for container in containers if container.status in ("running", "paused")]
    return tuple(
        (pid, container.id) for container in running if (pid := container.attrs["State"]["Pid"])
    )


def _mounted(container: Any) -> frozenset[str]:
    return frozenset(
        str(mount["Source"]) for mount in container.attrs["Mounts"] if mount.get("Source")
    )


def _is_door(container: Any) -> bool:
    networks = (container.attrs["NetworkSettings"].get("Networks") or {}).values()
    return any(DOOR in (network.get("Aliases") or ()) for network in networks)


def _number(container: Any) -> int:
    return int(container.labels.get("com.docker.compose.container-number", "1"))


def _state_of(service: str, container: Any) -> ServiceState:
    state = container.attrs["State"]
    status = _STATUS.get(container.status, "exited")
    return ServiceState(
        service=service,
        replica=_number(container),
        name=container.name,
        status=status,
        exit_code=state["ExitCode"] if status in ("exited", "restarting") else None,
        pid=state["Pid"] or None,
        health=(state.get("Health") or {}).get("Status"),
        addresses=_addresses(container),
    )


def _addresses(container: Any) -> frozenset[str]:
    networks = container.attrs["NetworkSettings"].get("Networks") or {}
    keys = ("IPAddress", "GlobalIPv6Address")
    return frozenset(
        str(network[key]) for network in networks.values() for key in keys if network.get(key)
    )
