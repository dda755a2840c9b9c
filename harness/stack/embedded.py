"""The lab without Docker: a real PostgreSQL, a real Redis and the two services, as child processes.

Everything lies in one temporary folder and listens on 127.0.0.1. Nothing is left behind: ``down``
stops and removes it, and the reaper does so when this process is killed.
"""

import os
import re
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from harness.home import HOME
from harness.stack.base import SERVICES, Progress, ServiceState
from harness.stack.birth import born
from harness.stack.errors import StackError
from harness.stack.file_logs import LogTail
from harness.stack.own_postgres import DATABASE, USER, OwnPostgres, reachable
from harness.stack.processes import Child, unprivileged_account
from harness.stack.programs import command_of, must_be_built, programs_of
from harness.stack.ready import answers_health, free_ports, listens, redis_pid
from harness.stack.reaper import Reaper
from harness.stack.servers import ServerProgram, find_postgres, find_redis
from harness.stack.waiting import until

LAB = HOME
READY_S = 60.0  #: generous: a laptop that scans every new program takes its time
_LARGEST_FILE = 64 * 1024 * 1024
_MOST_WORKERS = 16
_TRIES = 3  #: to start: a port that was free may be somebody else's a moment later
_PORT_IS_TAKEN = re.compile(r"address already in use|EADDRINUSE|WinError 10048", re.IGNORECASE)

#: What a program needs of the environment to run at all; nothing else reaches the services.
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TEMP", "TMP", "TZ", "LD_LIBRARY_PATH")


def _silent(_: str) -> None:
    return


class EmbeddedStack:
    """A lab of child processes: the programs of api and worker within the folder ``lab``; ``port``
    is the api's, a free one where it is None."""

    runtime = "embedded"

    def __init__(
        self,
        *,
        lab: Path = LAB,
        port: int | None = None,
    ) -> None:
        self._lab = lab.resolve()
        self._commands: dict[str, list[str]] = {}
        self._wanted_port = port
        self._ports: dict[str, int] = {}
        self._children: dict[str, list[Child]] = {}
        self._database: OwnPostgres | None = None
        self._folder: Path | None = None
        self._reaper: Reaper | None = None
        self._down = False
        self.name = "lab6-embedded"

    def up(self, progress: Progress = _silent) -> None:
        """As ``Stack.up``. ``postgres-missing``, ``redis-missing``, ``port-busy``,
        ``service-ended``, and what ``command_of`` raises.
        """
        if self._folder is not None:
            return
        for left in reversed(range(_TRIES)):
            try:
                self._up(progress)
                return
            except StackError as error:
                if not left or not _lost_its_port(error):
                    raise
                self._down = False

    def _up(self, progress: Progress) -> None:
        postgres, redis_server = find_postgres(), find_redis()
        if self._wanted_port is not None:
            _must_be_free(self._wanted_port)
        try:
            self._make_folder()
            programs = programs_of(self._lab)
            if must_be_built(programs):
                progress("build-programs")
            self._commands = {
                service: command_of(self._lab, program, self.folder / "programs", self._reap)
                for service, program in programs.items()
            }
            progress("start")
            self._prepare(postgres, redis_server)
            for service in SERVICES:
                self._spawn(service)
            for service in SERVICES:
                if service != "worker":
                    progress(f"wait-{service}")
                self._wait(service)
            progress("wait-api")
            self._wait_until_healthy()
        except BaseException:
            self.down()
            raise

    def down(self) -> None:
        """As ``Stack.down``."""
        self._down = True
        for service in reversed(SERVICES):
            for child in self._children.get(service, ()):
                child.end()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
        if self._reaper is not None:
            self._reaper.done()
            self._reaper = None

    def remove_with(self, folder: Path) -> None:
        """As ``OwnStack.remove_with``."""
        if self._reaper is not None:
            self._reaper.folder(folder)

    @property
    def url(self) -> str:
        """As ``Stack.url``."""
        return f"http://127.0.0.1:{self._port('api')}"

    @property
    def redis_address(self) -> tuple[str, int]:
        """As ``Stack.redis_address``."""
        return "127.0.0.1", self._port("redis")

    @property
    def redis_password(self) -> str | None:
        """As ``Stack.redis_password``."""
        return None

    @property
    def redis_user(self) -> str | None:
        """As ``Stack.redis_user``."""
        return None

    @property
    def history_dsn(self) -> str:
        """As ``Stack.history_dsn``."""
        return self.postgres_dsn

    @property
    def postgres_dsn(self) -> str:
        """As ``Stack.postgres_dsn``."""
        return self._postgres().dsn()

    @property
    def log_files(self) -> dict[str, list[str]]:
        """Where the replicas' stamped logs are, by service."""
        return {
            service: [str(child.log) for child in children]
            for service, children in self._children.items()
        }

    @property
    def folder(self) -> Path:
        """The folder of this run; also the services' working folder."""
        if self._folder is None:
            raise StackError("not-up", reason=self.name)
        return self._folder

    def state(self, service: str) -> tuple[ServiceState, ...]:
        """As ``Stack.state``."""
        return tuple(child.state() for child in self._of(service))

    def logs(
        self,
        service: str,
        *,
        follow: bool = False,
        timestamps: bool = False,
        tail: int | None = None,
    ) -> LogTail:
        """As ``Stack.logs``."""
        children = self._of(service)
        return LogTail(
            lambda: [(child.name, child.log) for child in children],
            follow=follow,
            timestamps=timestamps,
            ended=lambda: self._down,
            tail=tail,
        )

    def pause(self, service: str) -> None:
        """As ``Stack.pause``."""
        for child in self._of(service):
            child.suspend()

    def unpause(self, service: str) -> None:
        """As ``Stack.unpause``."""
        for child in self._of(service):
            child.resume()

    def stop(self, service: str) -> None:
        """As ``Stack.stop``."""
        for child in self._of(service):
            child.stop()

    def start(self, service: str) -> None:
        """As ``Stack.start``."""
        for child in self._of(service):
            if child.pid is None:
                self._watched(child)
        self._wait(service)

    def kill(self, service: str, replica: int | None = None) -> None:
        """As ``Stack.kill``."""
        for number, child in enumerate(self._of(service), 1):
            if replica in (None, number):
                child.kill()

    def restart(self, service: str) -> None:
        """As ``Stack.restart``."""
        self.stop(service)
        self.start(service)

    def scale(self, service: str, replicas: int) -> None:
        """As ``Stack.scale``."""
        if service != "worker" or not 0 <= replicas <= _MOST_WORKERS:
            raise StackError(
                "unsupported", what=f"scale {service}={replicas}", runtime=self.runtime
            )
        children = self._of(service)
        for child in children[replicas:]:
            child.stop()
        del children[replicas:]
        while len(children) < replicas:
            children.append(self._service("worker", len(children) + 1))
        self.start(service)

    def read(self, service: str, path: str) -> bytes:
        """As ``Stack.read``; only what lies in the run's folder."""
        file = self._file(service, path)
        if file.stat().st_size > _LARGEST_FILE:
            raise StackError("file-too-large", service=service, path=path)
        return file.read_bytes()

    def modified(self, service: str, path: str) -> datetime:
        """As ``DatedFiles.modified``."""
        file = self._file(service, path)
        written = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        return max(written, born(str(file)) or written)

    def write(self, service: str, path: str, data: bytes) -> None:
        """As ``OpenStorage.write``; only what lies in the run's folder."""
        file = self._file(service, path)
        before = file.stat()
        file.write_bytes(data)
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))

    def _file(self, service: str, path: str) -> Path:
        self._of(service)
        file = (self.folder / path).resolve()
        if not file.is_relative_to(self.folder) or not file.is_file():
            raise StackError("file-missing", service=service, path=path)
        return file

    def versions(self) -> dict[str, str]:
        """As ``Stack.versions``."""
        postgres, redis_server = find_postgres(), find_redis()
        return {
            "runtime": self.runtime,
            "postgres": f"{postgres.version} ({postgres.origin})",
            "redis": f"{redis_server.version} ({redis_server.origin})",
            "python": sys.version.split()[0],
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.down()

    def _make_folder(self) -> None:
        self._reaper = Reaper()
        folder = Path(tempfile.mkdtemp(prefix="lab6-")).resolve()
        self._reaper.folder(folder)
        self._folder = folder
        self.name = folder.name
        folder.chmod(0o711)  # PostgreSQL's account must pass through it
        for part in ("storage", "logs", "redis", "programs"):
            (folder / part).mkdir()

    def _prepare(self, postgres: ServerProgram, redis_server: ServerProgram) -> None:
        """Initialise the cluster, choose the ports, say how each service is run."""
        # All at once, so that none is given twice.
        free = free_ports(3)
        self._ports = dict(zip(("redis", "postgres", "api"), free, strict=True))
        self._ports["api"] = self._wanted_port or self._ports["api"]
        account = unprivileged_account()
        self._database = own = OwnPostgres(
            program=reachable(postgres, account, self.folder),
            folder=self.folder,
            port=self._ports["postgres"],
            password=secrets.token_urlsafe(18),
            account=account,
        )
        own.create(_environment())
        servers = {
            "redis": self._server(
                "redis",
                [
                    str(redis_server.path),
                    *("--port", str(self._ports["redis"])),
                    *("--bind", "127.0.0.1"),
                    *("--dir", str(self.folder / "redis")),
                    *("--save", "3600", "1"),  # a stop keeps the data, as the image's defaults do
                ],
            ),
            "postgres": self._server(
                "postgres",
                own.command,
                user=account,
                stop_signal=signal.SIGINT,
                quit_signal=getattr(signal, "SIGQUIT", None),
            ),
        }
        for name, child in servers.items():
            self._children[name] = [child]
        for service in ("api", "worker"):
            self._children[service] = [self._service(service, 1)]

    def _server(self, name: str, command: list[str], **settings: Any) -> Child:
        log = self.folder / "logs" / f"{name}-1"
        return Child(name, 1, command, folder=self.folder, log=log, env=_environment(), **settings)

    def settings(self) -> dict[str, str]:
        """What the services are told by their environment: where everything is, and the
        password.
        """
        return {
            "REDIS_HOST": "127.0.0.1",
            "REDIS_PORT": str(self._ports["redis"]),
            "PG_HOST": "127.0.0.1",
            "PG_PORT": str(self._ports["postgres"]),
            "PG_USER": USER,
            "PG_PASSWORD": self._postgres().password,
            "PG_DBNAME": DATABASE,
            "HOST": "127.0.0.1",
            "PORT": str(self._ports["api"]),
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONIOENCODING": "utf-8",
        }

    def _service(self, service: str, replica: int) -> Child:
        return Child(
            service,
            replica,
            self._commands[service],
            folder=self.folder,
            log=self.folder / "logs" / f"{service}-{replica}",
            env=_environment() | self.settings(),
        )

    def _spawn(self, service: str) -> None:
        for child in self._of(service):
            self._watched(child)

    def _watched(self, child: Child) -> None:
        self._reap(child.spawn())

    def _reap(self, pid: int) -> None:
        """Whatever becomes of this process, that one is ended."""
        if self._reaper is not None:
            self._reaper.process(pid)

    def _wait(self, service: str) -> None:
        """Until it runs: servers answer, the api listens, the worker lives."""
        ready: dict[str, Callable[[], bool]] = {
            "redis": self._redis_answers,
            "postgres": self._postgres().answers,
            "api": partial(listens, self._ports["api"]),
            "worker": lambda: True,
        }

        def runs() -> bool:
            for child in self._of(service):
                _must_run(child)
            return ready[service]()

        until(runs, deadline_s=READY_S, what=service)

    def _redis_answers(self) -> bool:
        """Ours, not another one that has taken the port."""
        return redis_pid(self.redis_address) == self._of("redis")[0].pid

    def _wait_until_healthy(self) -> None:
        def healthy() -> bool:
            for service in SERVICES:
                for child in self._of(service):
                    child.must_run()
            return answers_health(self.url)

        until(healthy, deadline_s=READY_S, what="GET /health")

    def _postgres(self) -> OwnPostgres:
        if self._database is None or self._folder is None:
            raise StackError("not-up", reason=self.name)
        return self._database

    def _port(self, service: str) -> int:
        if self._folder is None:
            raise StackError("not-up", reason=self.name)
        return self._ports[service]

    def _of(self, service: str) -> list[Child]:
        if service not in self._children:
            raise StackError("no-service", service=service)
        return self._children[service]


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}


def _lost_its_port(error: StackError) -> bool:
    """Whether a service could not start because somebody else had taken its port meanwhile."""
    ended = error.reference in ("service-ended", "server-ended")
    return ended and _PORT_IS_TAKEN.search(str(error.facts.get("log", ""))) is not None


def _must_be_free(port: int) -> None:
    if listens(port):
        raise StackError("port-busy", port=port)


def _must_run(child: Child) -> None:
    """``server-ended`` of this runtime's own servers, which no work answers for;
    ``service-ended`` of the others.
    """
    try:
        child.must_run()
    except StackError as error:
        if child.service in ("redis", "postgres"):
            raise StackError("server-ended", **error.facts) from error
        raise
