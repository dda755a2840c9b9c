"""A batch without Docker: what hangs costs its own deadline, Ctrl-C leaves nothing, trust is
asked for.
"""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from harness.cli.attempt import Here
from harness.cli.batch import Batch, BatchTask
from harness.cli.slots import Slots
from harness.stack.waiting import until
from tests.mutants.variants import ROOT, variants

LIMIT_S = 120
GRADE = (sys.executable, "-m", "harness.cli", "grade")


def task(folder, name, kind=None):
    """A submission, and a place for its results."""
    lab, place = folder / name, folder / f"{name}-out"
    lab.mkdir()
    place.mkdir()
    variants(kind)[name].build(lab)
    return BatchTask(name=name, folder=lab, place=place)


@pytest.mark.slow
def test_what_hangs_costs_its_own_deadline_and_nothing_else(tmp_path):
    """Both began together; one has a verdict, the other a reason; no process is left."""
    hangs = task(tmp_path, "waits-until-the-grader-leaves", "cheats")
    fails = task(tmp_path, "never-comes-up", "mutants")
    steps = []
    here = Here(arguments=["--runtime=embedded"], deadline_s=45, slots=Slots(2))
    late, quick = Batch(machines=here, on_step=steps.append).grade([hangs, fails])
    assert late.verdict is None
    assert "0,75" in late.problem
    assert quick.verdict is not None
    assert quick.ok is False
    assert {step.task.name for step in steps if step.graded} == {hangs.name, fails.name}
    assert left(tmp_path) == []


#: The slower of the two: the suite has to notice by itself.
KILLED = pytest.param(signal.SIGKILL, -9, marks=pytest.mark.slow)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 2), KILLED])
def test_whatever_ends_the_command_ends_its_labs(tmp_path, number, status):
    """Ctrl-C: 2, and all is gone when it ends. kill -9: the suite notices, and cleans up by
    itself.
    """
    lab = tmp_path / "lab"
    lab.mkdir()
    variants("cheats")["waits-until-the-grader-leaves"].build(lab)
    command = [*GRADE, str(lab), "--runtime", "embedded"]
    with subprocess.Popen(
        [*command, "--trust", "--out", str(tmp_path / "out")],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as run:
        readers = [threading.Thread(target=pipe.read) for pipe in (run.stdout, run.stderr)]
        for reader in readers:
            reader.start()
        until(lambda: services(tmp_path), deadline_s=LIMIT_S, what="the lab under test")
        run.send_signal(number)
        assert run.wait(LIMIT_S) == status
        for reader in readers:
            reader.join()
    until(lambda: not left(tmp_path), deadline_s=30, what="nothing of the lab is left")


def test_without_docker_trust_is_asked_for(tmp_path):
    """2 and a sentence, before anything runs."""
    run = subprocess.run(
        [*GRADE, str(ROOT), "--out", str(tmp_path / "out"), "--runtime", "embedded"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert run.returncode == 2
    assert "--trust" in run.stderr
    assert not (tmp_path / "out").exists()


def services(folder):
    """The suite that grades a lab of this folder has children beside its reaper."""
    suites = left(folder)
    return [child for suite in suites for child in suite.children(recursive=True)]


def left(folder):
    """Suites that still grade something of this folder."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if process.pid != os.getpid() and any(
            str(Path(folder)) in w for w in words if "--submission" in w
        ):
            found.append(process)
    return found


pytestmark = pytest.mark.embedded
