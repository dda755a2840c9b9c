"""The process that keeps a lab up after ``lab6 up`` has returned."""

import json
import subprocess
import sys

import psutil
import pytest

from harness.stack.background import STATE
from harness.stack.ready import free_ports
from harness.stack.waiting import until

pytestmark = pytest.mark.embedded


def test_a_keeper_that_nobody_could_tell_to_end_ends():
    """Its state was removed, or is another's: the lab goes, and all its processes."""
    (port,) = free_ports(1)
    up = [sys.executable, "-m", "harness.cli", "up", "--runtime", "embedded", "--port", str(port)]
    subprocess.run(up, check=True, capture_output=True, timeout=120)
    keeper = psutil.Process(json.loads(STATE.read_text(encoding="utf-8"))["pid"])
    processes = [keeper, *keeper.children(recursive=True)]
    STATE.unlink()
    until(
        lambda: not any(map(runs, processes)),
        deadline_s=60,
        what="the keeper's end",
    )


def runs(process: psutil.Process) -> bool:
    """Whether it is more than a name that nobody has asked after."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
