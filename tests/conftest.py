"""What the machine can run: tests that need more are left out by name, and say why."""

from collections.abc import Iterator

import pytest

from harness.stack.base import Stack
from harness.stack.errors import StackError


def _lacking(marker: str) -> str | None:
    """Why tests of this marker cannot run here; None where they can."""
    from harness.stack.docker_door import engine
    from harness.stack.servers import find_postgres, find_redis

    try:
        if marker == "docker":
            engine()
        else:
            find_postgres()
            find_redis()
    except StackError as error:
        return f"{marker}: {error.reference}"
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what cannot run: docker/ needs an Engine, embedded/ and its like a real PostgreSQL and Redis."""
    reasons: dict[str, str | None] = {}
    for item in items:
        folder = item.path.parent.name
        kind = "embedded" if folder in ("mutants", "attacks", "faults") else folder
        if kind not in ("docker", "embedded"):
            continue
        item.add_marker(kind)
        if kind not in reasons:
            reasons[kind] = _lacking(kind)
        if reasons[kind]:
            item.add_marker(pytest.mark.skip(reason=f"NOT CHECKED HERE, {reasons[kind]}"))


@pytest.fixture(scope="session")
def embedded() -> Iterator[Stack]:
    """One embedded lab for all tests that leave it as they found it."""
    from harness.stack.embedded import EmbeddedStack

    with EmbeddedStack() as stack:
        stack.up()
        yield stack


@pytest.fixture(scope="session")
def compose() -> Iterator[Stack]:
    """One lab in containers for all tests that leave it as they found it."""
    from harness.stack.compose import ComposeStack

    with ComposeStack() as stack:
        stack.up()
        yield stack
