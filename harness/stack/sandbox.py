"""A stranger's lab in containers: a project emitted by the grader, reached through its gate
alone.
"""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from harness.stack import docker_door as door
from harness.stack.base import SERVICES, Progress
from harness.stack.compose import BUILD_S, ComposeStack
from harness.stack.errors import StackError
from harness.stack.leftovers import OWNER_LABEL, owner
from harness.stack.ready import answers_http, answers_sql, redis_pid
from harness.stack.sandbox_project import GATE, ROLE_LABEL, RUN_LABEL, Project
from harness.stack.volume_content import fill
from harness.stack.waiting import WaitTimeout

_TAIL = 30  #: lines of a log
_LOG_BYTES = 8 * 1024 * 1024  #: whole gradings of works that talk much stay below one
_EXTRA_S = 300.0  #: for one service that nobody is judged by, of the work's whole time


class SandboxStack(ComposeStack):
    """``emit`` is given a folder of this run's own, puts there what the project needs, and tells
    it.

    A lab that has no such role as ``api`` cannot be brought up: ``StackError("service-missing")``.
    """

    _log_bytes = _LOG_BYTES

    def __init__(self, emit: Callable[[Path], Project]) -> None:
        super().__init__(isolated=True)
        self._emit = emit
        self._project: Project | None = None

    @property
    def project(self) -> Project:
        """What runs; ``not-up`` before ``up``."""
        if self._project is None:
            raise StackError("not-up", reason=self.name)
        return self._project

    @property
    def redis_password(self) -> str | None:
        """As ``Stack.redis_password``."""
        login = self.project.redis_login
        return None if login is None else login.password

    @property
    def redis_user(self) -> str | None:
        """As ``Stack.redis_user``."""
        login = self.project.redis_login
        return None if login is None else login.user

    @property
    def postgres_dsn(self) -> str:
        """As ``Stack.postgres_dsn``."""
        return self._dsn("reader")

    @property
    def history_dsn(self) -> str:
        """As ``Stack.history_dsn``."""
        return self._dsn("chief")

    def _dsn(self, who: str) -> str:
        from psycopg2.extensions import make_dsn

        login = dict(self.project.logins[who])
        dsn: str = make_dsn(host="127.0.0.1", port=self._port("postgres"), **login)
        return dsn

    def scale(self, service: str, replicas: int) -> None:
        """As ``Stack.scale``; a lab that has several worker services has that many at the least."""
        names = self.project.roles[service]
        if service != "worker" or not 0 < replicas <= self._most:
            what = f"scale {service}={replicas}"
            raise StackError("unsupported", what=what, runtime=self.runtime)
        self._scale(names[0], max(replicas - len(names) + 1, 1))
        self._await_replicas(service, max(replicas, len(names)))

    def _prepare(self, folder: Path) -> None:
        self._project = project = self._emit(folder)
        missing = [role for role in SERVICES if not project.roles[role]]
        if missing:
            raise StackError("service-missing", role=", ".join(missing))
        for service in project.document["services"].values():
            service["labels"] |= {RUN_LABEL: self._id, OWNER_LABEL: owner()}
            if "build" in service:
                service["build"]["labels"] = {"lab6.graded": "image"}
        self._write(folder)

    def _write(self, folder: Path) -> None:
        text = yaml.safe_dump(self.project.document, allow_unicode=True, sort_keys=False)
        (folder / "compose.yml").write_text(text, encoding="utf-8")

    def _build(self, progress: Progress) -> None:
        """What has no role and cannot be had is left out, and told: the rest can be judged.
        ``StackError("build-failed")`` with the name of a service that has a role."""
        try:
            super()._build(progress)
            again = False
        except StackError:
            again = True
        # The roles first: what nothing can be had for, a silent Engine for one, is told by theirs.
        for name in sorted(self.project.document["services"], key=self._is_extra):
            try:
                self._have(name, progress, again=again)
            except StackError as failure:
                if self._is_extra(name):
                    self._leave_out(name, failure)
                elif failure.reference == "docker-failed":
                    log = f"{name}: {failure.facts['log']}"
                    raise StackError("build-failed", log=log) from failure
                else:
                    raise

    def _have(self, name: str, progress: Progress, *, again: bool) -> None:
        """One service's image: built once more where all together did not build; an extra's is
        fetched, as the start would end with it."""
        service, seconds = self._service(name), _EXTRA_S if self._is_extra(name) else BUILD_S
        if "build" in service:
            if again:
                self._compose("build", "--", name, timeout_s=seconds, progress=progress)
        elif self._is_extra(name) and self._containers.asked(
            partial(door.missing_images, [service["image"]])
        ):
            self._compose("pull", "--", name, timeout_s=seconds, progress=progress)

    def _is_extra(self, name: str) -> bool:
        return bool(self._service(name)["labels"][ROLE_LABEL] == "other")

    def _service(self, name: str) -> dict[str, Any]:
        service: dict[str, Any] = self.project.document["services"][name]
        return service

    def _leave_out(self, name: str, failure: StackError) -> None:
        services = self.project.document["services"]
        del services[name]
        for service in services.values():
            service.get("depends_on", {}).pop(name, None)
        self._write(self._working_folder())
        reasons = [failure.facts.get(what) for what in ("log", "reason", "image")]
        self.project.left_out(
            name, next((str(reason) for reason in reasons if reason), str(failure))
        )

    def _start(self) -> None:
        """Compose itself waits for what has to come to its end first, and says no more than that it
        failed: ``StackError("service-ended")`` with its log."""
        try:
            super()._start()
        except StackError as failure:
            if failure.reference == "docker-failed":
                self._must_have_ended_well()
            raise
        for role in ("api", "worker"):
            for container in self._containers.of(role, "running"):
                fill(container)

    def _must_have_ended_well(self) -> None:
        services = self.project.document["services"]
        awaited = {
            name
            for service in services.values()
            for name, how in service.get("depends_on", {}).items()
            if how["condition"] == "service_completed_successfully"
        }
        for name in sorted(awaited):
            role = services[name]["labels"][ROLE_LABEL]
            for container in self._containers.named(name):
                if container.status == "exited" and container.attrs["State"]["ExitCode"]:
                    raise self._containers.ended(container, role, _TAIL)

    def _files(self) -> list[Path]:
        """None while there is none yet: what is to be taken down then goes by the project's
        name.
        """
        file = None if self._folder is None else self._folder / "compose.yml"
        return [file] if file is not None and file.is_file() else []

    def _working_folder(self) -> Path:
        return self._folder or super()._working_folder()

    def _labels_of(self, service: str) -> list[str]:
        return [f"{ROLE_LABEL}={service}"]

    def _must_be_free(self) -> None:
        """Its ports are chosen by the Engine."""

    def _remove_own_images(self) -> None:
        """They stay, one a service of a submission, so that the next grading of it starts at
        once.
        """

    def _port(self, service: str) -> int:
        """Where the gate listens on this machine."""
        if service not in self._ports:
            gate = self._containers.labelled(f"{ROLE_LABEL}=gate")
            if not gate:
                raise StackError("not-up", reason=self.name)
            bound = (
                gate[0].attrs["NetworkSettings"]["Ports"].get(f"{self.project.ports[service]}/tcp")
            )
            if not bound:
                raise StackError("not-up", reason=GATE)
            self._ports[service] = int(bound[0]["HostPort"])
        return self._ports[service]

    def _is_healthy(self) -> bool:
        """A stranger's api has no health check that we know of: any answer will do."""
        for service in SERVICES:
            self._containers.must_run(service)
        return self._is_set_up() and all(answers() for answers in self._answers().values())

    def _answers(self) -> dict[str, Callable[[], bool]]:
        """Whether each server answers."""
        return {
            "redis": lambda: (
                redis_pid(self.redis_address, self.redis_password, self.redis_user) is not None
            ),
            "postgres": lambda: answers_sql(self.postgres_dsn),
            "api": lambda: answers_http(self.url),
        }

    def _await_health(self) -> None:
        """``StackError("never-ready")``: which of the three did not answer, and its last lines."""
        try:
            super()._await_health()
        except WaitTimeout as late:
            silent = (role for role, answers in self._answers().items() if not answers())
            service, seconds = next(silent, "api"), late.facts["seconds"]
            log = self._containers.last_lines(service)
            raise StackError(
                "never-ready", role=service, service=service, seconds=seconds, log=log
            ) from late

    def _is_set_up(self) -> bool:
        """Whether what sets the database up has ended; where it failed, ``_start`` has said so."""
        return all(
            container.status == "exited"
            for container in self._containers.labelled(f"{ROLE_LABEL}=set-up")
        )

    def _drop_override(self) -> None:
        """What the containers' users left in the copy may belong to somebody else."""
        folder = self._folder
        super()._drop_override()
        if folder is not None and folder.exists():
            self._containers.asked(partial(self._swept, folder))
            shutil.rmtree(folder, ignore_errors=True)

    def _swept(self, folder: Path) -> Any:
        image = self.project.document["services"][GATE]["image"]
        mount = {str(folder): {"bind": "/left", "mode": "rw"}}
        return door.client().containers.run(
            image,
            ["chmod", "-R", "a+rwX", "/left"],
            volumes=mount,
            remove=True,
            network_mode="none",
        )
