"""The lab in containers: ``docker-compose.yml``, driven by the Compose CLI and the Engine's API.

An *isolated* stack is a run of its own that can stand beside any other: a project name, ports and
images of its own, no fixed container names. The other kind is the lab as it stands, as ``docker
compose up`` has it.
"""

import hashlib
import secrets
import shutil
import tempfile
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import Self

from harness.home import HOME
from harness.lateness import LONGEST
from harness.stack import docker_door as door
from harness.stack.base import SERVICES, Progress, ServiceState
from harness.stack.container_files import modified_file, read_file, write_file
from harness.stack.container_logs import ContainerLogs
from harness.stack.containers import Containers, remove_images
from harness.stack.errors import StackError
from harness.stack.leftovers import OWNER_LABEL, owner, remove_leftovers
from harness.stack.override import COMPOSE_FILE, PORTS, built, declared_services, override
from harness.stack.ready import (
    answers_health,
    answers_http,
    answers_sql,
    free_ports,
    listens,
    redis_pid,
)
from harness.stack.reaper import Reaper
from harness.stack.sandbox_project import RUN_LABEL
from harness.stack.waiting import until

LAB = HOME
PROJECT = "lab6"  #: of the lab as it stands
BUILD_S = 900.0  #: the first build fetches images and packages
_BUILD_LONGEST = (
    2.0  #: times that it may grow: how busy the machine is then may be the build's doing
)
_READY_S = 90.0
_MOST_WORKERS = 16


def _silent(_: str) -> None:
    return


class ComposeStack:
    """A compose project. ``lab`` holds the compose file; ``port`` is the api's, 8080 or a free
    one.
    """

    runtime = "compose"
    _most = _MOST_WORKERS
    _log_bytes: int | None = None  #: that are read of a log at once; None: all of it

    def __init__(self, *, isolated: bool = True, lab: Path = LAB, port: int | None = None) -> None:
        self._isolated = isolated
        self._lab = lab.resolve()
        self._id = secrets.token_hex(4)
        self.name = f"{PROJECT}-{self._id}" if isolated else PROJECT
        self._containers = Containers(self.name, self._labels_of)
        self._wanted_port = port if port is not None or isolated else PORTS["api"]
        self._ports: dict[str, int] = {}
        self._folder: Path | None = None
        self._reaper: Reaper | None = None
        self._down = False

    @classmethod
    def find_running(cls) -> "ComposeStack | None":
        """The lab as it stands, when its api runs; ``StackError`` where no Engine answers."""
        door.engine()
        stack = cls(isolated=False)
        return stack if any(state.status == "running" for state in stack.state("api")) else None

    def up(self, progress: Progress = _silent) -> None:
        """As ``Stack.up``. The errors are those of ``docker_door.run``, and ``service-ended``."""
        if self._folder is not None:
            return
        door.engine()
        self._must_be_free()
        remove_leftovers()
        try:
            self._make_folder()
            progress("build")
            self._build(progress)
            progress("start")
            self._start()
            progress("wait-api")
            self._await_health()
        except BaseException:
            self.down()
            raise
        if not self._isolated:  # it outlives this process, and ``down`` goes by the project's name
            self._drop_override()

    def down(self) -> None:
        """As ``Stack.down``. The lab as it stands goes by its project's name alone."""
        self._down = True
        if self._folder is None and self._isolated:
            return
        try:
            self._compose("down", "-v", "--remove-orphans", "-t", "1")
            if self._containers.labelled():  # the Engine was still making one when `up` had failed
                self._compose("down", "-v", "--remove-orphans", "-t", "1")
        finally:
            self._remove_own_images()
            self._drop_override()
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
        """As ``Stack.postgres_dsn``, as the container's own environment names it."""
        settings = self._containers.environment_of("postgres")
        user = settings.get("POSTGRES_USER", "postgres")
        database = settings.get("POSTGRES_DB", user)
        password = settings.get("POSTGRES_PASSWORD", "")
        port = self._port("postgres")
        return f"host=127.0.0.1 port={port} dbname={database} user={user} password={password}"

    def state(self, service: str) -> tuple[ServiceState, ...]:
        """As ``Stack.state``."""
        return self._containers.state(service)

    def logs(
        self,
        service: str,
        *,
        follow: bool = False,
        timestamps: bool = False,
        tail: int | None = None,
    ) -> ContainerLogs:
        """As ``Stack.logs``."""
        self._containers.first(service)
        return ContainerLogs(
            partial(self._containers.of, service),
            follow=follow,
            timestamps=timestamps,
            ended=lambda: self._down,
            most=self._log_bytes,
            tail=tail,
        )

    def processes(self) -> tuple[tuple[int, str], ...]:
        """As ``CountedUse.processes``."""
        return self._containers.processes()

    def pause(self, service: str) -> None:
        """As ``Stack.pause``."""
        self._containers.pause(service)

    def unpause(self, service: str) -> None:
        """As ``Stack.unpause``."""
        self._containers.unpause(service)

    def hold_others(self, *, only_sharing: bool) -> None:
        """As ``HeldOthers.hold_others``."""
        self._containers.pause_others(only_sharing=only_sharing)

    def release_others(self) -> None:
        """As ``HeldOthers.release_others``."""
        self._containers.unpause_others()

    def others(self) -> tuple[tuple[int, str], ...]:
        """As ``HeldOthers.others``."""
        return self._containers.others()

    def stop(self, service: str) -> None:
        """As ``Stack.stop``."""
        self._containers.stop(service)

    def start(self, service: str) -> None:
        """As ``Stack.start``."""
        self._containers.start(service)
        until(partial(self._runs, service), deadline_s=_READY_S, what=service)

    def kill(self, service: str, replica: int | None = None) -> None:
        """As ``Stack.kill``."""
        self._containers.kill(service, replica)

    def restart(self, service: str) -> None:
        """As ``Stack.restart``."""
        self.stop(service)
        self.start(service)

    def scale(self, service: str, replicas: int) -> None:
        """As ``Stack.scale``; a container with a fixed name cannot be two."""
        if service != "worker" or not self._isolated or not 0 <= replicas <= _MOST_WORKERS:
            what = f"scale {service}={replicas}"
            raise StackError("unsupported", what=what, runtime=self.runtime)
        self._scale(service, replicas)
        self._await_replicas(service, replicas)

    def read(self, service: str, path: str) -> bytes:
        """As ``Stack.read``."""
        return read_file(self._containers.first(service), service, path)

    def modified(self, service: str, path: str) -> datetime:
        """As ``DatedFiles.modified``."""
        return modified_file(self._containers.first(service), service, path)

    def write(self, service: str, path: str, data: bytes) -> None:
        """As ``OpenStorage.write``."""
        write_file(self._containers.first(service), service, path, data)

    def versions(self) -> dict[str, str]:
        """As ``Stack.versions``."""
        return dict(self._versions)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.down()

    @cached_property
    def _versions(self) -> dict[str, str]:
        return {"runtime": self.runtime} | self._containers.versions()

    def _build(self, progress: Progress) -> None:
        try:
            self._compose("build", timeout_s=BUILD_S, progress=progress)
        except StackError as error:
            if error.reference != "docker-failed":
                raise
            raise StackError("build-failed", log=error.facts["log"]) from error

    def _start(self) -> None:
        self._compose("up", "-d", "--no-build")

    def _scale(self, name: str, replicas: int) -> None:
        self._containers.remove_beyond(name, replicas)
        self._compose(
            "up", "-d", "--no-build", "--no-recreate", "--no-deps",
            "--scale", f"{name}={replicas}", name
        )  # fmt: skip

    def _await_replicas(self, service: str, replicas: int) -> None:
        def all_run() -> bool:
            return len(self._containers.of(service, "running")) == replicas

        until(all_run, deadline_s=_READY_S, what=service)

    def _make_folder(self) -> None:
        """A folder of this run's own, and somebody who cleans up after it whatever happens."""
        self._folder = folder = Path(tempfile.mkdtemp(prefix="lab6-"))
        if self._isolated:
            self._reaper = Reaper()
            self._reaper.folder(folder)
        self._prepare(folder)
        if self._reaper is not None:  # now that the files are there which the command names
            command = ["docker", *self._arguments("down", "-v", "--remove-orphans", "-t", "0")]
            self._reaper.command(command)

    def _prepare(self, folder: Path) -> None:
        """What this run changes of the file: names, ports, labels and images."""
        free = dict(zip(PORTS, free_ports(3), strict=True))
        self._ports = free | ({"api": self._wanted_port} if self._wanted_port else {})
        declared = declared_services(self._lab / COMPOSE_FILE)
        images = {name: f"lab6-kit-{name}{self._image_suffix}" for name in built(declared)}
        labels = {RUN_LABEL: self._id, OWNER_LABEL: owner()} if self._isolated else None
        text = override(declared, ports=self._ports, images=images, isolated=labels)
        (folder / "override.yml").write_text(text, encoding="utf-8")

    def _drop_override(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    @property
    def _image_suffix(self) -> str:
        """One image for all runs of the same lab; the reference's has the plain name."""
        if self._lab == LAB.resolve():
            return ""
        return "-" + hashlib.sha256(str(self._lab).encode()).hexdigest()[:8]

    def _remove_own_images(self) -> None:
        """Another lab's images go with its run; the reference's stay, so that the next run
        starts at once.
        """
        if self._image_suffix:
            remove_images([f"lab6-kit-{name}{self._image_suffix}" for name in ("api", "worker")])

    def _arguments(self, *arguments: str) -> list[str]:
        named = [word for file in self._files() for word in ("-f", str(file))]
        return ["compose", "--progress", "plain", "-p", self.name, *named, *arguments]

    def _files(self) -> list[Path]:
        ours = [] if self._folder is None else [self._folder / "override.yml"]
        return [self._lab / COMPOSE_FILE, *ours]

    def _working_folder(self) -> Path:
        return self._lab

    def _compose(
        self, *arguments: str, timeout_s: float = door.TIMEOUT_S, progress: Progress | None = None
    ) -> str:
        port = (
            {}
            if self._isolated or self._wanted_port is None
            else {"LAB6_PORT": str(self._wanted_port)}
        )
        return door.run(
            self._arguments(*arguments),
            timeout_s=timeout_s,
            longest=LONGEST if timeout_s == door.TIMEOUT_S else _BUILD_LONGEST,
            env=door.environment(**port),
            cwd=self._working_folder(),
            on_line=progress,
            on_start=self._reaper.process if self._reaper else None,
        )

    def _must_be_free(self) -> None:
        if (
            self._wanted_port is not None
            and not self._containers.of("api")
            and listens(self._wanted_port)
        ):
            raise StackError("port-busy", port=self._wanted_port)

    def _await_health(self) -> None:
        until(self._is_healthy, deadline_s=_READY_S, what="GET /health", interval_s=0.1)

    def _is_healthy(self) -> bool:
        for service in SERVICES:
            self._containers.must_run(service)
        return answers_health(self.url)

    def _runs(self, service: str) -> bool:
        self._containers.must_run(service)
        if service == "redis":
            pid = redis_pid(self.redis_address, self.redis_password, self.redis_user)
            return pid is not None
        if service == "postgres":
            return answers_sql(self.postgres_dsn)
        return answers_http(self.url) if service == "api" else True

    def _labels_of(self, service: str) -> list[str]:
        return [f"com.docker.compose.service={service}"]

    def _port(self, service: str) -> int:
        """The published port; of a lab that another command started, as its container has it."""
        if service not in self._ports:
            bindings = self._containers.first(service).attrs["HostConfig"]["PortBindings"] or {}
            bound = bindings.get(f"{PORTS[service]}/tcp")
            if not bound or not bound[0]["HostPort"]:
                raise StackError("unsupported", what=f"port {service}", runtime=self.runtime)
            self._ports[service] = int(bound[0]["HostPort"])
        return self._ports[service]
