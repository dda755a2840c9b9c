"""A container that writes without end, or one line without end, costs its reader a bounded part of
it.
"""

from contextlib import closing, contextmanager
from itertools import islice

import pytest

from harness.stack import docker_door as door
from harness.stack.container_logs import ContainerLogs

pytestmark = pytest.mark.docker

IMAGE = "python:3.11-slim"
MIB = 1024 * 1024
ONE_LINE = f"import sys\nfor _ in range(20): sys.stdout.write('x' * {MIB})\nprint('\\nafter')"
MANY_LINES = "for n in range(60_000): print(f'line {n}', 'y' * 60)"


@contextmanager
def ran(program):
    """A container that has run this program to its end."""
    container = door.client().containers.run(
        IMAGE, ["python", "-uc", program], detach=True, network_mode="none"
    )
    try:
        container.wait(timeout=120)
        yield container
    finally:
        container.remove(force=True)


def opened(container, *, follow, most=None):
    """Its log, open."""
    return closing(ContainerLogs(lambda: [container], follow=follow, timestamps=False, most=most))


def test_of_a_line_without_end_the_head_is_told():
    """And the next line is a line again."""
    with ran(ONE_LINE) as container, opened(container, follow=True) as log:
        first, second = islice(log, 2)
    assert MIB // 2 < len(first) <= MIB + 1
    assert second == b"after\n"


@pytest.mark.parametrize("follow", [True, False])
def test_a_log_ends_where_it_may_not_be_longer_and_says_so(follow):
    """Whoever reads it knows that there was more."""
    with ran(MANY_LINES) as container, opened(container, follow=follow, most=MIB) as log:
        told = list(log)
    assert 5_000 < len(told) < 20_000
    assert told[:2] == [b"line 0 " + b"y" * 60 + b"\n", b"line 1 " + b"y" * 60 + b"\n"]
    assert told[-1].startswith(b"lab6: more was written")
