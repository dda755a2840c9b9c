"""A compose file as the lab asks of it, read without running anything."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from harness.grade.errors import GradeError

_LARGEST = 1024 * 1024  #: bytes; a compose file is a few pages

#: Servers are recognised by their image; one that is built in their place, by its name.
_IMAGES = {
    "redis": re.compile(r"(^|/)(redis(-stack(-server)?)?|valkey)([:@]|$)"),
    "postgres": re.compile(r"(^|/)(postgres(ql)?|postgis|timescaledb)([:@]|$)"),
}
_NAMES = {
    "worker": re.compile("worker|consumer"),
    "api": re.compile("api|gateway|producer"),
    "redis": re.compile("redis|queue|broker"),
    "postgres": re.compile("postgres|pg|db|database"),
}
#: Variables that name a host; a user or a database may be called "postgres" too.
_ADDRESS = re.compile(r"HOST|URL|URI|ADDR|DSN|SERVER|BROKER|ENDPOINT|CONN", re.IGNORECASE)
_DEFAULT = re.compile(r"\$\{\w+:?-([^}]*)\}")  #: ``${REDIS_HOST:-redis}``


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

    @property
    def names(self) -> frozenset[str]:
        """The DNS names that compose gives it."""
        own = {self.name} if self.container_name is None else {self.name, self.container_name}
        return self.aliases | own

    @property
    def role(self) -> str | None:
        """``redis``, ``postgres``, ``api``, ``worker``; None for anything else."""
        for role, pattern in _IMAGES.items():
            if pattern.search(self.image or ""):
                return role
        # The container's name is the lab's own, so it says more than the service's.
        for name in filter(None, (self.container_name, self.name)):
            for role, pattern in _NAMES.items():
                if pattern.search(name.lower()) and (role not in _IMAGES or self.build):
                    return role
        return None

    def hosts(self) -> dict[str, frozenset[str]]:
        """The host names that each of its variables holds."""
        found = {key: hosts_in(key, value) for key, value in self.environment.items()}
        return {key: hosts for key, hosts in found.items() if hosts}


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeFile:
    """The services by name, and the networks that the file declares."""

    services: dict[str, Service]
    networks: frozenset[str]

    def of(self, role: str) -> tuple[Service, ...]:
        """The services in a role."""
        return tuple(service for service in self.services.values() if service.role == role)


def load_compose(file: Path) -> ComposeFile:
    """The compose file; ``GradeError`` ``compose-unreadable`` where it is none."""
    try:
        if file.stat().st_size > _LARGEST:
            raise GradeError("compose-unreadable", file=file.name, reason="> 1 MiB")
        table = yaml.safe_load(file.read_text(encoding="utf-8"))
        entries = table["services"].items()
        services = {str(name): _service(str(name), entry or {}) for name, entry in entries}
        return ComposeFile(services=services, networks=frozenset(table.get("networks") or {}))
    except (OSError, ValueError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        reason = getattr(error, "problem", None) or str(error)
        raise GradeError("compose-unreadable", file=file.name, reason=reason) from error
    except RecursionError as error:
        raise GradeError("compose-unreadable", file=file.name, reason="too deep") from error


def hosts_in(key: str, value: str) -> frozenset[str]:
    """The host names in a variable's value: a plain host, ``host:port``, a URL, ``host=…``."""
    value = _DEFAULT.sub(r"\1", value).strip().removeprefix("jdbc:")
    if "://" in value:
        try:
            return frozenset(filter(None, [urlsplit(value).hostname]))
        except ValueError:
            return frozenset()
    if named := re.findall(r"\bhost=([^\s;]+)", value):
        return frozenset(named)
    if _ADDRESS.search(key) or re.fullmatch(r"[\w.-]+:\d+", value):
        return frozenset(part.strip().partition(":")[0] for part in value.split(",")) - {""}
    return frozenset()


def _service(name: str, entry: dict[str, Any]) -> Service:
    networks = entry.get("networks") or ()
    details = networks.values() if isinstance(networks, dict) else ()
    image, container = entry.get("image"), entry.get("container_name")
    return Service(
        name=name,
        image=None if image is None else str(image),
        build="build" in entry,
        container_name=None if container is None else str(container),
        networks=frozenset(networks),
        aliases=frozenset(alias for one in details if one for alias in one.get("aliases") or ()),
        depends_on=frozenset(entry.get("depends_on") or ()),
        environment=_environment(entry.get("environment") or {}),
    )


def _environment(entry: dict[str, Any] | list[str]) -> dict[str, str]:
    if isinstance(entry, dict):
        return {str(key): "" if value is None else str(value) for key, value in entry.items()}
    pairs = (str(item).partition("=") for item in entry)
    return {key: value for key, _, value in pairs}
