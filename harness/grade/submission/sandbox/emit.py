"""The compose file that is really run: emitted from what was understood of the submission's own.

Every service is on networks that lead nowhere but to each other; the gate alone stands on both
sides. The names that the gate looks for can be given by nobody else, since all names are given
here.
"""

from pathlib import Path
from typing import Any

from harness.grade.submission.assignment import Assignment, Sandbox
from harness.grade.submission.composefile import ComposeFile, Service
from harness.grade.submission.names import is_free
from harness.grade.submission.sandbox import roles, servers, values
from harness.grade.submission.sandbox.acl import fresh_login
from harness.grade.submission.sandbox.changes import Changes
from harness.grade.submission.sandbox.services import (
    RIGHTS,
    Mounts,
    settings,
    source,
    starts_as_another,
)
from harness.stack.sandbox_project import DOOR, GATE, OWN, ROLE_LABEL, SET_UP, Project

#: Keys that are read somewhere below; whatever else stands there is told, but for ``x-…``.
_READ = frozenset(
    [
        "image",
        "build",
        "command",
        "entrypoint",
        "environment",
        "env_file",
        "depends_on",
        "networks",
        "ports",
        "volumes",
        "container_name",
        "healthcheck",
        "restart",
        "working_dir",
        "expose",
        "user",
        "init",
        "stop_signal",
        "read_only",
        "tty",
        "stdin_open",
        "tmpfs",
        "cap_drop",  # all are dropped for every service
    ]
)
#: What every service is given anyway.
_FORCED = (("security_opt", ["no-new-privileges:true"]), ("security_opt", ["no-new-privileges"]))
_INNER = {
    "healthcheck": {"test", "interval", "timeout", "start_period", "retries", "disable"},
    "networks": {"aliases"},
    "depends_on": {"condition"},
    "volumes": {"type", "source", "target", "read_only"},
}
#: Of the whole file: what is read, and what every run is given a name of its own for.
_TOP = frozenset(["services", "networks", "volumes", "version", "name"])
_USUAL = (("networks", "driver", "bridge"), ("volumes", "driver", "local"))
_OUTSIDE = f"{OWN}outside"
#: Where the gate listens within its own container, whatever the services' ports are.
_GATE_PORTS = {"redis": 6379, "postgres": 5432, "api": 8080}
_CLOSED = {
    "internal": True,
    # Without it a container still reaches, by the bridge's own address, what this machine offers to
    # all.
    "driver_opts": {"com.docker.network.bridge.inhibit_ipv4": "true"},
}


def emit(
    file: ComposeFile,
    table: dict[str, Any],
    *,
    folder: Path,
    assignment: Assignment,
    tag: str,
    gate_script: str,
    changes: Changes,
) -> Project:
    """The project of a submission whose copy lies in ``folder``; ``tag`` names its images."""
    _tell_the_rest(table, changes)
    maker = _Maker(file, table, folder, assignment, tag, changes)
    services = {name: maker.service(service) for name, service in maker.within_bounds().items()}
    kept = {name: made for name, made in services.items() if made is not None}
    known = frozenset(kept)
    for name, made in kept.items():
        made["depends_on"] = _awaited(name, made, kept, changes)
    roles = _roles(file, known)
    door = maker.door(kept)
    targets = {
        "redis": maker.redis_port,
        "postgres": servers.POSTGRES_PORT,
        "api": maker.api_port(door),
    }
    _with_set_up(kept, maker.set_up)
    networks = sorted({network for made in kept.values() for network in made["networks"]})
    kept[GATE] = maker.gate(gate_script, networks, {r: targets[r] for r in targets if roles[r]})
    document = {
        "services": {name: _bounded(made, assignment.sandbox) for name, made in kept.items()},
        "networks": {**{network: dict(_CLOSED) for network in networks}, _OUTSIDE: {}},
        "volumes": {volume: _volume(assignment.sandbox) for volume in sorted(maker.mounts.named)},
    }
    return Project(
        document=_literal(document),
        roles=roles,
        ports=_GATE_PORTS,
        redis_login=maker.grader if roles["redis"] else None,
        logins=_logins(maker.postgres) if maker.postgres else {},
    )


def _awaited(
    name: str, made: dict[str, Any], kept: dict[str, Any], changes: Changes
) -> dict[str, Any]:
    """Whom a service waits for, of those that run. A server waits for servers alone: it has nothing
    of the submission's within, and all else may have to wait until its database is set up."""
    conditions = {}
    for other, condition in made["depends_on"].items():
        if other in kept and (not _is_server(made) or _is_server(kept[other])):
            conditions[other] = condition
        elif other in kept:
            changes.add(f"services.{name}.depends_on", "key-dropped", other)
    return conditions


def _is_server(made: dict[str, Any]) -> bool:
    return made["labels"][ROLE_LABEL] in ("redis", "postgres")


def _with_set_up(services: dict[str, Any], set_up: dict[str, dict[str, Any]]) -> None:
    """The containers that set a database up, beside its server. All that is no server waits for
    them: the official image, too, lets nobody in before its first start is over."""
    for name, made in set_up.items():
        asking = [
            service
            for service in services.values()
            if not _is_server(service) and service["labels"][ROLE_LABEL] != "set-up"
        ]
        own = SET_UP if len(set_up) == 1 else f"{SET_UP}-{_image_name(name)}"
        services[own] = made | {
            "networks": {network: {} for network in services[name]["networks"]},
            "labels": {ROLE_LABEL: "set-up"},
            "depends_on": {name: {"condition": "service_started"}},
            "init": True,
        }
        for service in asking:
            service["depends_on"][own] = {"condition": "service_completed_successfully"}


def _logins(made: roles.Roles) -> dict[str, dict[str, str]]:
    """As libpq's words, by what each may do."""
    each = {"reader": made.reader, "chief": made.chief}
    return {
        what: {"user": login.user, "password": login.password, "dbname": made.database}
        for what, login in each.items()
    }


def _tell_the_rest(table: dict[str, Any], changes: Changes) -> None:
    """What stands beside the services and is not used: of the file, of its networks and of its
    volumes.
    """
    for key in sorted(table.keys() - _TOP, key=str):
        if not str(key).startswith("x-"):
            changes.add(str(key), "key-dropped", table[key])
    for kind in ("networks", "volumes"):
        declared = table.get(kind)
        for name, entry in (declared if isinstance(declared, dict) else {}).items():
            for key, value in (entry if isinstance(entry, dict) else {}).items():
                if (kind, key, value) not in _USUAL:
                    changes.add(f"{kind}.{name}.{key}", "key-dropped", value)


class _Maker:
    """Makes the services of one submission."""

    def __init__(
        self,
        file: ComposeFile,
        table: dict[str, Any],
        folder: Path,
        assignment: Assignment,
        tag: str,
        changes: Changes,
    ) -> None:
        self._file, self._table, self._folder = file, table, folder
        self._assignment, self._box, self._tag = assignment, assignment.sandbox, tag
        self._changes = changes
        self._names = frozenset(file.services)
        self.mounts = Mounts(folder, self._box.volumes)
        self.grader = fresh_login()  # in every Redis of the submission
        self.redis_port = servers.REDIS_PORT
        self.postgres: roles.Roles | None = None  # of the chief server
        self.set_up: dict[str, dict[str, Any]] = {}  #: by its server

    def within_bounds(self) -> dict[str, Service]:
        """As many services as may run, those with a role before any other."""
        started = [
            service for service in self._file.services.values() if not self._is_off(service.name)
        ]
        every = sorted(started, key=lambda service: service.role is None)
        for service in self._file.services.values():
            if service not in started:
                self._changes.add(f"services.{service.name}.profiles", "profile-off", service.name)
        for service in every[self._box.services :]:
            self._changes.add(f"services.{service.name}", "too-many", self._box.services)
        kept = {service.name for service in every[: self._box.services]}
        return {name: service for name, service in self._file.services.items() if name in kept}

    def _is_off(self, name: str) -> bool:
        """Whether Compose starts it only when somebody asks for its profile."""
        return bool((self._table["services"][name] or {}).get("profiles"))

    def service(self, service: Service) -> dict[str, Any] | None:
        """One service as it will run; None where it cannot."""
        name, entry = service.name, self._table["services"][service.name] or {}
        for key in sorted(entry.keys() - _READ, key=str):
            if not str(key).startswith("x-") and (key, entry[key]) not in _FORCED:
                self._changes.add(f"services.{name}.{key}", "key-dropped", entry[key])
        self._tell_inner(name, entry)
        role = service.role
        if role == "redis":
            made = self._redis(service, entry)
        elif role == "postgres":
            made = self._postgres(service, entry)
        else:
            own = source(name, entry, self._box, self._folder, self._changes)
            if own is None:
                return None
            made = own | settings(name, entry, self._changes)
            made["volumes"] = self.mounts.of(name, entry, self._changes)
            if starts_as_another(made):
                made["cap_add"] = list(RIGHTS)
            if "build" in made:
                made["image"] = f"lab6-graded-{self._tag}-{_image_name(name)}"
        made["depends_on"] = values.depends_on(entry.get("depends_on"), self._names - {name})
        made["networks"] = self._networks(service)
        made["labels"] = {ROLE_LABEL: role or "other"}
        made["init"] = True
        made["stop_grace_period"] = "2s"
        return made

    def _redis(self, service: Service, entry: dict[str, Any]) -> dict[str, Any]:
        server = servers.redis(
            service.name, entry, self._box, self._folder, self.grader, self._changes
        )
        if self._is_chief(service):
            self.redis_port = server.port
        return server.service

    def _postgres(self, service: Service, entry: dict[str, Any]) -> dict[str, Any]:
        server = servers.postgres(service.name, entry, self._box, self._folder, self._changes)
        if self._is_chief(service):
            self.postgres = server.roles
        if server.set_up is not None:
            address = {"PGHOST": service.name, "PGPORT": str(servers.POSTGRES_PORT)}
            environment = server.set_up["environment"] | address
            self.set_up[service.name] = server.set_up | {"environment": environment}
        return server.service

    def _tell_inner(self, name: str, entry: dict[str, Any]) -> None:
        """What stands within a key that is read, and is not used."""
        parts = [("healthcheck", entry.get("healthcheck"))]
        for key in ("networks", "depends_on"):
            inner = entry.get(key)
            parts += [(key, part) for part in (inner.values() if isinstance(inner, dict) else ())]
        parts += [("volumes", volume) for volume in entry.get("volumes") or ()]
        for key, part in parts:
            fields = part if isinstance(part, dict) else {}
            if key == "healthcheck" and values.too_often(fields.get("interval")):
                where = f"services.{name}.healthcheck.interval"
                self._changes.add(where, "too-often", fields["interval"])
            for word in sorted(fields.keys() - _INNER[key], key=str):
                self._changes.add(f"services.{name}.{key}.{word}", "key-dropped", fields[word])

    def door(self, kept: dict[str, Any]) -> str | None:
        """The service by which the api is asked: itself, or what stands in front of it where only
        that publishes a port; None where there is no api. The gate knows it by its name."""
        chief = next(
            (service.name for service in self._file.of("api") if service.name in kept), None
        )
        if chief is None:
            return None
        published = [
            service.name
            for service in self._file.services.values()
            if service.name in kept and service.role in ("api", None) and self._ports(service.name)
            if service.name == chief or chief in service.depends_on
        ]
        door = chief if chief in published or len(published) != 1 else published[0]
        for network in kept[door]["networks"].values():
            network["aliases"] = sorted({*network.get("aliases", ()), DOOR})
        return door

    def _ports(self, name: str) -> Any:
        return (self._table["services"][name] or {}).get("ports")

    def api_port(self, door: str | None) -> int:
        """Where the api, or what stands in front of it, listens within its container."""
        entry = (self._table["services"][door] or {}) if door else {}
        exposed = entry.get("expose")
        return (
            values.container_port(entry.get("ports"), self._assignment.port)
            or values.container_port(exposed, self._assignment.port)
            or self._assignment.port
        )

    def gate(self, script: str, networks: list[str], targets: dict[str, int]) -> dict[str, Any]:
        """The way in: a port of 127.0.0.1, chosen by the Engine, for each of ``targets``."""
        routes = [
            f"{_GATE_PORTS[role]}={OWN}{role}:{port}" for role, port in sorted(targets.items())
        ]
        return {
            "image": self._box.gate,
            "command": ["python", "-c", script, *routes],
            "user": "65534:65534",
            "read_only": True,
            "networks": {network: {} for network in [*networks, _OUTSIDE]},
            "ports": [f"127.0.0.1::{_GATE_PORTS[role]}" for role in sorted(targets)],
            # The volumes live in memory: they stay as long as somebody holds them.
            "volumes": [
                {
                    "type": "volume",
                    "source": volume,
                    "target": f"/volumes/{volume}",
                    "read_only": True,
                }
                for volume in sorted(self.mounts.named)
            ],
            "labels": {ROLE_LABEL: "gate"},
            "stop_grace_period": "0s",
            "init": True,
        }

    def _networks(self, service: Service) -> dict[str, Any]:
        """The declared networks, with the names by which others know the service: in small letters,
        since the net knows no others, and none of the grader's own."""
        declared = sorted(service.networks & self._file.networks) or ["default"]
        own = service.name.lower()
        taken = {name.lower() for name in self._names}
        names = {name.strip(".").lower() for name in service.names} - taken - {own}
        for name in sorted(name for name in names if not is_free(name)):
            self._changes.add(f"services.{service.name}.networks", "name-dropped", name)
        is_server = service.role in ("redis", "postgres") and self._is_chief(service)
        gate_name = {f"{OWN}{service.role}"} if is_server else set()
        aliases = sorted({name for name in names if is_free(name)} | gate_name)
        return {network: {"aliases": aliases} if aliases else {} for network in declared}

    def _is_chief(self, service: Service) -> bool:
        return service.role is not None and self._file.of(service.role)[0].name == service.name


def _roles(file: ComposeFile, known: frozenset[str]) -> dict[str, tuple[str, ...]]:
    return {
        role: tuple(service.name for service in file.of(role) if service.name in known)
        for role in ("redis", "postgres", "api", "worker")
    }


def _bounded(made: dict[str, Any], box: Sandbox) -> dict[str, Any]:
    """The service with all that holds for every one."""
    return made | {
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "mem_limit": box.memory,
        "memswap_limit": box.memory,
        "cpus": box.cpus,
        "pids_limit": box.pids,
        "logging": {"driver": "json-file", "options": {"max-size": "16m", "max-file": "1"}},
    }


def _volume(box: Sandbox) -> dict[str, Any]:
    """In memory, so that it has an end, and open to every user, as the services' users may
    differ.
    """
    options = {"type": "tmpfs", "device": "tmpfs", "o": f"size={box.storage},mode=1777"}
    return {"driver": "local", "driver_opts": options}


def _literal(value: Any) -> Any:
    """The same with every dollar sign doubled: Compose puts nothing in any more."""
    if isinstance(value, dict):
        return {str(key).replace("$", "$$"): _literal(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_literal(inner) for inner in value]
    return value.replace("$", "$$") if isinstance(value, str) else value


def _image_name(name: str) -> str:
    return "".join(char if char.isascii() and char.isalnum() else "-" for char in name.lower())
