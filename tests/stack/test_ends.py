"""A stack of any runtime that cannot begin says why, and none outlives the process that made it."""

import os
import signal
import subprocess
import sys

import psutil
import pytest

from harness.stack.errors import StackError
from harness.stack.waiting import until
from tests.stack.jobs import SECONDS
from tests.stack.runtimes import BY_NAME, RUNTIMES

HOLD = """
import sys
{make}
with Made() as stack:
    stack.up(lambda step: print(step, stack.name, flush=True))
    print("up", stack.name, flush=True)
    sys.stdin.read()
"""


def test_a_taken_port_is_told_before_anything_starts(stack, runtime):
    """By its number."""
    port = int(stack.url.rpartition(":")[2])
    with pytest.raises(StackError) as error:
        runtime.on_port(port).up()
    assert (error.value.reference, error.value.facts["port"]) == ("port-busy", port)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize(
    ("number", "moment"),
    [
        pytest.param(signal.SIGKILL, "up", id="kill -9"),
        pytest.param(signal.SIGKILL, "start", id="kill -9 while it starts", marks=pytest.mark.slow),
        pytest.param(signal.SIGINT, "start", id="Ctrl-C while it starts"),
        pytest.param(signal.SIGINT, "up", id="Ctrl-C", marks=pytest.mark.slow),
    ],
)
def test_nothing_outlives_its_parent(name, number, moment):
    """Neither process nor container, network, volume, folder."""
    runtime = RUNTIMES[name]
    parent = subprocess.Popen(
        [sys.executable, "-u", "-c", HOLD.format(make=runtime.make)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        own_name = reached(parent, moment)
        pids = {one.pid for one in psutil.Process(parent.pid).children(recursive=True)}
        until(lambda: runtime.left(own_name, pids), deadline_s=SECONDS, what="its first things")
        os.killpg(parent.pid, number)
        parent.wait(SECONDS)
        gone = []  # three times in a row: an Engine may still be making what was asked for
        until(
            lambda: gone.append(not runtime.left(own_name, pids)) or gone[-3:] == [True] * 3,
            deadline_s=SECONDS,
            what="the end of all",
            interval_s=0.5,
        )
    finally:
        parent.kill()
        parent.communicate()


def reached(parent, moment):
    """Read until it says that it is there; the stack's name."""
    for line in parent.stdout:
        step, _, name = line.decode().strip().partition(" ")
        if step == moment:
            return name
    raise AssertionError(f"it ended before {moment}")
