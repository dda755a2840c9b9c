"""When the live page looks for a cause: not while somebody on the page is the reason."""

import pytest

from harness.grade.finding.cause import ServiceFacts
from harness.live.board import Still
from harness.live.cause import STILL_S, by_themselves, job_facts, stands_still
from harness.live.deeds import Deed
from harness.live.job import BoardJob
from harness.stack.base import ServiceState

NOW = 1000.0


def still(*statuses, deed=None, held=(), seconds=STILL_S + 1, refused=0):
    """A board with these jobs at rest."""
    jobs = tuple(
        BoardJob(
            id=str(number),
            number=number,
            status=status,
            place="done" if status in ("COMPLETED", "FAILED") else "queue",
            answer=202,
            picture="x",
            sound=True,
        )
        for number, status in enumerate(statuses, 1)
    )
    last = Deed(what=deed[0], at=deed[1]) if deed else None
    return Still(jobs=jobs, refused=refused, seconds=seconds, deed=last, held=frozenset(held))


@pytest.mark.parametrize(
    ("board", "looked"),
    [
        (still(), False),
        (still("COMPLETED"), False),
        (still("COMPLETED", "QUEUED"), True),
        (still("QUEUED", seconds=STILL_S - 1), False),
        (still("FAILED", "FAILED", seconds=0), True),
        (still("FAILED", "COMPLETED"), False),
        (still(refused=500), True),
        (still("QUEUED", deed=("push-malformed", 0.0), held=["worker-1"]), False),
        (still("QUEUED", deed=("restart-redis", NOW - 1)), False),
        (still("QUEUED", deed=("restart-redis", 0.0)), True),
    ],
)
def test_a_cause_is_looked_for_where_work_stands_still_by_itself(board, looked):
    """An error of the api's own, sound jobs that fail or do not go on; not by a person's hand."""
    assert stands_still(board, NOW) is looked


def test_a_job_tells_what_is_known_of_it():
    """Whether the log has it, and as a redelivery; what the api said."""
    (job,) = still("PROCESSING").jobs
    job.mark("log", "redelivered", 1.0)
    (facts,) = job_facts(Still(jobs=(job,), refused=0, seconds=9))
    assert (facts.http_status, facts.received, facts.redelivered) == (202, True, True)


def worker(replica, exit_code=None):
    """A replica; it has ended where it has an exit code."""
    return ServiceState(
        service="worker",
        replica=replica,
        name=f"worker-{replica}",
        status="running" if exit_code is None else "exited",
        exit_code=exit_code,
        pid=None,
        health=None,
    )


@pytest.mark.parametrize(
    ("workers", "codes"),
    [
        ([worker(1, -9)], [1]),
        ([worker(1, -9), worker(2, 3)], [1, 3]),
        ([worker(1)], [1]),
    ],
)
def test_who_was_ended_by_hand_is_no_finding(workers, codes):
    """Only of a replica that nobody held, and by its own exit code; the api in any case."""
    found = [
        ServiceFacts(service="api", ended=True, exit_code=1, log=b""),
        ServiceFacts(service="worker", ended=True, exit_code=-9, log=b""),
    ]
    assert [one.exit_code for one in by_themselves(found, workers, {"worker-1"})] == codes
