"""The embedded runtime does what `Stack` promises, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import psutil
import pytest

from harness.lab6.pictures import make_picture
from harness.lab6.requests import picture_job
from harness.stack.base import Stack
from harness.stack.embedded import EmbeddedStack
from harness.stack.errors import StackError
from harness.stack.waiting import WaitTimeout, until
from harness.witness.http import Api
from harness.witness.postgres import PostgresWitness
from harness.witness.redis import RedisWitness

pytestmark = pytest.mark.embedded

SECONDS = 30.0
HOLD = """
import sys
from harness.stack.embedded import EmbeddedStack

with EmbeddedStack() as stack:
    stack.up()
    pids = [state.pid for service in ("redis", "postgres", "api", "worker") for state in stack.state(service)]
    print(stack.folder, *pids, flush=True)
    sys.stdin.read()
"""


def submit(stack: Stack, rng, action: str = "grayscale") -> str:
    with Api(stack.url) as api:
        answer = api.submit(picture_job(make_picture(rng).data, action))
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


@pytest.fixture
def rng():
    import numpy

    return numpy.random.default_rng(6)


def test_a_job_goes_all_the_way(embedded: Stack, rng) -> None:
    job_id = submit(embedded, rng)
    assert ends(embedded, job_id) == "COMPLETED"
    log = b"".join(embedded.logs("worker")).decode()
    assert f"Job {job_id} COMPLETED. Result saved to: ./storage/processed_{job_id}.png" in log


def test_a_second_up_finds_the_work_done(embedded: Stack) -> None:
    url = embedded.url
    embedded.up()
    assert embedded.url == url


def test_lines_carry_the_time_at_which_they_arrived(embedded: Stack, rng) -> None:
    before = datetime.now(UTC)
    job_id = submit(embedded, rng)
    ends(embedded, job_id)
    lines = [line for line in embedded.logs("worker", timestamps=True) if job_id.encode() in line]
    stamps = [line.partition(b" ")[0].decode() for line in lines]
    assert all(len(stamp) == len("2026-11-24T02:25:01.123456789Z") for stamp in stamps)
    times = [datetime.fromisoformat(stamp[:26] + "+00:00") for stamp in stamps]
    assert before <= times[0] <= times[-1] <= datetime.now(UTC)


def test_following_goes_on_across_a_restart_without_losing_or_doubling(
    embedded: Stack, rng
) -> None:
    seen: list[bytes] = []
    with closing(embedded.logs("worker", follow=True)) as tail:
        reader = threading.Thread(target=lambda: seen.extend(tail), daemon=True)
        reader.start()
        first = submit(embedded, rng)
        ends(embedded, first)
        embedded.restart("worker")
        second = submit(embedded, rng)
        until(
            lambda: any(f"Job {second} COMPLETED".encode() in line for line in list(seen)),
            deadline_s=SECONDS,
            what="the second job's line",
        )
    reader.join(SECONDS)
    assert not reader.is_alive()
    assert seen == list(embedded.logs("worker"))[: len(seen)]


def test_a_paused_worker_takes_nothing_and_goes_on_later(embedded: Stack, rng) -> None:
    with RedisWitness(embedded.redis_address) as redis:
        until(redis.blocked, deadline_s=SECONDS, what="the worker waits")
    embedded.pause("worker")
    try:
        assert [state.status for state in embedded.state("worker")] == ["paused"]
        with RedisWitness(embedded.redis_address) as redis:
            # The one that waits in BLPOP is served even when frozen; the next one stays.
            jobs = [submit(embedded, rng) for _ in range(2)]
            assert redis.queue_length() == 1
    finally:
        embedded.unpause("worker")
    assert [ends(embedded, job) for job in jobs] == ["COMPLETED"] * 2


def test_killed_it_has_ended_and_started_it_works_again(embedded: Stack, rng) -> None:
    embedded.kill("worker")
    state = embedded.state("worker")[0]
    assert (state.status, state.exit_code) == ("exited", -signal.SIGKILL)
    job_id = submit(embedded, rng)
    embedded.start("worker")
    assert ends(embedded, job_id) == "COMPLETED"


@pytest.mark.parametrize("service", ["redis", "postgres"])
def test_servers_keep_data_and_address_across_a_restart(embedded: Stack, rng, service: str) -> None:
    job_id = submit(embedded, rng)
    ends(embedded, job_id)
    own = partial(RedisWitness, embedded.redis_address, queue="a list of the test's own")
    with own() as redis:
        redis.push("kept")
    address = (embedded.redis_address, embedded.postgres_dsn)
    embedded.restart(service)
    assert (embedded.redis_address, embedded.postgres_dsn) == address
    with (
        own() as redis,
        PostgresWitness(embedded.postgres_dsn) as pg,
    ):
        assert redis.queue()
        assert pg.row(job_id).status == "COMPLETED"
    # The worker notices, pauses and goes on.
    assert ends(embedded, submit_when_healthy(embedded, rng)) == "COMPLETED"


def submit_when_healthy(stack: Stack, rng) -> str:
    with Api(stack.url) as api:
        until(
            lambda: api.request("GET", "/health").status == 200, deadline_s=SECONDS, what="health"
        )
    return submit(stack, rng)


def test_three_workers_share_the_queue(embedded: Stack, rng) -> None:
    embedded.scale("worker", 3)
    try:
        with RedisWitness(embedded.redis_address) as redis:
            until(lambda: len(redis.blocked()) == 3, deadline_s=SECONDS, what="three workers")
        jobs = [submit(embedded, rng) for _ in range(6)]
        assert {ends(embedded, job) for job in jobs} == {"COMPLETED"}
        lines = [
            line for line in embedded.logs("worker") if any(job.encode() in line for job in jobs)
        ]
        assert {line.partition(b"  | ")[0] for line in lines} == {
            b"worker-1",
            b"worker-2",
            b"worker-3",
        }
    finally:
        embedded.scale("worker", 1)


def test_only_workers_scale(embedded: Stack) -> None:
    with pytest.raises(StackError, match="unsupported"):
        embedded.scale("api", 2)


@pytest.mark.parametrize("path", ["/etc/passwd", "../secret", "./storage", "nothing"])
def test_only_files_of_the_run_are_read(embedded: Stack, path: str) -> None:
    with pytest.raises(StackError, match="file-missing"):
        embedded.read("worker", path)


def test_an_upload_is_read_back(embedded: Stack, rng) -> None:
    picture = make_picture(rng)
    with Api(embedded.url) as api:
        job_id = api.submit(picture_job(picture.data, "grayscale")).job_id
    assert embedded.read("api", f"./storage/{job_id}.png") == picture.data


def test_an_unknown_service_is_named() -> None:
    with pytest.raises(StackError, match="no-service"):
        EmbeddedStack().state("wrker")


def test_a_taken_port_is_told_before_anything_starts(embedded: Stack) -> None:
    port = int(embedded.url.rpartition(":")[2])
    stack = EmbeddedStack(port=port)
    with pytest.raises(StackError, match="port-busy"):
        stack.up()


def test_a_service_that_ends_is_told_with_its_last_lines(tmp_path: Path) -> None:
    for service in ("api", "worker"):
        folder = tmp_path / "lab6" / service
        folder.mkdir(parents=True)
        (folder / "main.py").write_text("import no_such_module")
    stack = EmbeddedStack(lab=tmp_path)
    with pytest.raises(StackError) as error:
        stack.up()
    assert error.value.reference == "service-ended"
    assert "no_such_module" in str(error.value.facts["log"])


def test_waiting_says_what_for() -> None:
    with pytest.raises(WaitTimeout) as error:
        until(lambda: False, deadline_s=0.05, what="a miracle")
    assert error.value.facts["what"] == "a miracle"


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "Ctrl-C"])
def test_nothing_outlives_its_parent(number: signal.Signals) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", HOLD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        folder, *pids = parent.stdout.readline().decode().split()
        assert all(psutil.pid_exists(int(pid)) for pid in pids)
        os.killpg(parent.pid, number)
        until(
            lambda: (
                not any(psutil.pid_exists(int(pid)) for pid in pids) and not Path(folder).exists()
            ),
            deadline_s=SECONDS,
            what="the processes' end",
        )
    finally:
        parent.kill()
        parent.communicate()
