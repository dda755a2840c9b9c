"""What a run changes of the lab's compose file: names, ports, labels and images, as a file of
Compose's own.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from harness.stack.base import SERVICES

COMPOSE_FILE = "docker-compose.yml"
PORTS = {"api": 8080, "redis": 6379, "postgres": 5432}  #: within the containers

Declared = Mapping[str, dict[str, Any]]
"""What a compose file says of each service."""


class _Reset(str):
    """``!reset``: Compose drops what the file has."""


class _Override(list[Any]):
    """``!override``: Compose takes this instead of what the file has."""


class _Dumper(yaml.SafeDumper):
    """Writes Compose's own tags."""


_Dumper.add_representer(_Reset, lambda dumper, _: dumper.represent_scalar("!reset", "null"))
_Dumper.add_representer(
    _Override, lambda dumper, value: dumper.represent_sequence("!override", list(value))
)


def override(
    declared: Declared,
    *,
    ports: Mapping[str, int],
    images: Mapping[str, str],
    isolated: Mapping[str, str] | None,
) -> str:
    """The second file: ``ports`` of this machine, ``images`` of what is built; ``isolated`` are the
    labels of a run that stands beside others, None for the lab as it stands."""
    services: dict[str, dict[str, Any]] = {service: {} for service in SERVICES}
    published = {name: [f"127.0.0.1:{ports[name]}:{inner}"] for name, inner in PORTS.items()}
    for service in ("redis", "postgres"):
        services[service]["ports"] = published[service]
    for service, image in images.items():
        services[service]["image"] = image
    if isolated is not None:
        if "command" not in declared["postgres"]:
            # So that every status which a row ever had can be read out of the server's own log.
            services["postgres"]["command"] = ["postgres", "-c", "wal_level=logical"]
        for service in SERVICES:
            services[service]["container_name"] = _Reset()
            services[service]["labels"] = dict(isolated)
        for service in PORTS:
            services[service]["ports"] = _Override(published[service])
    return yaml.dump({"services": services}, Dumper=_Dumper)


def built(declared: Declared) -> list[str]:
    """The services that the file builds."""
    return [service for service in SERVICES if "build" in declared[service]]


def declared_services(file: Path) -> Declared:
    """Empty where the file says nothing that can be read: Compose itself complains of it."""
    try:
        table = yaml.safe_load(file.read_text(encoding="utf-8"))["services"]
        return {service: dict(table.get(service) or {}) for service in SERVICES}
    except (OSError, ValueError, yaml.YAMLError, TypeError, KeyError, AttributeError):
        return {service: {} for service in SERVICES}
