"""The same faults in containers, where a network can really be cut and a volume be full."""

import random
from collections.abc import Iterator

import numpy
import pytest

from bench.faults_judge import steps_of
from bench.faults_nemesis import Nemesis
from bench.faults_run import LEASE_S, running_lab
from harness.lab6.pictures import make_picture
from harness.lab6.requests import picture_job
from harness.stack.base import Stack
from harness.stack.waiting import until
from harness.witness.history import HistoryWitness
from harness.witness.http import Api
from tests.quick import mostly_slow

pytestmark = pytest.mark.docker

SECONDS = 60.0
PICTURE = make_picture(numpy.random.default_rng(6)).data


@pytest.fixture(scope="module")
def ground() -> Iterator[tuple[Stack, Nemesis, HistoryWitness]]:
    with running_lab("kit", "compose") as (stack, armed):
        nemesis = Nemesis(stack, armed, random.Random(6), lease_s=LEASE_S)
        yield stack, nemesis, HistoryWitness(stack.postgres_dsn)


def submitted(stack: Stack, count: int = 1) -> list[str]:
    with Api(stack.url) as api:
        return [api.submit(picture_job(PICTURE, "grayscale")).job_id for _ in range(count)]


def gone(nemesis: Nemesis) -> None:
    until(lambda: nemesis.some("worker", "exited"), deadline_s=SECONDS, what="the worker's end")


def completed_once(ground, *jobs: str) -> None:
    stack, nemesis, history = ground

    def all_done() -> bool:
        nemesis.heal()
        with Api(stack.url) as api:
            return all(api.row(job).document["status"] == "COMPLETED" for job in jobs)

    until(all_done, deadline_s=SECONDS, what="the jobs' end", interval_s=0.3)
    steps = steps_of(history.writes())
    for job in jobs:
        statuses = [step.values["status"] for step in steps[job]]
        assert statuses.count("COMPLETED") == 1, statuses


@pytest.mark.parametrize(
    "point", mostly_slow(["pop", "claim.committed", "finish.committing"], ["claim.committed"])
)
def test_a_job_outlives_its_workers_container(ground, point: str) -> None:
    stack, nemesis, _ = ground
    nemesis.arm(f"worker.{point}", "kill")
    (job,) = submitted(stack)
    assert nemesis.hit(f"worker.{point}")
    gone(nemesis)
    completed_once(ground, job)


@pytest.mark.slow
def test_a_container_paused_past_its_lease_completes_nothing_twice(ground) -> None:
    stack, nemesis, _ = ground
    stack.scale("worker", 2)
    nemesis.arm("worker.finish.before", "wait")
    (job,) = submitted(stack)
    assert nemesis.hit("worker.finish.before")
    with Api(stack.url) as api:  # the lease runs out, and the other one does the job
        until(
            lambda: api.row(job).document["status"] == "COMPLETED",
            deadline_s=SECONDS,
            what="the other worker",
        )
    nemesis.heal()
    with nemesis.witness() as queue:  # until the first one has come too late
        until(lambda: len(queue.blocked()) == 2, deadline_s=SECONDS, what="both workers at rest")
    completed_once(ground, job)
    told = f"Job {job} COMPLETED".encode()
    assert sum(told in line for line in stack.logs("worker")) == 1
    stack.scale("worker", 1)


@pytest.mark.slow
def test_redis_that_lost_its_data_loses_no_job(ground) -> None:
    stack, nemesis, _ = ground
    stack.pause("worker")
    jobs = submitted(stack, 10)
    assert nemesis.inject("redis flushed")
    completed_once(ground, *jobs)


@pytest.mark.slow
def test_postgres_killed_under_load_loses_no_job(ground) -> None:
    stack, _, _ = ground
    jobs = submitted(stack, 20)
    stack.kill("postgres")
    stack.start("postgres")
    completed_once(ground, *jobs)


@pytest.mark.slow
def test_a_workers_network_that_is_cut_past_its_lease_is_no_loss(ground) -> None:
    """Cut without a word, as a cable would be; the container comes back under this address or
    another.
    """
    stack, nemesis, _ = ground
    jobs = submitted(stack, 20)
    assert nemesis.inject("network cut")
    completed_once(ground, *jobs, *submitted(stack))


@pytest.mark.slow
def test_four_workers_killed_together_lose_no_job(ground) -> None:
    stack, _, _ = ground
    stack.scale("worker", 4)
    jobs = submitted(stack, 12)
    stack.kill("worker")
    completed_once(ground, *jobs)
    stack.scale("worker", 1)
