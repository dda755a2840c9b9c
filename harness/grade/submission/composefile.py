"""A compose file as the lab asks of it, read without running anything."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness.grade.errors import GradeError
from harness.grade.submission.assignment import Role, load_assignment
from harness.grade.submission.names import is_free
from harness.grade.submission.own_folder import is_inside
from harness.grade.submission.reading import pairs, read_compose

_DEEPEST = 6  #: levels of folders that are looked through

#: The names that Compose looks for, in its order.
FILES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")

#: Variables that name a host; a user or a database may be called "postgres" too.
_ADDRESS = re.compile(r"HOST|URL|URI|ADDR|DSN|SERVER|BROKER|ENDPOINT|CONN", re.IGNORECASE)
#: Variables whose plain value is no host, though a server may be called the same.
_NO_ADDRESS = re.compile(r"USER|PASS|PWD|LOGIN|NAME|SCHEMA|DATABASE|DB$", re.IGNORECASE)
_NAMED_HOST = re.compile(r"\b(?:host|server|data source)\s*=\s*([^\s;,:]+)", re.IGNORECASE)
_DEFAULT = re.compile(r"\$\{\w+:?-([^}]*)\}")  #: ``${REDIS_HOST:-redis}``

_CLIENTS = ("api", "worker")  #: roles whose services ask servers


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service of the file."""

    name: str
    image: str | None
    build: bool
    container_name: str | None
    networks: frozenset[str]
    aliases: frozenset[str]  #: names that its networks give it
    depends_on: frozenset[str]
    environment: dict[str, str]
    words: tuple[str, ...]  #: of its command and entrypoint
    role: str | None  #: ``redis``, ``postgres``, ``api``, ``worker``; None for anything else

    @property
    def names(self) -> frozenset[str]:
        """The DNS names that compose gives it."""
        own = {self.name} if self.container_name is None else {self.name, self.container_name}
        return self.aliases | own

    def hosts(self) -> dict[str, frozenset[str]]:
        """The host names that each of its variables holds."""
        variables = self.environment | {f"command {n}": word for n, word in enumerate(self.words)}
        named = {key: hosts_in(key, value) for key, value in variables.items()}
        return {key: hosts for key, hosts in named.items() if hosts}


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeFile:
    """The services by name, and the networks that the file declares."""

    services: dict[str, Service]
    networks: frozenset[str]

    def of(self, role: str) -> tuple[Service, ...]:
        """The services in a role; of several servers (one may be a cache) first the one that the
        api and the worker ask for.
        """
        found = [service for service in self.services.values() if service.role == role]
        if role in _CLIENTS:
            return tuple(found)
        return tuple(sorted(found, key=self._clients_of, reverse=True))

    def _clients_of(self, server: Service) -> tuple[int, int]:
        """How many of these name it in a variable or a command, and how many wait for it."""
        clients = [service for service in self.services.values() if service.role in _CLIENTS]
        named = [frozenset[str]().union(*client.hosts().values()) for client in clients]
        return (
            sum(bool(hosts & server.names) for hosts in named),
            sum(server.name in client.depends_on for client in clients),
        )

    @property
    def has_proxy(self) -> bool:
        """Whether a service without a role waits for the api: it may stand in front of it."""
        apis = {service.name for service in self.of("api")}
        return any(
            service.role is None and apis & service.depends_on for service in self.services.values()
        )


def find_compose(folder: Path) -> Path:
    """The compose file of a submission: the only one of the shallowest level that has any, as an
    archive is often unpacked into a folder of its own, and the file may lie in ``docker/``.

    ``GradeError``: ``compose-file-missing``, ``submission-link`` where it lies in another folder.
    """
    level = [folder]
    for _ in range(_DEEPEST):
        files = [
            file
            for place in level
            if (file := next((place / name for name in FILES if (place / name).is_file()), None))
        ]
        if len(files) == 1:
            if not is_inside(files[0], folder):
                raise GradeError("submission-link", folder=folder.name, link=files[0].parent.name)
            return files[0]
        if files:
            break
        level = [inner for place in level for inner in sorted(_folders(place)) if inner.is_dir()]
    raise GradeError("compose-file-missing", folder=folder.name, names=", ".join(FILES))


def load_compose(file: Path, roles: dict[str, Role] | None = None) -> ComposeFile:
    """The compose file, understood; ``GradeError`` ``compose-unreadable`` where it is none."""
    return understood(read_compose(file), file, roles or load_assignment().roles)


def understood(table: dict[str, Any], file: Path, roles: dict[str, Role]) -> ComposeFile:
    """What the table that ``read_compose`` has read from ``file`` says; the same error."""
    try:
        entries = table["services"].items()
        services = {str(name): _service(str(name), entry or {}, roles) for name, entry in entries}
        services = _by_what_they_do(services, dict(entries))
        services = _with_roles_by_elimination(services, entries)
        networks = frozenset(filter(is_free, map(str, table.get("networks") or {})))
        return ComposeFile(services=services, networks=networks)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise GradeError("compose-unreadable", file=file.name, reason=repr(error)) from error


def _folders(folder: Path) -> list[Path]:
    try:
        return [place for place in folder.iterdir() if not place.name.startswith((".", "__MACOSX"))]
    except OSError:
        return []


def hosts_in(key: str, value: str) -> frozenset[str]:
    """The host names in a variable's value: a plain host, ``host:port``, a URL, ``host=…``."""
    value = _DEFAULT.sub(r"\1", value).strip().removeprefix("jdbc:")
    if "://" in value:
        try:
            return frozenset(filter(None, [urlsplit(value).hostname]))
        except ValueError:
            return frozenset()
    if named := _NAMED_HOST.findall(value):
        return frozenset(named)
    parts = [part.strip() for part in value.split(",")]
    if _ADDRESS.search(key):
        return frozenset(part.partition(":")[0] for part in parts) - {""}
    if ported := [part for part in parts if re.fullmatch(r"[\w.-]+:\d+", part)]:
        return frozenset(part.partition(":")[0] for part in ported)
    plain = re.fullmatch(r"[A-Za-z][\w.-]*", value) and not _NO_ADDRESS.search(key)
    return frozenset([value]) if plain else frozenset()


def _service(name: str, entry: dict[str, Any], roles: dict[str, Role]) -> Service:
    networks = entry.get("networks") or ("default",)  # Compose's own, where none is named
    details = networks.values() if isinstance(networks, dict) else ()
    image, container = entry.get("image"), entry.get("container_name")
    return Service(
        name=name,
        image=None if image is None else str(image),
        build="build" in entry,
        container_name=None if container is None else str(container),
        networks=frozenset(networks),
        aliases=frozenset(
            alias for detail in details if detail for alias in detail.get("aliases") or ()
        ),
        depends_on=frozenset(entry.get("depends_on") or ()),
        environment=pairs(entry.get("environment") or {}),
        words=tuple(word for key in ("entrypoint", "command") for word in _words(entry.get(key))),
        role=_role(name, entry, roles),
    )


def _by_what_they_do(services: dict[str, Service], entries: dict[Any, Any]) -> dict[str, Service]:
    """A name is a hint and no more. What never starts (a profile) and what ends on purpose (a
    migration that others wait for) is none of the lab's services; nor is a ready image where the
    work builds such a service itself (grafana, a proxy called gateway), or a built one where a
    ready server is there (a worker called redis-queue)."""
    waited = _waited_to_end(entries)
    aside = {str(name) for name, entry in entries.items() if (entry or {}).get("profiles")} | waited
    aside |= _in_front(services, aside)
    for service in services.values():
        rivals = [
            other
            for other in services.values()
            if other.role == service.role
            and other.name not in aside
            and other.build != service.build
        ]
        if rivals and service.build is (service.role in ("redis", "postgres")):
            aside.add(service.name)
    return {
        name: replace(service, role=None) if name in aside else service
        for name, service in services.items()
    }


def _in_front(services: dict[str, Service], aside: set[str]) -> set[str]:
    """Who is called an api, and only passes on: none of the servers is its own, and another one's
    they are."""
    called = [
        service
        for service in services.values()
        if service.role == "api" and service.name not in aside
    ]
    asking = [
        service.name
        for service in called
        if _speaks_to(service, services, "redis") or _speaks_to(service, services, "postgres")
    ]
    return {service.name for service in called if service.name not in asking} if asking else set()


def _waited_to_end(entries: dict[Any, Any]) -> set[str]:
    """Who has to have ended before another begins."""
    asked = [(entry or {}).get("depends_on") for entry in entries.values()]
    pairs = [pair for waits in asked if isinstance(waits, dict) for pair in waits.items()]
    return {
        str(name)
        for name, how in pairs
        if isinstance(how, dict) and how.get("condition") == "service_completed_successfully"
    }


def _with_roles_by_elimination(
    services: dict[str, Service], entries: Iterable[tuple[Any, Any]]
) -> dict[str, Service]:
    """A name may say nothing ("web", "processor"): where no service is the api, the only other one
    that is built and publishes a port is; where none is the worker, the only one that is built and
    does not."""
    out = _waited_to_end(dict(entries))
    out |= {str(name) for name, entry in entries if (entry or {}).get("profiles")}
    published = {str(name) for name, entry in entries if (entry or {}).get("ports")}
    for role, wanted in (("api", True), ("worker", False)):
        if any(service.role == role for service in services.values()):
            continue
        others = [
            name
            for name, service in services.items()
            if service.role is None and service.build and (name in published) is wanted
            if name not in out
        ]
        if len(others) > 1:  # a page in front of it, perhaps: who speaks to Redis is the one
            others = [name for name in others if _speaks_to(services[name], services, "redis")]
        if len(others) == 1:
            services = {**services, others[0]: replace(services[others[0]], role=role)}
    return services


def _speaks_to(service: Service, services: dict[str, Service], role: str) -> bool:
    """Whether it waits for that server, or names it in a variable."""
    servers = [server for server in services.values() if server.role == role]
    named = frozenset().union(*service.hosts().values())
    return any(server.name in service.depends_on or server.names & named for server in servers)


def _role(name: str, entry: dict[str, Any], roles: dict[str, Role]) -> str | None:
    """By its image; by its name where it has none, or is built in a server's place."""
    image = str(entry.get("image") or "")
    for role, known in roles.items():
        if known.image is not None and known.image.search(image):
            return role
    # The container's name is the lab's own, so it says more than the service's.
    for word in filter(None, (entry.get("container_name"), name)):
        for role, known in sorted(roles.items(), key=lambda item: item[1].image is not None):
            if known.name.search(str(word).lower()) and (known.image is None or "build" in entry):
                return role
    return None


def _words(command: Any) -> list[str]:
    return [
        str(word) for word in (command if isinstance(command, list) else str(command or "").split())
    ]
