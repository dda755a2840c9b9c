"""A compose file as the lab asks of it, read without running anything."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from harness.grade.errors import GradeError

_LARGEST = 1024 * 1024  #: bytes; a compose file is a few pages

#: How a service is recognised: by its image, else by its name or its container's.
_BY_IMAGE = {
    "redis": re.compile(r"(^|/)(redis|valkey)(:|$)"),
    "postgres": re.compile(r"(^|/)postgres(ql)?(:|$)"),
}
_BY_NAME = {
    "redis": re.compile("redis|queue|broker"),
    "postgres": re.compile("postgres|pg|db"),
    "worker": re.compile("worker|consumer"),
    "api": re.compile("api|gateway|producer"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service of the file."""

    name: str
    image: str | None
    build: bool
    container_name: str | None
    networks: frozenset[str]
    depends_on: frozenset[str]
    environment: dict[str, str]

    @property
    def names(self) -> frozenset[str]:
        """The DNS names that compose gives it."""
        return frozenset({self.name, *([self.container_name] if self.container_name else [])})


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeFile:
    """The services by name, and the networks that the file declares."""

    services: dict[str, Service]
    networks: frozenset[str]

    def of(self, role: str) -> tuple[Service, ...]:
        """The services in a role: ``redis``, ``postgres``, ``api``, ``worker``."""
        return tuple(service for service in self.services.values() if _role(service) == role)


def load_compose(file: Path) -> ComposeFile:
    """The compose file; ``GradeError`` ``compose-unreadable`` where it is none."""
    try:
        if file.stat().st_size > _LARGEST:
            raise GradeError("compose-unreadable", file=file.name, reason="> 1 MiB")
        table = yaml.safe_load(file.read_text(encoding="utf-8"))
        services = {
            str(name): _service(str(name), entry or {}) for name, entry in table["services"].items()
        }
        return ComposeFile(services=services, networks=frozenset(table.get("networks") or {}))
    except (
        OSError,
        UnicodeDecodeError,
        yaml.YAMLError,
        KeyError,
        TypeError,
        AttributeError,
    ) as error:
        raise GradeError("compose-unreadable", file=file.name, reason=str(error)) from error


def _role(service: Service) -> str | None:
    if service.image:
        for role, pattern in _BY_IMAGE.items():
            if pattern.search(service.image):
                return role
    # The container's name is the lab's own, so it says more than the service's.
    for name in filter(None, (service.container_name, service.name)):
        for role in ("worker", "api", "redis", "postgres"):
            if _BY_NAME[role].search(name.lower()):
                return role
    return None


def _service(name: str, entry: dict[str, Any]) -> Service:
    return Service(
        name=name,
        image=entry.get("image"),
        build="build" in entry,
        container_name=entry.get("container_name"),
        networks=frozenset(entry.get("networks") or ()),
        depends_on=frozenset(entry.get("depends_on") or ()),
        environment=_environment(entry.get("environment") or {}),
    )


def _environment(entry: dict[str, Any] | list[str]) -> dict[str, str]:
    if isinstance(entry, dict):
        return {str(key): "" if value is None else str(value) for key, value in entry.items()}
    pairs = (item.partition("=") for item in entry)
    return {key: value for key, _, value in pairs}
