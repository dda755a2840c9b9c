"""Task 4: the environment, judged from the compose file alone."""

import pytest

from harness.grade.composefile import ComposeFile, Service
from harness.grade.verdict import require

ROLES = ("api", "worker", "redis", "postgres")
SERVERS = ("redis", "postgres")
CLIENTS = ("api", "worker")


@pytest.mark.check("compose-services")
def test_compose_services(compose: ComposeFile, note) -> None:
    """All four roles are there; Redis and PostgreSQL are ready images."""
    for role in ROLES:
        found = compose.of(role)
        note("compose", f"{role}: {[service.name for service in found]}", where="services")
        require(found, "no-service", expected=role)
    for role in SERVERS:
        own = [service.name for service in compose.of(role) if service.build or not service.image]
        require(not own, "built-server", expected="image:", actual=own)


@pytest.mark.check("compose-names", depends_on=("compose-services",))
def test_compose_names(compose: ComposeFile, note) -> None:
    """The names that the lab's demonstration uses."""
    for role, wanted in (("redis", "redis_queue_cache"), ("worker", "image_worker_service")):
        names = [service.container_name for service in compose.of(role)]
        note("compose", names, where=f"{role}.container_name")
        require(wanted in names, "container-name", expected=wanted, actual=names)


@pytest.mark.check("compose-network", depends_on=("compose-services",))
def test_compose_network(compose: ComposeFile, note) -> None:
    """One declared network that all share."""
    shared = frozenset.intersection(*(service.networks for service in everyone(compose)))
    note("compose", sorted(shared), where="networks")
    require(
        shared & compose.networks,
        "no-shared-network",
        expected=sorted(compose.networks),
        actual=sorted(shared),
    )


@pytest.mark.check("compose-discovery", depends_on=("compose-services",))
def test_compose_discovery(compose: ComposeFile, note) -> None:
    """api and worker are told Redis and PostgreSQL by their names."""
    for role in SERVERS:
        names = {name for service in compose.of(role) for name in service.names}
        for client in CLIENTS:
            for service in compose.of(client):
                named = {
                    key: value for key, value in service.environment.items() if names & words(value)
                }
                note("compose", named, where=f"{service.name}.environment")
                require(named, "not-by-name", expected=sorted(names), actual=service.name)


@pytest.mark.check("compose-depends", depends_on=("compose-services",))
def test_compose_depends(compose: ComposeFile, note) -> None:
    """api and worker depend on redis."""
    redis = {service.name for service in compose.of("redis")}
    for client in CLIENTS:
        for service in compose.of(client):
            note("compose", sorted(service.depends_on), where=f"{service.name}.depends_on")
            require(
                redis & service.depends_on,
                "no-depends",
                expected=sorted(redis),
                actual=service.name,
            )


def everyone(compose: ComposeFile) -> list[Service]:
    return [service for role in ROLES for service in compose.of(role)]


def words(value: str) -> set[str]:
    """The host names that a value may hold: itself, or the host in a URL."""
    for sign in "/@:,=":
        value = value.replace(sign, " ")
    return set(value.split())
