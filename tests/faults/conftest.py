"""One lab with failpoints for all directed faults; it is whole again before each test."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy
import psycopg2
import pytest

from bench.faults_judge import steps_of
from bench.faults_nemesis import Nemesis
from bench.faults_run import LEASE_S, running_lab
from harness.lab6.oracle.judging import judge_picture
from harness.lab6.pictures import make_picture
from harness.lab6.requests import picture_job
from harness.stack.base import Stack
from harness.stack.waiting import until
from harness.witness.history import HistoryWitness
from harness.witness.http import Answer, Api
from harness.witness.redis import RedisWitness

#: After an error of Redis a worker rests for 5 s; a lease runs for 3 s, a lost event is missed
#: after 2 s.
SECONDS = 40.0
PICTURE = make_picture(numpy.random.default_rng(6)).data


class Ground:
    """A running lab, who harms it, and who sees what became of the jobs."""

    def __init__(self, stack: Stack, armed: Path) -> None:
        self.stack = stack
        self.nemesis = Nemesis(stack, armed, random.Random(6), lease_s=LEASE_S)
        self.history = HistoryWitness(stack.postgres_dsn)
        self.api = Api(stack.url)

    def submitted(self, picture: bytes = PICTURE) -> Answer:
        return self.api.submit(picture_job(picture, "grayscale"))

    def job(self, picture: bytes = PICTURE) -> str:
        answer = self.submitted(picture)
        assert (answer.status, answer.document["status"]) == (202, "QUEUED")
        return answer.job_id

    def ended(self, *jobs: str, within_s: float = SECONDS) -> list[dict]:
        """The rows, once all of them have ended; what died meanwhile is started again."""

        def rows() -> list[dict] | None:
            self.nemesis.heal()
            found = [self.api.row(job).document for job in jobs]
            return found if all(one["status"] in ("COMPLETED", "FAILED") for one in found) else None

        return until(rows, deadline_s=within_s, what="the jobs' end")

    def statuses(self, job: str) -> Counter:
        """How often each status was written into the row, as PostgreSQL's log has it."""
        steps = steps_of(self.history.writes())[job]
        return Counter(step.values["status"] for step in steps)

    def completed_once(self, *jobs: str) -> None:
        """All of them, with the right picture, whatever happened on the way."""
        for row in self.ended(*jobs):
            assert row["status"] == "COMPLETED", row
            assert self.statuses(row["id"])["COMPLETED"] == 1
            result = self.stack.read("worker", row["output_path"])
            assert judge_picture(PICTURE, result, "grayscale", "", exact=True).ok

    def at_rest(self) -> None:
        """Until the list is empty and every worker waits for more."""
        with RedisWitness(self.stack.redis_address) as redis:
            until(
                lambda: (
                    redis.queue_length() == 0
                    and len(redis.blocked()) == len(self.stack.state("worker"))
                ),
                deadline_s=SECONDS,
                what="rest",
            )

    def log(self) -> str:
        return b"".join(self.stack.logs("worker")).decode()

    def files(self) -> set[str]:
        return {file.name for file in (self.stack.folder / "storage").iterdir()}

    def sql(self, query: str, database: str = "jobs_db") -> None:
        """As the database's owner."""
        dsn = self.stack.postgres_dsn.replace("dbname=jobs_db", f"dbname={database}")
        with closing(psycopg2.connect(dsn)) as connection:
            connection.autocommit = True
            connection.cursor().execute(query)


@pytest.fixture(scope="session")
def embedded_ground() -> Iterator[Ground]:
    with running_lab("kit", "embedded") as (stack, armed):
        ground = Ground(stack, armed)
        yield ground
        ground.api.close()


@pytest.fixture
def ground(embedded_ground: Ground) -> Iterator[Ground]:
    """One worker, nothing armed, nothing waiting."""
    embedded_ground.nemesis.heal()
    yield embedded_ground
    embedded_ground.nemesis.heal()
    embedded_ground.stack.scale("worker", 1)
    embedded_ground.at_rest()


@pytest.fixture
def picture() -> bytes:
    """A PNG as the lab's."""
    return PICTURE
