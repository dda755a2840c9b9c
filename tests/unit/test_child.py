"""A service's process that ends while it is being asked about."""

import subprocess
import sys
from itertools import chain, repeat

import pytest

from harness.stack.processes import Child


class Ending(Child):
    """It is there at the first question, and gone at the next."""

    pids = repeat(None)

    @property
    def pid(self):
        """The next answer."""
        return next(self.pids)


@pytest.fixture
def other():
    """A process that waits."""
    command = [sys.executable, "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def test_who_ends_meanwhile_is_asked_once(tmp_path, other):
    """A second question would be answered by None, which to psutil is this very process: a signal
    would meet the kit itself.
    """
    one = Ending("worker", 1, [], folder=tmp_path, log=tmp_path / "log", env={})
    one.pids = chain([other.pid], repeat(None))
    assert [found.pid for found in one._family()] == [other.pid]
    one.pids = chain([other.pid], repeat(None))
    assert one.state().pid == other.pid
    assert one._family() == []
