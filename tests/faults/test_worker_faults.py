"""A worker that is killed, frozen, doubled or misled: every job is still done, once."""

import numpy
import pytest

from harness.lab6.pictures import enlarged, make_picture
from harness.stack.waiting import until

pytestmark = pytest.mark.embedded

KILLED = ["pop", "claim.committing", "claim.committed", "picture", "saved", "finish.committed"]
LOST = ["claim.committing", "claim.committed", "finish.committing", "finish.committed"]


@pytest.mark.parametrize("point", KILLED)
def test_a_job_outlives_its_worker_killed_at_any_point(ground, point: str) -> None:
    ground.nemesis.arm(f"worker.{point}", "kill")
    job = ground.job()
    assert ground.nemesis.hit(f"worker.{point}")
    ground.completed_once(job)


def test_a_worker_killed_while_it_waits_takes_nothing_along(ground) -> None:
    ground.at_rest()
    ground.stack.kill("worker")
    ground.completed_once(ground.job())


@pytest.mark.parametrize("point", ["save", "finish.before", "finish.committing"])
def test_a_worker_frozen_past_its_lease_comes_too_late_and_changes_nothing(ground, point) -> None:
    ground.stack.scale("worker", 2)
    ground.nemesis.arm(f"worker.{point}", "stop")
    job = ground.job()
    assert ground.nemesis.hit(f"worker.{point}")
    # Not healed: the frozen one must stay so until the other has done its job.
    until(
        lambda: ground.api.row(job).document["status"] == "COMPLETED",
        deadline_s=40,
        what="the other worker",
    )
    ground.nemesis.heal()
    ground.at_rest()
    assert ground.statuses(job)["PROCESSING"] == 2
    ground.completed_once(job)
    assert ground.log().count(f"Job {job} COMPLETED") == 1


@pytest.mark.parametrize("point", LOST)
def test_a_commit_whose_answer_is_lost_is_neither_forgotten_nor_repeated(ground, point) -> None:
    ground.nemesis.arm(f"worker.{point}", "lose")
    job = ground.job()
    assert ground.nemesis.hit(f"worker.{point}")
    ground.completed_once(job)
    ground.at_rest()
    assert ground.log().count(f"Job {job} COMPLETED") == 1


@pytest.mark.parametrize("point", ["claim.before", "finish.before"])
def test_postgres_away_at_a_step_is_waited_for(ground, point: str) -> None:
    ground.nemesis.arm(f"worker.{point}", "stop")
    job = ground.job()
    assert ground.nemesis.hit(f"worker.{point}")
    until(lambda: ground.nemesis.some("worker", "paused"), deadline_s=9, what="the frozen worker")
    ground.stack.kill("postgres")
    ground.stack.unpause("worker")
    told = "Error updating status in PostgreSQL: "
    before = ground.log().count(told)
    until(lambda: ground.log().count(told) > before, deadline_s=20, what="the worker's complaint")
    assert f"Job {job} COMPLETED" not in ground.log()
    ground.completed_once(job)


def test_a_message_delivered_five_times_is_worked_on_once(ground) -> None:
    job = ground.job()
    row = ground.api.row(job).document
    message = f"{job}|{row['input_path']}|grayscale|"
    with ground.nemesis.witness() as queue:
        for _ in range(5):
            queue.push(message)
    ground.completed_once(job)
    ground.at_rest()
    assert ground.statuses(job) == {"QUEUED": 1, "PROCESSING": 1, "COMPLETED": 1}
    assert ground.log().count(f"Duplicate event skipped: job {job}") == 5


@pytest.mark.slow
def test_four_workers_killed_together_leave_nothing_behind(ground) -> None:
    ground.stack.scale("worker", 4)
    jobs = [ground.job() for _ in range(24)]
    ground.stack.kill("worker")
    ground.completed_once(*jobs)


@pytest.mark.slow
def test_poison_fails_after_five_attempts_and_the_next_job_is_done(ground, poison: bytes) -> None:
    victim, next_one = ground.job(poison), ground.job()
    ground.completed_once(next_one)
    (row,) = ground.ended(victim, within_s=60)
    assert row["status"] == "FAILED"
    assert "«отрута»" in row["error"]  # the api says it in its clients' language
    assert ground.statuses(victim) == {"QUEUED": 1, "PROCESSING": 5, "FAILED": 1}


def test_rubbish_in_the_queue_does_no_harm(ground) -> None:
    assert ground.nemesis.inject("malformed messages")
    ground.completed_once(ground.job())


@pytest.mark.slow
def test_jobs_that_only_wait_are_not_pushed_again(ground) -> None:
    large = enlarged(make_picture(numpy.random.default_rng(1)), (3600, 3000)).data
    slow = [ground.job(large) for _ in range(6)]
    waiting = ground.job()
    ground.ended(*slow, waiting)
    log = ground.log()
    assert not [
        job for job in (*slow, waiting) if f"Redelivered Event: Job Submitted. Data: {job}" in log
    ]


@pytest.mark.slow
def test_workers_whose_clocks_and_time_zones_differ_do_every_job_once(ground) -> None:
    (ground.nemesis.folder / "worker.clock").write_text("3600")
    ground.stack.scale("worker", 3)
    jobs = [ground.job() for _ in range(30)]
    ground.completed_once(*jobs)
    for job in jobs:  # another's session is known for alive, whatever zone tells of its start
        assert ground.statuses(job)["PROCESSING"] == 1
    (ground.nemesis.folder / "worker.clock").unlink()


@pytest.fixture
def poison() -> bytes:
    """A picture that ends whoever decodes it, by a failpoint."""
    from bench.faults_load import marked

    return marked(make_picture(numpy.random.default_rng(2)).data, {"poison": "yes"})
