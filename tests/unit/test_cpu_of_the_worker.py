"""What a worker spends is seen, by whichever of its processes it was spent."""

import os
import subprocess
import sys
from dataclasses import dataclass

import pytest

from harness.grade.experiments.worker_cpu import ENDED_CHILDREN_COUNT, CpuSeen, cpu_of, cpu_since
from harness.stack.base import ServiceState

SPENT_S = 0.3
BURN = f"import time\nwhile time.process_time() < {SPENT_S}: pass"
PARENT = """
import subprocess, sys
subprocess.run([sys.executable, "-c", sys.argv[1]])
print("ended", flush=True)
input()
"""


@dataclass
class OneProcess:
    """A runtime of this machine with one process for a worker."""

    pid: int | None
    runtime = "embedded"

    def state(self, service):
        state = {"status": "running", "exit_code": None, "health": None}
        return (ServiceState(service=service, replica=1, name="w", pid=self.pid, **state),)


@pytest.mark.skipif(
    not ENDED_CHILDREN_COUNT, reason="ended children are not counted here, and nobody looks"
)
@pytest.mark.parametrize("program", [[PARENT, BURN], [BURN + "\nprint()\ninput()"]])
def test_what_a_process_or_its_ended_child_spent_counts(program):
    """ImageMagick that is called for one picture has ended before anybody can look at it."""
    with subprocess.Popen(
        [sys.executable, "-c", *program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        assert cpu_of(OneProcess(process.pid)).seconds >= SPENT_S - 0.05
        process.communicate(b"\n")


def test_nobody_is_measured_where_nobody_is_seen():
    """Neither beforehand nor afterwards: no figure is no zero."""
    here, nobody = OneProcess(os.getpid()), OneProcess(None)
    assert cpu_since(None, here) is None
    assert cpu_since(cpu_of(here), nobody) is None
    assert cpu_of(nobody) is None


def test_a_worker_that_was_started_anew_is_not_measured():
    """A worker may end after each job and be started again: its new process has spent nothing."""
    before = CpuSeen(pids=frozenset({1}), seconds=5.0)
    assert cpu_since(before, OneProcess(os.getpid())) is None
    assert cpu_since(cpu_of(OneProcess(os.getpid())), OneProcess(os.getpid())) >= 0
