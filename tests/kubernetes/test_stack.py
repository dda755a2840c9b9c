"""The runtime does what it promises on a real cluster, and leaves nothing there."""

import json
import os
import signal
import subprocess
import sys
from contextlib import closing

import numpy
import pytest

from harness.lab6.pictures import make_picture
from harness.lab6.requests import picture_job
from harness.stack import docker_door
from harness.stack.kubernetes import removal
from harness.stack.kubernetes.door import Cluster
from harness.stack.kubernetes.stack import KubernetesStack
from harness.stack.waiting import until
from harness.witness.http import Api
from harness.witness.postgres import PostgresWitness

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow]

SECONDS = 90.0
HOLD = """
import sys
from harness.stack.kubernetes.stack import KubernetesStack

with KubernetesStack() as stack:
    print(stack.name, flush=True)
    stack.up()
    print("up", flush=True)
    sys.stdin.read()
"""


def submit(stack: KubernetesStack) -> str:
    with Api(stack.url) as api:
        answer = api.submit(
            picture_job(make_picture(numpy.random.default_rng(6)).data, "grayscale")
        )
    assert answer.status == 202
    return answer.job_id or ""


def ends(stack: KubernetesStack, job_id: str) -> str:
    with PostgresWitness(stack.postgres_dsn) as postgres:
        return until(
            lambda: (
                (row := postgres.row(job_id))
                and row.status in ("COMPLETED", "FAILED")
                and row.status
            ),
            deadline_s=SECONDS,
            what="the job's end",
        )


def works(stack: KubernetesStack) -> bool:
    return ends(stack, submit(stack)) == "COMPLETED"


def images() -> set[str]:
    return {tag for image in docker_door.client().images.list() for tag in image.tags}


def test_it_works(stack: KubernetesStack) -> None:
    assert works(stack)
    assert {"runtime", "kubernetes", "redis", "postgres", "api"} <= set(stack.versions())


def test_no_pod_runs_as_root_or_writes_to_its_root(stack: KubernetesStack) -> None:
    for service in ("redis", "postgres", "api", "worker"):
        pod = stack.pods(service)[0].name
        told = stack.cluster.core.read_namespaced_pod(pod, stack.name).spec
        assert told.security_context.run_as_non_root
        assert told.containers[0].security_context.read_only_root_filesystem


@pytest.mark.parametrize("service", ["worker", "redis", "postgres", "api"])
def test_a_killed_container_comes_back(stack: KubernetesStack, service: str) -> None:
    stack.kill(service)
    stack.start(service)
    assert works(stack)


@pytest.mark.parametrize("grace_s", [None, 0])
@pytest.mark.parametrize("service", ["worker", "api"])
def test_a_deleted_pod_is_replaced(
    stack: KubernetesStack, service: str, grace_s: int | None
) -> None:
    before = {pod.uid for pod in stack.pods(service)}
    stack.delete(service, grace_s=grace_s)
    stack.start(service)
    assert not before & {pod.uid for pod in stack.pods(service) if not pod.leaving}
    assert works(stack)


def test_data_survives_a_new_pod_of_postgres(stack: KubernetesStack) -> None:
    job_id = submit(stack)
    ends(stack, job_id)
    stack.delete("postgres")
    stack.start("postgres")
    with PostgresWitness(stack.postgres_dsn) as postgres:
        assert postgres.row(job_id) is not None


def test_a_frozen_worker_takes_nothing_until_it_goes_on(stack: KubernetesStack) -> None:
    stack.pause("worker")
    assert [one.status for one in stack.state("worker")] == ["paused"]
    stack.unpause("worker")
    assert works(stack)


def test_what_is_not_there_is_told(stack: KubernetesStack) -> None:
    with pytest.raises(removal.StackError) as missing:
        stack.read("worker", "./storage/none.png")
    assert missing.value.reference == "file-missing"


def test_a_log_goes_on_across_kill_scale_rollout_and_deletion(stack: KubernetesStack) -> None:
    """Each line of each job once, whichever pod wrote it and whether it is still there."""
    jobs = []
    with closing(stack.logs("worker", follow=True, timestamps=True)) as live:
        for change in (
            lambda: stack.kill("worker"),
            lambda: stack.scale("worker", 3),
            lambda: stack.roll_out("worker"),
            lambda: stack.scale("worker", 1),
            lambda: stack.delete("worker"),
        ):
            jobs += [submit(stack) for _ in range(2)]
            for job_id in jobs:
                ends(stack, job_id)
            change()
        stack.start("worker")
        jobs.append(submit(stack))
        ends(stack, jobs[-1])
        seen = []
        wanted = {f"Job {job_id} COMPLETED" for job_id in jobs}
        while wanted:
            line = next(live).decode()
            seen.append(line)
            wanted -= {one for one in wanted if one in line}
    whole = b"".join(stack.logs("worker", timestamps=True)).decode()
    for job_id in jobs:
        assert sum(f"Job {job_id} COMPLETED" in line for line in seen) == 1
        assert whole.count(f"Job {job_id} COMPLETED") == 1
        assert whole.count(f"Data: {job_id}|") == 1
    ends_alone = b"".join(stack.logs("worker", timestamps=True, tail=2)).decode()
    assert f"Job {jobs[-1]} COMPLETED" in ends_alone
    assert b"".join(stack.logs("worker", timestamps=True)).decode() == whole


def test_a_killed_run_is_taken_down_by_its_reaper() -> None:
    before = images()
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout is not None
        name = process.stdout.readline().decode().strip()
        assert process.stdout.readline() == b"up\n"
        os.kill(process.pid, signal.SIGKILL)
    cluster = Cluster()
    until(
        lambda: not removal.exists(cluster, name),
        deadline_s=SECONDS,
        what="the end",
        interval_s=0.5,
    )
    until(lambda: images() <= before, deadline_s=SECONDS, what="images", interval_s=0.5)
    volumes = cluster.ask(cluster.core.list_persistent_volume).items
    assert not [one for one in volumes if one.metadata.name.startswith(name)]


def test_ctrl_c_in_the_middle_leaves_nothing() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "harness.cli", "demo", "--runtime", "kubernetes"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    cluster, known = Cluster(), namespaces(Cluster())
    made = until(
        lambda: namespaces(cluster) - known, deadline_s=SECONDS, what="a namespace", interval_s=0.2
    )
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=SECONDS)
    assert process.returncode == 2, told.decode()
    assert not namespaces(cluster) & made


def namespaces(cluster: Cluster) -> set[str]:
    listed = cluster.ask(cluster.core.list_namespace, label_selector="lab6.run").items
    return {one.metadata.name for one in listed}


def test_up_submit_logs_and_down_find_the_same_lab(tmp_path) -> None:
    def lab6(*words: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "harness.cli", *words], capture_output=True, check=False
        )

    up = lab6("up", "--runtime", "kubernetes", "--port", "18680")
    try:
        assert up.returncode == 0, up.stderr.decode()
        told = tmp_path / "job.json"
        sent = lab6(
            "submit",
            "docs/request/photo.jpg",
            "--action",
            "grayscale",
            "--wait",
            "--json",
            str(told),
        )
        assert sent.returncode == 0, sent.stderr.decode()
        job_id = json.loads(told.read_text())["response"]["job_id"]
        assert f"Job {job_id} COMPLETED" in lab6("logs", "worker").stdout.decode()
        assert lab6("verify", "--pods", "app=worker").returncode == 0
    finally:
        down = lab6("down")
    assert down.returncode == 0, down.stderr.decode()
    assert "lab6" not in namespaces(Cluster())
