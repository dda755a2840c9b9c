"""The interface to a lab, whatever it runs on: what may be asked of it (``RunningLab``), and what
may be done to it (``Stack``).

Services are named by their role: ``redis``, ``postgres``, ``api``, ``worker``. What a runtime
cannot do raises ``StackError("unsupported", ...)``; nothing silently does nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

SERVICES = ("redis", "postgres", "api", "worker")

Progress = Callable[[str], None]
"""Called with the reference of a step that begins, e.g. ``build``, ``start-postgres``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A user of a server, and their password."""

    user: str
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceState:
    """One replica of a service, as the runtime reports it now."""

    service: str
    replica: int  #: from 1
    name: str  #: container name, or ``<service>-<replica>`` of a process
    status: str  #: running, paused, exited; restarting: it has ended, and will be started again
    exit_code: int | None
    pid: int | None
    health: str | None  #: healthy, unhealthy, starting; None where there is no health check
    addresses: frozenset[str] = (
        frozenset()
    )  #: as servers see it; empty where it has none of its own

    @property
    def has_ended(self) -> bool:
        """Whether it does not run, though its runtime may start it again in a moment."""
        return self.status in ("exited", "restarting")


class RunningLab(Protocol):
    """What may be asked of a lab that runs: four services, one URL, one log per service."""

    runtime: str  #: "compose", "embedded", ...
    name: str  #: unique name of this run (compose project, folder of the processes)

    @property
    def url(self) -> str:
        """Where the api answers, e.g. ``http://127.0.0.1:49153``."""

    @property
    def redis_address(self) -> tuple[str, int]:
        """Host and port at which *this* process reaches Redis."""

    @property
    def redis_password(self) -> str | None:
        """The password that Redis asks for; None where it asks for none."""

    @property
    def redis_user(self) -> str | None:
        """The user whose password ``redis_password`` is; None for Redis's default one."""

    @property
    def postgres_dsn(self) -> str:
        """libpq connection string with which *this* process reaches the jobs database."""

    def state(self, service: str) -> tuple[ServiceState, ...]:
        """The service's replicas, also those that have ended."""

    def logs(
        self,
        service: str,
        *,
        follow: bool = False,
        timestamps: bool = False,
        tail: int | None = None,
    ) -> Iterator[bytes]:
        """Its log, line by line as bytes with their line end, from the beginning, all replicas.

        ``timestamps`` puts RFC 3339 with nanoseconds and a blank before each line, as
        ``docker logs -t`` does; with several replicas each line begins ``<name>  | ``, as
        ``docker compose logs`` does. ``follow`` waits for more, across restarts, until the service
        is stopped for good or the iterator is closed (``contextlib.closing``). ``tail`` begins at
        the last so many lines of each replica, and reads no more than about them: for whoever asks
        again and again.
        """

    def read(self, service: str, path: str) -> bytes:
        """A file as the service sees it, at most 64 MiB; relative paths count from its working
        folder.
        """

    def versions(self) -> dict[str, str]:
        """What runs, for the report: engine, compose, redis, postgres, python, ..."""


class StandingLab(RunningLab, Protocol):
    """A lab that outlives the command which started it: it is asked, and it is ended."""

    def down(self) -> None:
        """Stop everything and remove what this run made: containers, networks, volumes, files."""


class Stack(StandingLab, Protocol):
    """A running lab, and what may be done to it. Idempotent: a second ``up`` or ``down`` finds the
    work done."""

    @property
    def history_dsn(self) -> str:
        """As ``postgres_dsn``, for whoever follows the server's log; where a run has roles, those
        who read tables are others, with fewer rights."""

    def up(self, progress: Progress = ...) -> None:
        """Start everything at once and wait until the api answers ``GET /health``; on failure
        nothing is left.
        """

    def pause(self, service: str) -> None:
        """Freeze all the service's replicas (SIGSTOP, cgroup freezer)."""

    def unpause(self, service: str) -> None:
        """Let the frozen replicas go on."""

    def stop(self, service: str) -> None:
        """SIGTERM, then SIGKILL after a grace time; the data of redis and postgres stays."""

    def start(self, service: str) -> None:
        """Start what was stopped or has ended, on the same address, and wait until it runs."""

    def kill(self, service: str, replica: int | None = None) -> None:
        """SIGKILL to this replica of the service, by default to all; nothing restarts them but
        ``start``.
        """

    def restart(self, service: str) -> None:
        """``stop`` and ``start``; the log goes on."""

    def scale(self, service: str, replicas: int) -> None:
        """Run this many replicas (worker only)."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


@runtime_checkable
class OpenStorage(Protocol):
    """A lab whose storage can be reached from outside, also while its services are stopped."""

    def write(self, service: str, path: str, data: bytes) -> None:
        """Put these bytes in place of a file that the service sees.
        ``StackError("file-missing")``.
        """


@runtime_checkable
class DatedFiles(Protocol):
    """A lab whose files tell when they were written, by this machine's clock."""

    def modified(self, service: str, path: str) -> datetime:
        """When the file that the service sees was last written to, or, where that can be seen,
        made, whichever is later, UTC: what it says of its writing may have been set back.
        ``StackError("file-missing")``.
        """


@runtime_checkable
class HeldOthers(Protocol):
    """A lab that may have services without a role, which can be frozen."""

    def hold_others(self, *, only_sharing: bool) -> None:
        """Freeze those without a role; ``only_sharing``: those that see a file of the worker's, and
        do not stand in front of the api.
        """

    def release_others(self) -> None:
        """Let all of them go on."""

    def others(self) -> tuple[tuple[int, str], ...]:
        """A process of each container that runs now of the api and of those without a role, and
        the container's id."""


@runtime_checkable
class CountedUse(Protocol):
    """A lab whose use of the processors can be counted: in control groups of its own."""

    def processes(self) -> tuple[tuple[int, str], ...]:
        """A process of each container that runs now, and the container's id; also of those that
        have no role."""


class OwnStack(Stack, Protocol):
    """A stack that this process runs, and that does not outlive it."""

    def remove_with(self, folder: Path) -> None:
        """Once it is up: should this process be killed, the folder goes after the stack itself."""
