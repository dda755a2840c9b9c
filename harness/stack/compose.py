"""The lab in containers: ``docker-compose.yml``, driven by the Compose CLI and the Engine's API.

An *isolated* stack is a run of its own that can stand beside any other: a project name, ports and
images of its own, no fixed container names. The other kind is the lab as it stands, as ``docker
compose up`` has it.
"""

import hashlib
import io
import secrets
import shutil
import tarfile
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, Self

from harness.stack import docker_door as door
from harness.stack.base import SERVICES, Progress, ServiceState
from harness.stack.container_logs import ContainerLogs
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

LAB = Path(__file__).parents[2]
PROJECT = "lab6"  #: of the lab as it stands
BUILD_S = 900.0  #: the first build fetches images and packages
_READY_S = 90.0
_GRACE_S = 10
_LARGEST_FILE = 64 * 1024 * 1024
_PACKING = 64 * 1024  #: bytes that an archive of one file holds beside it
_MOST_WORKERS = 16
_TAIL = 12
#: As the Engine calls them; all else has ended, or not begun.
_STATUS = {"running": "running", "paused": "paused", "restarting": "restarting"}


def _silent(_: str) -> None:
    return


class ComposeStack:
    """A compose project. ``lab`` holds the compose file; ``port`` is the api's, 8080 or a free
    one.
    """

    runtime = "compose"
    _most = _MOST_WORKERS

    def __init__(self, *, isolated: bool = True, lab: Path = LAB, port: int | None = None) -> None:
        self._isolated = isolated
        self._lab = lab.resolve()
        self._id = secrets.token_hex(4)
        self.name = f"{PROJECT}-{self._id}" if isolated else PROJECT
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
        settings = self._environment_of("postgres")
        user = settings.get("POSTGRES_USER", "postgres")
        database = settings.get("POSTGRES_DB", user)
        password = settings.get("POSTGRES_PASSWORD", "")
        port = self._port("postgres")
        return f"host=127.0.0.1 port={port} dbname={database} user={user} password={password}"

    def state(self, service: str) -> tuple[ServiceState, ...]:
        """As ``Stack.state``."""
        return tuple(_state_of(service, container) for container in self._of(service))

    def logs(
        self, service: str, *, follow: bool = False, timestamps: bool = False
    ) -> ContainerLogs:
        """As ``Stack.logs``."""
        self._one(service)
        return ContainerLogs(
            partial(self._of, service),
            follow=follow,
            timestamps=timestamps,
            ended=lambda: self._down,
        )

    def pause(self, service: str) -> None:
        """As ``Stack.pause``."""
        for container in self._of(service, "running"):
            self._asked(container.pause)

    def unpause(self, service: str) -> None:
        """As ``Stack.unpause``."""
        for container in self._of(service, "paused"):
            self._asked(container.unpause)

    def stop(self, service: str) -> None:
        """As ``Stack.stop``."""
        self.unpause(service)  # a frozen process hears nothing
        for container in self._of(service, "running"):
            self._asked(partial(container.stop, timeout=_GRACE_S))

    def start(self, service: str) -> None:
        """As ``Stack.start``."""
        for container in self._of(service):
            if container.status not in _STATUS:
                self._asked(container.start)
        until(partial(self._runs, service), deadline_s=_READY_S, what=service)

    def kill(self, service: str) -> None:
        """As ``Stack.kill``."""
        self.unpause(service)
        for container in self._of(service, "running"):
            self._asked(container.kill)
        until(lambda: not self._of(service, "running"), deadline_s=_READY_S, what=service)

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
        """As ``Stack.read``: regular files only, whatever the container's archive claims."""
        container = self._one(service)
        working = container.attrs["Config"].get("WorkingDir") or "/"
        place = path if path.startswith("/") else f"{working.rstrip('/')}/{path}"
        try:
            chunks, facts = self._asked(partial(container.get_archive, place))
        except door.NotThere as error:
            raise StackError("file-missing", service=service, path=path) from error
        if facts["size"] > _LARGEST_FILE:
            raise StackError("file-too-large", service=service, path=path)
        # A folder's own size says nothing of what is in it: the archive is counted as it comes.
        packed = _at_most(chunks, _LARGEST_FILE + _PACKING)
        if packed is None:
            raise StackError("file-too-large", service=service, path=path)
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            member = archive.next()
            file = archive.extractfile(member) if member is not None and member.isfile() else None
            if file is None:
                raise StackError("file-missing", service=service, path=path)
            return file.read(_LARGEST_FILE)

    def write(self, service: str, path: str, data: bytes) -> None:
        """As ``OpenStorage.write``; the file keeps its owner and its mode."""
        container = self._one(service)
        working = container.attrs["Config"].get("WorkingDir") or "/"
        place = PurePosixPath(working, path)
        try:
            chunks, _ = self._asked(partial(container.get_archive, str(place)))
            packed = _at_most(chunks, _LARGEST_FILE + _PACKING) or b""
            with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
                member = archive.next()
        except (door.NotThere, tarfile.TarError) as error:
            raise StackError("file-missing", service=service, path=path) from error
        if member is None or not member.isfile():
            raise StackError("file-missing", service=service, path=path)
        member.size, made = len(data), io.BytesIO()
        with tarfile.open(fileobj=made, mode="w") as archive:
            archive.addfile(member, io.BytesIO(data))
        self._asked(partial(container.put_archive, str(place.parent), made.getvalue()))

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
        found = door.engine()
        asked = {
            "redis": ["redis-server", "--version"],
            "postgres": ["postgres", "--version"],
            "api": ["python", "--version"],
        }
        told = {"runtime": self.runtime, "docker": found.version, "compose": found.compose}
        for service, command in asked.items():
            output = self._asked(partial(self._one(service).exec_run, command)).output
            told[service] = output.decode("utf-8", "replace").strip().split("\n")[0][:80]
        return told

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
        for container in self._surplus(name, replicas):
            # By hand: Compose would leave the volumes that an image or a file asks for without a
            # name.
            self._asked(partial(container.stop, timeout=_GRACE_S))
            self._asked(partial(container.remove, v=True))
        self._compose(
            "up", "-d", "--no-build", "--no-recreate", "--no-deps",
            "--scale", f"{name}={replicas}", name
        )  # fmt: skip

    def _surplus(self, name: str, replicas: int) -> list[Any]:
        """The containers of one service of the file that are more than so many, the last ones
        first.
        """
        return self._listed([f"com.docker.compose.service={name}"])[replicas:][::-1]

    def _await_replicas(self, service: str, replicas: int) -> None:
        until(
            lambda: len(self._of(service, "running")) == replicas, deadline_s=_READY_S, what=service
        )

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
            for service in ("api", "worker"):
                with suppress(Exception):  # still in use by another run of that lab, or never built
                    door.client().images.remove(f"lab6-kit-{service}{self._image_suffix}")

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
            env=door.environment(**port),
            cwd=self._working_folder(),
            on_line=progress,
            on_start=self._reaper.process if self._reaper else None,
        )

    def _must_be_free(self) -> None:
        if self._wanted_port is not None and not self._of("api") and listens(self._wanted_port):
            raise StackError("port-busy", port=self._wanted_port)

    def _await_health(self) -> None:
        until(self._is_healthy, deadline_s=_READY_S, what="GET /health", interval_s=0.1)

    def _is_healthy(self) -> bool:
        for service in SERVICES:
            self._must_run(service)
        return answers_health(self.url)

    def _runs(self, service: str) -> bool:
        self._must_run(service)
        if service == "redis":
            pid = redis_pid(self.redis_address, self.redis_password, self.redis_user)
            return pid is not None
        if service == "postgres":
            return answers_sql(self.postgres_dsn)
        return answers_http(self.url) if service == "api" else True

    def _last_lines(self, service: str) -> str:
        """Of the logs of its containers."""
        logs = [self._asked(partial(one.logs, tail=_TAIL)) for one in self._of(service)]
        return b"".join(logs).decode("utf-8", "replace")

    def _must_run(self, service: str) -> None:
        """``StackError("service-ended")`` with the last lines of a container that has ended."""
        for container in self._of(service):
            if container.status in ("exited", "dead"):
                raise self._ended(container, service)

    def _ended(self, container: Any, role: str, tail: int = _TAIL) -> StackError:
        """``service-ended`` of a container that has ended, with the last lines of its log."""
        log = self._asked(partial(container.logs, tail=tail)).decode("utf-8", "replace")
        code = container.attrs["State"]["ExitCode"]
        return StackError("service-ended", role=role, service=container.name, code=code, log=log)

    def _of(self, service: str, status: str | None = None) -> list[Any]:
        """The service's containers by their number, as they are now."""
        if service not in SERVICES:
            raise StackError("no-service", service=service)
        found = self._listed(self._labels_of(service))
        return [one for one in found if status is None or one.status == status]

    def _labels_of(self, service: str) -> list[str]:
        return [f"com.docker.compose.service={service}"]

    def _listed(self, labels: list[str]) -> list[Any]:
        own = [
            f"com.docker.compose.project={self.name}",
            "com.docker.compose.oneoff=False",
            *labels,
        ]
        listed = partial(
            door.client().containers.list, all=True, filters={"label": own}, ignore_removed=True
        )
        return sorted(self._asked(listed), key=_number)

    def _one(self, service: str) -> Any:
        found = self._of(service)
        if not found:
            raise StackError("not-up", reason=self.name)
        return found[0]

    def _port(self, service: str) -> int:
        """The published port; of a lab that another command started, as its container has it."""
        if service not in self._ports:
            bindings = self._one(service).attrs["HostConfig"]["PortBindings"] or {}
            bound = bindings.get(f"{PORTS[service]}/tcp")
            if not bound or not bound[0]["HostPort"]:
                raise StackError("unsupported", what=f"port {service}", runtime=self.runtime)
            self._ports[service] = int(bound[0]["HostPort"])
        return self._ports[service]

    def _environment_of(self, service: str) -> dict[str, str]:
        pairs = (entry.partition("=") for entry in self._one(service).attrs["Config"]["Env"])
        return {name: value for name, _, value in pairs}

    def _asked(self, question: Any) -> Any:
        """The Engine's answer; its refusal is a ``StackError``."""
        with door.named_errors(self.name):
            return question()


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
    )


def _at_most(chunks: Iterable[bytes], most: int) -> bytes | None:
    """All of them; None, and no further one is asked for, where they are more than ``most``
    bytes.
    """
    found = bytearray()
    for chunk in chunks:
        found += chunk
        if len(found) > most:
            return None
    return bytes(found)
