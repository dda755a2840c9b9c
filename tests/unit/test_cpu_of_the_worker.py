"""What a worker spends is seen, by whichever of its processes it was spent."""

import subprocess
import sys
from dataclasses import dataclass

import pytest

from harness.grade.experiments.idle import cpu_s, cpu_since
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

    pid: int
    runtime = "embedded"

    def state(self, service):
        state = {"status": "running", "exit_code": None, "health": None}
        return (ServiceState(service=service, replica=1, name="w", pid=self.pid, **state),)


@pytest.mark.parametrize("program", [[PARENT, BURN], [BURN + "\nprint()\ninput()"]])
def test_what_a_process_or_its_ended_child_spent_counts(program):
    """ImageMagick that is called for one picture has ended before anybody can look at it."""
    with subprocess.Popen(
        [sys.executable, "-c", *program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        assert cpu_s(OneProcess(process.pid)) >= SPENT_S - 0.05
        process.communicate(b"\n")


def test_nobody_is_measured_where_nobody_is_seen():
    """Neither beforehand nor afterwards: no figure is no zero."""
    assert cpu_since(None, OneProcess(0)) is None
