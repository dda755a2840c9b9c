"""Which tests run here, what the others lack or wait for, and the labs that many tests share."""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from harness.stack.base import Stack
from tests.day import VARIABLE, day, is_todays
from tests.needs import NEEDS, lacking

_LEFT = pytest.StashKey[Counter[str]]()


def pytest_configure() -> None:
    """Decide on the day once for all processes. Hear Ctrl-C even where a shell started the run in
    the background: what tests start inherits it.
    """
    day()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header() -> str:
    """What repeats a run whose tests take turns by the day."""
    return f"{VARIABLE}={os.environ[VARIABLE]}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What lacks something is left out by name. A marker says what a test needs, wherever it
    stands; who asks for the browser needs it, said or not. What is not this day's waits for its own.
    """
    numbers: Counter[str] = Counter()
    waiting = []
    for item in items:
        if item.get_closest_marker("slow"):
            file = item.nodeid.partition("::")[0]
            if not is_todays(file, numbers[file]):
                waiting.append(item)
            numbers[file] += 1
    if waiting:
        items[:] = [item for item in items if item not in waiting]
        config.hook.pytest_deselected(items=waiting)
        config.stash[_LEFT] = _by_room(waiting)
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
        for marker in NEEDS:
            if item.get_closest_marker(marker) and (reason := lacking(marker)):
                item.add_marker(pytest.mark.skip(reason=f"NOT CHECKED HERE, {reason}"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Several processes share the tests as ``tests.together`` says; marks are not known here."""
    from tests.together import ByLab

    return ByLab(config, log)


def pytest_deselected(items: list[pytest.Item]) -> None:
    """Count what `make test` leaves to `make test-all`."""
    config = items[0].config
    if config.option.markexpr == "not slow":
        slow = [item for item in items if item.get_closest_marker("slow")]
        config.stash.setdefault(_LEFT, Counter()).update(_by_room(slow))


def _by_room(items: list[pytest.Item]) -> Counter[str]:
    return Counter(item.path.parent.name for item in items)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """One of several processes tells the first what it has left out."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left"] = dict(session.config.stash.get(_LEFT, {}))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """All of them leave out the same."""
    if left := getattr(node, "workeroutput", {}).get("left"):  # one that crashed tells nothing
        node.config.stash[_LEFT] = Counter(left)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say what was left, before the closing line."""
    left = terminalreporter.config.stash.get(_LEFT, Counter())
    if left:
        to = "other days (LAB6_DAY)" if os.environ.get("LAB6_DAILY") else "`make test-all`"
        terminalreporter.section(f"left to {to}: {left.total()} tests")
        rooms = (f"{room} {number}" for room, number in sorted(left.items()))
        terminalreporter.write_line(", ".join(rooms))


@pytest.fixture(scope="session")
def embedded() -> Iterator[Stack]:
    """One embedded lab for all tests that leave it as they found it."""
    from harness.stack.embedded import EmbeddedStack

    with EmbeddedStack() as stack:
        stack.up()
        yield stack


@pytest.fixture(scope="module")
def compose() -> Iterator[Stack]:
    """One lab in containers for a file's tests, which leave it as they found it."""
    from harness.stack.compose import ComposeStack

    with ComposeStack() as stack:
        stack.up()
        yield stack
