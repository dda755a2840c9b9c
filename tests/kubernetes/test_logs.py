"""`kubectl logs` in every form, piped to `lab6 verify -`: the right verdict, or what to add."""

import subprocess
import sys
from pathlib import Path

import numpy
import pytest

from harness.lab6.pictures import make_picture
from harness.lab6.requests import picture_job
from harness.stack.kubernetes.stack import KubernetesStack
from harness.stack.waiting import until
from harness.witness.http import Api
from harness.witness.postgres import PostgresWitness
from tests.kubernetes.conftest import Kubectl

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow]

JOBS = 24
#: By the words after ``kubectl logs``: the exit status, and a word of what is said.
FORMS = {
    "-l app=worker --prefix --tail=-1": (0, ""),
    "-l app=worker --prefix --tail=-1 --timestamps": (0, ""),
    "-l app=worker --tail=-1": (2, "--prefix"),
    # The lines' times show that the pods worked at once: their logs are told apart without names.
    "-l app=worker --tail=-1 --timestamps": (0, "кількох воркерів"),
    "-l app=worker": (2, "--tail=-1"),
    "-l app=worker --prefix": (2, "--tail=-1"),
    "deploy/worker": (2, "-l app=worker"),
}


@pytest.fixture(scope="module")
def submitted(stack: KubernetesStack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ids of jobs that three fresh workers have done among them; no other pods are there."""
    stack.scale("worker", 3)
    stack.roll_out("worker")
    until(
        lambda: len(stack.pods("worker")) == 3, deadline_s=90, what="old pods gone", interval_s=0.3
    )
    picture = make_picture(numpy.random.default_rng(7)).data
    with Api(stack.url) as api:
        ids = [api.submit(picture_job(picture, "grayscale")).job_id or "" for _ in range(JOBS)]
    with PostgresWitness(stack.postgres_dsn) as postgres:
        until(
            lambda: all(row.status == "COMPLETED" for row in postgres.rows(ids).values()),
            deadline_s=60,
            what="ends",
        )
    file = tmp_path_factory.mktemp("ids") / "ids.txt"
    file.write_text("\n".join(ids))
    return file


def verified(log: bytes, submitted: Path) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-m", "harness.cli", "verify", "-", "--submitted", submitted],
        input=log,
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize("words", FORMS)
def test_kubectl_logs_is_judged_rightly_or_told_what_it_lacks(
    kubectl: Kubectl, submitted: Path, words: str
) -> None:
    status, word = FORMS[words]
    log = kubectl(f"logs {words}")
    done = verified(log, submitted)
    told = done.stdout.decode() + done.stderr.decode()
    assert (done.returncode, word in told) == (status, True), told + log.decode()


@pytest.mark.parametrize("follow", [False, True])
def test_pods_are_read_from_the_cluster_whole(
    stack: KubernetesStack, submitted: Path, follow: bool
) -> None:
    words = ["verify", "--pods", "app=worker", "-n", stack.name, "--submitted", str(submitted)]
    command = [sys.executable, "-m", "harness.cli", *words]
    if not follow:
        assert subprocess.run(command, capture_output=True, check=False).returncode == 0
        return
    process = subprocess.Popen([*command, "--follow"], stderr=subprocess.PIPE)
    assert process.stderr is not None
    ends = 0
    while ends < JOBS:  # each job's end is told as it is read
        ends += b"COMPLETED" in process.stderr.readline()
    process.send_signal(2)
    process.communicate(timeout=30)
    assert process.returncode == 0
