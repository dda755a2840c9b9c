"""`deploy/swarm` on a real Engine: deployed, scaled, a worker killed, its logs judged, nothing
left.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy
import pytest

from harness.lab6.pictures import make_picture
from harness.lab6.requests import picture_job
from harness.stack import docker_door
from harness.stack.kubernetes import images
from harness.stack.ready import answers_health, free_ports
from harness.stack.waiting import until
from harness.witness.http import Api

pytestmark = [pytest.mark.docker, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
NAME = "lab6-swarm-test"
JOBS = 20
SECONDS = 90.0


def docker(*arguments: str) -> str:
    return docker_door.run(list(arguments))


def state() -> str:
    return docker("info", "--format", "{{.Swarm.LocalNodeState}}").strip()


@pytest.fixture(scope="module")
def swarm() -> Iterator[None]:
    """A swarm of this Engine alone, which is none again afterwards."""
    if state() != "inactive":
        pytest.skip("NOT CHECKED HERE, this Engine is part of a swarm already")
    if docker("ps", "-q"):
        # Seen on Engine 20.10: containers that run while it leaves a swarm never resolve a name
        # again.
        pytest.skip(
            "NOT CHECKED HERE, other containers run, and leaving a swarm would cut them off"
        )
    bridges = docker("network", "ls", "-q", "--filter", "name=docker_gwbridge")
    docker("swarm", "init", "--advertise-addr", "127.0.0.1")
    try:
        yield
    finally:
        docker("swarm", "leave", "--force")
        if not bridges:
            docker("network", "rm", "docker_gwbridge")


@pytest.fixture
def url(swarm: None, tmp_path: Path) -> Iterator[str]:
    """The stack as its file has it, but for a port and images of the test's own."""
    made = {service: f"lab6-{service}:swarm-test" for service in ("api", "worker")}
    images.build(ROOT, made, lambda _: None)
    (port,) = free_ports(1)
    text = (ROOT / "deploy/swarm/stack.yml").read_text(encoding="utf-8")
    text = text.replace(":dev", ":swarm-test").replace("published: 8080", f"published: {port}")
    (tmp_path / "stack.yml").write_text(text, encoding="utf-8")
    file = str(tmp_path / "stack.yml")
    try:
        docker("stack", "deploy", "--resolve-image", "never", "-c", file, NAME)
        address = f"http://127.0.0.1:{port}"
        until(lambda: answers_health(address), deadline_s=SECONDS, what="/health", interval_s=0.2)
        yield address
    finally:
        docker("stack", "rm", NAME)
        until(lambda: not left(), deadline_s=SECONDS, what="the stack's end", interval_s=0.3)
        for volume in ("storage", "database"):
            docker("volume", "rm", f"{NAME}_{volume}")
        images.take_away("", made)


def left() -> str:
    mine = f"label=com.docker.stack.namespace={NAME}"
    return docker("ps", "-aq", "--filter", mine) + docker("network", "ls", "-q", "--filter", mine)


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
