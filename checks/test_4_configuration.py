"""Task 4: the environment, judged from the compose file alone."""

import pytest

from harness.grade.submission.names import is_address
from harness.grade.submission.source_hosts import host_named
from harness.grade.verdict.results import require

ROLES = ("api", "worker", "redis", "postgres")
SERVERS = ("redis", "postgres")
CLIENTS = ("api", "worker")
RECOGNISED = ("compose-services",)


@pytest.mark.check("compose-services")
def test_compose_services(compose, note) -> None:
    """All four roles are there; Redis and PostgreSQL are ready images."""
    for role in ROLES:
        names = [service.name for service in compose.of(role)]
        note("compose", f"{role}: {names}", where="services")
        require(names, "no-service", expected=role, actual=sorted(compose.services))
    for role in SERVERS:
        own = [service.name for service in compose.of(role) if service.build or not service.image]
        require(not own, "built-server", expected="image:", actual=own)


@pytest.mark.check("compose-names", depends_on=RECOGNISED)
def test_compose_names(compose, assignment, note) -> None:
    """The names that the lab's demonstration uses."""
    for role, wanted in assignment.container_names.items():
        names = [service.container_name for service in compose.of(role)]
        note("compose", names, where=f"{role}: container_name")
        require(wanted in names, "container-name", expected=wanted, actual=names)


@pytest.mark.check("compose-network", depends_on=RECOGNISED)
def test_compose_network(compose, note) -> None:
    """One declared network that all share."""
    everyone = [service for role in ROLES for service in compose.of(role)]
    for service in everyone:
        note("compose", sorted(service.networks), where=f"{service.name}: networks")
    shared = compose.networks.intersection(*(service.networks for service in everyone))
    require(shared, "no-shared-network", expected=sorted(compose.networks), actual=sorted(shared))


@pytest.mark.check("compose-discovery", depends_on=RECOGNISED)
def test_compose_discovery(compose, submission, assignment, note) -> None:
    """api and worker know Redis and PostgreSQL by names that compose gives them: from their
    environment, their command, or, where no variable of that server's holds another address, their
    own source."""
    for client in (service for role in CLIENTS for service in compose.of(role)):
        hosts = client.hosts()
        settings = {key: sorted(values) for key, values in hosts.items()}
        note("compose", settings, where=f"{client.name}: environment")
        source = submission.source_of(client.name)
        for role in SERVERS:
            names = frozenset().union(*(server.names for server in compose.of(role)))
            named = any(names & values for values in hosts.values())
            about = assignment.roles[role].name
            others = [values for key, values in hosts.items() if about.search(key.lower())]
            astray = any(is_address(value) for values in others for value in values)
            if not named and not astray and source is not None:
                named = host_named(source, names)
                note("source", named or "—", where=f"{client.name}: {role}")
            require(named, "not-by-name", expected=sorted(names), actual=client.name)


@pytest.mark.check("compose-depends", depends_on=RECOGNISED)
def test_compose_depends(compose, note) -> None:
    """api and worker depend on redis."""
    redis = {service.name for service in compose.of("redis")}
    for client in (service for role in CLIENTS for service in compose.of(role)):
        note("compose", sorted(client.depends_on), where=f"{client.name}: depends_on")
        depends = redis & client.depends_on
        require(depends, "no-depends", expected=sorted(redis), actual=client.name)
