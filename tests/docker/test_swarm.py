"""`deploy/swarm` on a real Engine: deployed, scaled, a worker killed, its logs judged, nothing
left.
"""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy
import pytest

from harness.lab6.pictures import make_picture
from harness.lab6.requests import picture_job
from harness.stack.errors import StackError
from harness.stack.kubernetes import images
from harness.stack.ready import answers_health, free_ports
from harness.stack.waiting import until
from harness.witness.http import Api
from tests.docker.engine_swarm import IMAGES, NAME, OF_THE_STACK, docker, listed, state, swarm_alone

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.alone]

ROOT = Path(__file__).parents[2]
JOBS = 20
SECONDS = 90.0


def lone_engine() -> None:
    """Skip where a swarm of the test's own would harm others."""
    if state() != "inactive":
        pytest.skip("NOT CHECKED HERE, this Engine is part of a swarm already")
    if docker("ps", "-q"):
        # Seen on Engine 20.10: containers that run while it leaves a swarm never resolve a name
        # again.
        pytest.skip(
            "NOT CHECKED HERE, other containers run, and leaving a swarm would cut them off"
        )


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """The stack as its file has it, but for a port and images of the test's own."""
    lone_engine()
    (port,) = free_ports(1)
    text = (ROOT / "deploy/swarm/stack.yml").read_text(encoding="utf-8")
    text = text.replace(":dev", ":swarm-test").replace("published: 8080", f"published: {port}")
    (tmp_path / "stack.yml").write_text(text, encoding="utf-8")
    file = str(tmp_path / "stack.yml")
    with swarm_alone():
        images.build(ROOT, IMAGES, lambda _: None)
        docker("stack", "deploy", "--resolve-image", "never", "-c", file, NAME)
        address = f"http://127.0.0.1:{port}"
        until(lambda: answers_health(address), deadline_s=SECONDS, what="/health", interval_s=0.2)
        yield address


def workers() -> list[str]:
    service = f"label=com.docker.swarm.service.name={NAME}_worker"
    return docker("ps", "-q", "--filter", service).split()


def ended(api: Api, job_id: str) -> bool:
    return api.row(job_id).document.get("status") in ("COMPLETED", "FAILED")


def test_jobs_are_done_by_three_workers_although_one_is_killed(url: str, tmp_path: Path) -> None:
    numbers = numpy.random.default_rng(6)
    docker("service", "scale", "--detach", f"{NAME}_worker=3")
    until(lambda: len(workers()) == 3, deadline_s=SECONDS, what="3 workers", interval_s=0.2)
    with Api(url) as api:
        ids = []
        for number in range(JOBS):
            answer = api.submit(picture_job(make_picture(numbers).data, "grayscale"))
            assert answer.status == 202
            ids.append(answer.job_id or "")
            if number == JOBS // 2:
                docker("kill", workers()[0])
        until(lambda: all(ended(api, one) for one in ids), deadline_s=SECONDS, what="ends")
        statuses = [api.row(one).document["status"] for one in ids]
    assert statuses == ["COMPLETED"] * JOBS
    until(lambda: len(workers()) == 3, deadline_s=SECONDS, what="a new worker", interval_s=0.2)

    (tmp_path / "ids.txt").write_text("\n".join(ids))
    log = subprocess.run(
        ["docker", "service", "logs", "--timestamps", f"{NAME}_worker"],  # noqa: S607
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=True,
    ).stdout
    judged = subprocess.run(
        [sys.executable, "-m", "harness.cli", "verify", "-", "--submitted", tmp_path / "ids.txt"],
        input=log,
        capture_output=True,
        check=False,
    )
    assert judged.returncode == 0, judged.stdout.decode() + log.decode()


ENDED = f"""
from tests.docker.engine_swarm import docker, swarm_alone
with swarm_alone():
    docker("volume", "create", "--label", "com.docker.stack.namespace={NAME}", "{NAME}_storage")
    print("begun", flush=True)
    input()
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_a_swarm_whose_test_was_ended_is_none_again(name: str) -> None:
    lone_engine()
    child = subprocess.Popen(
        [sys.executable, "-c", ENDED], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"begun\n"
        assert state() == "active"
        child.send_signal(getattr(signal, name))
    until(lambda: state() == "inactive", deadline_s=SECONDS, what="no swarm", interval_s=0.3)
    until(
        lambda: not listed("volume", OF_THE_STACK),
        deadline_s=SECONDS,
        what="no volume",
        interval_s=0.3,
    )


def test_a_swarm_that_was_there_is_left_as_it_is() -> None:
    """Whoever finds the Engine in a swarm ends nothing."""
    lone_engine()
    with swarm_alone():
        with pytest.raises(StackError), swarm_alone():
            pass
        assert state() == "active"
