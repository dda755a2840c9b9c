"""The compose runtime does what `Stack` promises on a real Engine, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import numpy
import pytest

from harness.lab6.pictures import make_picture
from harness.lab6.requests import picture_job
from harness.stack import docker_door
from harness.stack.base import Stack
from harness.stack.compose import ComposeStack
from harness.stack.container_logs import container_logs
from harness.stack.errors import StackError
from harness.stack.waiting import until
from harness.witness.http import Api
from harness.witness.postgres import PostgresWitness
from harness.witness.redis import RedisWitness

pytestmark = pytest.mark.docker

SECONDS = 60.0
HOLD = """
import sys
from harness.stack.compose import ComposeStack

with ComposeStack() as stack:
    print(stack.name, flush=True)
    stack.up(lambda step: print(step, flush=True))
    print("up", flush=True)
    sys.stdin.read()
"""


def submit(stack: Stack, rng) -> str:
    with Api(stack.url) as api:
        answer = api.submit(picture_job(make_picture(rng).data, "grayscale"))
    assert answer.status == 202
    return answer.job_id


def ends(stack: Stack, job_id: str) -> str:
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


def left_of(project: str) -> list[str]:
    """Names of everything that a project has on the Engine."""
    label = {"label": f"com.docker.compose.project={project}"}
    client = docker_door.client()
    found = [
        *client.containers.list(all=True, filters=label, ignore_removed=True),
        *client.networks.list(filters=label),
        *client.volumes.list(filters=label),
    ]
    return [thing.name for thing in found]


@pytest.fixture
def rng():
    return numpy.random.default_rng(6)


def test_a_job_goes_all_the_way(compose: Stack, rng) -> None:
    job_id = submit(compose, rng)
    assert ends(compose, job_id) == "COMPLETED"
    log = b"".join(compose.logs("worker")).decode()
    assert f"Job {job_id} COMPLETED. Result saved to: ./storage/processed_{job_id}.png" in log


def test_following_goes_on_across_a_restart_without_losing_or_doubling(compose: Stack, rng) -> None:
    seen: list[bytes] = []
    with closing(compose.logs("worker", follow=True)) as tail:
        reader = threading.Thread(target=lambda: seen.extend(tail), daemon=True)
        reader.start()
        ends(compose, submit(compose, rng))
        compose.restart("worker")
        second = submit(compose, rng)
        until(
            lambda: any(f"Job {second} COMPLETED".encode() in line for line in list(seen)),
            deadline_s=SECONDS,
            what="the second job's line",
        )
    reader.join(SECONDS)
    assert not reader.is_alive()
    assert seen == list(compose.logs("worker"))[: len(seen)]


def test_a_paused_worker_takes_nothing_and_goes_on_later(compose: Stack, rng) -> None:
    with RedisWitness(compose.redis_address) as redis:
        until(redis.blocked, deadline_s=SECONDS, what="the worker waits")
        compose.pause("worker")
        try:
            assert [state.status for state in compose.state("worker")] == ["paused"]
            # The one that waits in BLPOP is served even when frozen; the next one stays.
            jobs = [submit(compose, rng) for _ in range(2)]
            assert redis.queue_length() == 1
        finally:
            compose.unpause("worker")
    assert [ends(compose, job) for job in jobs] == ["COMPLETED"] * 2


def test_killed_it_has_ended_and_started_it_works_again(compose: Stack, rng) -> None:
    compose.kill("worker")
    state = compose.state("worker")[0]
    assert (state.status, state.exit_code) == ("exited", 137)
    job_id = submit(compose, rng)
    compose.start("worker")
    assert ends(compose, job_id) == "COMPLETED"


@pytest.mark.parametrize("service", ["redis", "postgres"])
def test_servers_keep_their_address_across_a_restart(compose: Stack, rng, service: str) -> None:
    address = (compose.redis_address, compose.postgres_dsn)
    compose.restart(service)
    assert (compose.redis_address, compose.postgres_dsn) == address
    with Api(compose.url) as api:
        until(
            lambda: api.request("GET", "/health").status == 200, deadline_s=SECONDS, what="health"
        )
    assert ends(compose, submit(compose, rng)) == "COMPLETED"


def test_three_workers_share_the_queue(compose: Stack, rng) -> None:
    compose.scale("worker", 3)
    try:
        with RedisWitness(compose.redis_address) as redis:
            until(lambda: len(redis.blocked()) == 3, deadline_s=SECONDS, what="three workers")
        jobs = [submit(compose, rng) for _ in range(6)]
        assert {ends(compose, job) for job in jobs} == {"COMPLETED"}
        lines = [
            line for line in compose.logs("worker") if any(job.encode() in line for job in jobs)
        ]
        names = {state.name.encode() for state in compose.state("worker")}
        assert {line.partition(b"  | ")[0] for line in lines} == names
    finally:
        compose.scale("worker", 1)


@pytest.mark.parametrize("path", ["./storage", "nothing", "/dev/null"])
def test_only_regular_files_are_read(compose: Stack, path: str) -> None:
    with pytest.raises(StackError, match="file-missing"):
        compose.read("worker", path)


def test_an_upload_is_read_back_and_the_services_are_not_root(compose: Stack, rng) -> None:
    picture = make_picture(rng)
    with Api(compose.url) as api:
        job_id = api.submit(picture_job(picture.data, "grayscale")).job_id
    assert compose.read("worker", f"./storage/{job_id}.png") == picture.data
    state = compose.state("worker")[0]
    container = docker_door.client().containers.get(state.name)
    assert container.exec_run(["id", "-u"]).output.strip() != b"0"


def test_the_lab_as_it_stands_has_its_names_and_its_port(rng) -> None:
    port = 18080
    with ComposeStack(isolated=False, port=port) as lab:
        lab.up()
        names = [lab.state(service)[0].name for service in ("redis", "postgres", "api", "worker")]
        assert names == [
            "redis_queue_cache",
            "postgres_db",
            "image_api_gateway",
            "image_worker_service",
        ]
        assert lab.url == f"http://127.0.0.1:{port}"
        assert ends(lab, submit(lab, rng)) == "COMPLETED"
        found = ComposeStack.find_running()
        assert found is not None
        assert (found.url, found.redis_address, found.postgres_dsn) == (
            lab.url,
            lab.redis_address,
            lab.postgres_dsn,
        )
        with pytest.raises(StackError, match="unsupported"):
            lab.scale("worker", 2)
        with closing(container_logs("image_worker_service")) as log:
            assert b"Worker started listening for events..." in b"".join(log)
    assert left_of("lab6") == []
    assert ComposeStack.find_running() is None


def test_a_taken_port_is_told_before_anything_starts(compose: Stack) -> None:
    port = int(compose.url.rpartition(":")[2])
    with pytest.raises(StackError) as error:
        ComposeStack(isolated=False, port=port).up()
    assert (error.value.reference, error.value.facts["port"]) == ("port-busy", port)


def test_a_taken_container_name_is_told() -> None:
    client = docker_door.client()
    other = client.containers.create("redis:6-alpine", name="redis_queue_cache")
    try:
        with pytest.raises(StackError) as error:
            ComposeStack(isolated=False, port=18081).up()
        assert (error.value.reference, error.value.facts) == (
            "name-taken",
            {"name": "redis_queue_cache"},
        )
        assert left_of("lab6") == []
    finally:
        other.remove(force=True, v=True)


def test_an_image_that_is_nowhere_is_named(tmp_path: Path) -> None:
    text = "services:\n" + "".join(
        f"  {name}:\n    image: no-such-image.invalid/{name}:1\n"
        for name in ("redis", "postgres", "api", "worker")
    )
    (tmp_path / "docker-compose.yml").write_text(text)
    stack = ComposeStack(lab=tmp_path)
    with pytest.raises(StackError) as error:
        stack.up()
    assert error.value.reference == "image-missing"
    assert left_of(stack.name) == []


def test_a_service_that_ends_is_told_with_its_last_lines(tmp_path: Path) -> None:
    same = "    image: redis:6-alpine\n"
    stands_in = f"{same}    command: [redis-server]\n"
    text = f"services:\n  redis:\n{same}  postgres:\n{stands_in}  api:\n{same}"
    text += "    command: [sh, -c, 'echo no luck >&2; exit 3']\n  worker:\n" + same
    (tmp_path / "docker-compose.yml").write_text(text)
    stack = ComposeStack(lab=tmp_path)
    with pytest.raises(StackError) as error:
        stack.up()
    assert (error.value.reference, error.value.facts["code"]) == ("service-ended", 3)
    assert "no luck" in str(error.value.facts["log"])
    assert left_of(stack.name) == []


def test_no_engine_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    with pytest.raises(StackError, match="engine-silent"):
        docker_door.engine()


def test_a_container_that_is_not_there_is_told() -> None:
    with pytest.raises(StackError, match="container-missing"):
        container_logs("no_such_container")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize(
    ("number", "moment"),
    [(signal.SIGKILL, "up"), (signal.SIGKILL, "start"), (signal.SIGINT, "start")],
    ids=["kill -9", "kill -9 while it starts", "Ctrl-C while it starts"],
)
def test_nothing_outlives_its_parent(number: signal.Signals, moment: str) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-u", "-c", HOLD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        project = parent.stdout.readline().decode().strip()
        for line in parent.stdout:
            if line.decode().strip() == moment:
                break
        if moment == "start":
            until(lambda: left_of(project), deadline_s=SECONDS, what="the first of its things")
        os.killpg(parent.pid, number)
        parent.wait(SECONDS)
        gone = []
        until(
            lambda: gone.append(not left_of(project)) or (gone[-3:] == [True] * 3),
            deadline_s=SECONDS,
            what="the containers' end",
            interval_s=0.5,
        )
    finally:
        parent.kill()
        parent.communicate()


@pytest.mark.parametrize("service", ["api", "worker"])
def test_a_service_is_nobody_and_writes_to_the_storage_alone(compose, service):
    """No root, no capability, a root folder that cannot be written; the storage can, and so can /tmp."""
    container = next(
        one
        for one in docker_door.client().containers.list()
        if one.labels.get("com.docker.compose.project") == compose.name
        and one.labels["com.docker.compose.service"] == service
    )

    def said(command):
        return container.exec_run(["sh", "-c", command]).output.decode()

    assert said("id -u").strip() != "0"
    assert "CapEff:\t0000000000000000" in said("cat /proc/1/status")
    assert "NoNewPrivs:\t1" in said("cat /proc/1/status")
    for place in ("/app", "/etc", "/usr/lib", "/var"):
        assert "ead-only" in said(f"echo x > {place}/new") or "denied" in said(
            f"echo x > {place}/new"
        )
    assert (
        said(
            "echo x > /app/storage/new && rm /app/storage/new && echo x > /tmp/new && echo fine"
        ).strip()
        == "fine"
    )
