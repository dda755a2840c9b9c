"""Every runtime does what `Stack` promises: services, logs, files, and what may be done to them."""

import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from harness.stack import docker_door as door
from harness.stack.base import DatedFiles, OpenStorage
from harness.stack.errors import StackError
from harness.stack.waiting import until
from harness.witness.postgres import PostgresWitness
from harness.witness.redis import RedisWitness
from tests.stack.jobs import PICTURE, SECONDS, end, submit, submit_when_healthy


def test_a_job_goes_all_the_way(stack):
    """From the upload to COMPLETED, and the worker's log says where the result is."""
    job_id = submit(stack)
    assert end(stack, job_id) == "COMPLETED"
    log = b"".join(stack.logs("worker")).decode()
    assert f"Job {job_id} COMPLETED. Result saved to: ./storage/processed_{job_id}.png" in log


def test_a_second_up_finds_the_work_done(stack):
    """The same lab at the same address."""
    url = stack.url
    stack.up()
    assert stack.url == url


def test_lines_carry_the_time_at_which_they_arrived(stack):
    """Nine digits, as Docker stamps them, and between now and then."""
    before = datetime.now(UTC)
    job_id = submit(stack)
    end(stack, job_id)
    lines = [line for line in stack.logs("worker", timestamps=True) if job_id.encode() in line]
    stamps = [line.partition(b" ")[0].decode() for line in lines]
    assert all(len(stamp) == len("2026-11-24T02:25:01.123456789Z") for stamp in stamps)
    times = [datetime.fromisoformat(stamp[:26] + "+00:00") for stamp in stamps]
    assert before <= times[0] <= times[-1] <= datetime.now(UTC)


def test_following_goes_on_across_a_restart_without_losing_or_doubling(stack):
    """Who follows a log has all of it, once."""
    seen = []
    with closing(stack.logs("worker", follow=True)) as tail:
        reader = threading.Thread(target=lambda: seen.extend(tail), daemon=True)
        reader.start()
        end(stack, submit(stack))
        stack.restart("worker")
        second = f"Job {submit(stack)} COMPLETED".encode()
        until(
            lambda: any(second in line for line in list(seen)),
            deadline_s=SECONDS,
            what="the second job's line",
        )
    reader.join(SECONDS)
    assert not reader.is_alive()
    assert seen == list(stack.logs("worker"))[: len(seen)]


def test_the_end_of_a_log_is_asked_for_alone(stack):
    """The last lines as they stand in the whole; all of it where it is shorter than that."""
    end(stack, submit(stack))
    whole = list(stack.logs("worker"))
    assert len(whole) > 3
    assert list(stack.logs("worker", tail=3)) == whole[-3:]
    assert list(stack.logs("worker", tail=100_000)) == whole


def test_a_paused_worker_takes_nothing_and_goes_on_later(stack):
    """The one that waits in BLPOP is served even when frozen; the next one stays."""
    with RedisWitness(stack.redis_address) as redis:
        until(redis.blocked, deadline_s=SECONDS, what="the worker waits")
        stack.pause("worker")
        try:
            assert [state.status for state in stack.state("worker")] == ["paused"]
            jobs = [submit(stack) for _ in range(2)]
            assert redis.queue_length() == 1
        finally:
            stack.unpause("worker")
    assert [end(stack, job) for job in jobs] == ["COMPLETED"] * 2


def test_killed_it_has_ended_and_started_it_works_again(stack, runtime):
    """Nothing restarts it but ``start``."""
    stack.kill("worker")
    state = stack.state("worker")[0]
    assert (state.status, state.exit_code) == ("exited", runtime.killed)
    job_id = submit(stack)
    stack.start("worker")
    assert end(stack, job_id) == "COMPLETED"


@pytest.mark.parametrize("service", ["redis", "postgres"])
def test_servers_keep_data_and_address_across_a_restart(stack, service):
    """The services find them again by themselves."""
    job_id = submit(stack)
    end(stack, job_id)
    with RedisWitness(stack.redis_address, queue="a list of the test's own") as own:
        own.push("kept")
    address = (stack.redis_address, stack.postgres_dsn)
    stack.restart(service)
    assert (stack.redis_address, stack.postgres_dsn) == address
    with (
        RedisWitness(stack.redis_address, queue="a list of the test's own") as own,
        PostgresWitness(stack.postgres_dsn) as postgres,
    ):
        assert own.queue()
        assert postgres.row(job_id).status == "COMPLETED"
    assert end(stack, submit_when_healthy(stack)) == "COMPLETED"


def test_three_workers_share_the_queue(stack):
    """And each line of their log says whose it is."""
    stack.scale("worker", 3)
    try:
        with RedisWitness(stack.redis_address) as redis:
            until(lambda: len(redis.blocked()) == 3, deadline_s=SECONDS, what="three workers")
        jobs = [submit(stack) for _ in range(6)]
        assert {end(stack, job) for job in jobs} == {"COMPLETED"}
        ids = [job.encode() for job in jobs]
        lines = [line for line in stack.logs("worker") if any(one in line for one in ids)]
        names = {state.name.encode() for state in stack.state("worker")}
        assert {line.partition(b"  | ")[0] for line in lines} == names
    finally:
        stack.scale("worker", 1)


def test_only_workers_scale(stack):
    """One api, one Redis, one PostgreSQL."""
    with pytest.raises(StackError, match="unsupported"):
        stack.scale("api", 2)


def test_an_upload_is_read_back(stack):
    """The file as the services see it."""
    assert stack.read("worker", f"./storage/{submit(stack)}.png") == PICTURE


def test_files_tell_when_they_were_written(stack):
    """A result was, before its row said COMPLETED; a runtime on another machine does not tell."""
    if not isinstance(stack, DatedFiles):
        pytest.skip("this runtime does not tell")
    began = datetime.now(UTC)
    job_id = submit(stack)
    assert end(stack, job_id) == "COMPLETED"
    path, ended = f"./storage/processed_{job_id}.png", datetime.now(UTC)
    # A file's time is that of the kernel's last tick.
    assert began - timedelta(seconds=0.02) < stack.modified("worker", path) < ended
    with pytest.raises(StackError, match="file-missing"):
        stack.modified("worker", "nothing")


def test_an_exchanged_file_keeps_its_time(stack):
    """To the last digit, so that nobody knows it from the old one by that."""
    if not isinstance(stack, DatedFiles) or not isinstance(stack, OpenStorage):
        pytest.skip("this runtime does not tell")
    job_id = submit(stack)
    assert end(stack, job_id) == "COMPLETED"
    path = f"./storage/{job_id}.png"
    before = stamp(stack, path)
    stack.write("worker", path, b"other bytes")
    assert stack.read("worker", path) == b"other bytes"
    assert stamp(stack, path) == before


def stamp(stack, path):
    """When the worker sees that the file was written, to the last digit."""
    if stack.runtime == "embedded":
        return (stack.folder / path).stat().st_mtime_ns
    container = next(
        one
        for one in door.client().containers.list()
        if stack.state("worker")[0].pid == one.attrs["State"]["Pid"]
    )
    run = container.exec_run(["stat", "--format=%.Y", path])
    assert run.exit_code == 0
    return run.output


@pytest.mark.parametrize("path", ["./storage", "nothing", "/dev/null"])
def test_only_regular_files_are_read(stack, path):
    """No folder, no device, nothing that is not there."""
    with pytest.raises(StackError, match="file-missing"):
        stack.read("worker", path)


def test_an_unknown_service_is_named(stack):
    """It has four."""
    with pytest.raises(StackError, match="no-service"):
        stack.state("wrker")
