"""When the live page looks for a cause: not while somebody on the page is the reason."""

import pytest

from harness.live.board import Still
from harness.live.cause import STILL_S, job_facts, stands_still
from harness.live.job import BoardJob

NOW = 1000.0


def still(*statuses, deed=("", 0.0), seconds=STILL_S + 1, refused=0):
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
    return Still(jobs=jobs, refused=refused, seconds=seconds, deed=deed)


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
        (still("QUEUED", deed=("kill-worker", 0.0)), False),
        (still("QUEUED", deed=("pause-worker", 0.0)), False),
        (still("QUEUED", deed=("restart-redis", NOW - 1)), False),
        (still("QUEUED", deed=("restart-redis", 0.0)), True),
        (still("QUEUED", deed=("worker-started", NOW - 1)), True),
    ],
)
def test_a_cause_is_looked_for_where_work_stands_still_by_itself(board, looked):
    """An error of the api's own, sound jobs that fail or do not go on; not by a person's hand."""
    assert stands_still(board, NOW) is looked


def test_a_job_tells_what_is_known_of_it():
    """Whether the log has it, and as a redelivery; what the api said."""
    (job,) = still("PROCESSING").jobs
    job.mark("log", "redelivered", 1.0)
    (facts,) = job_facts(Still(jobs=(job,), refused=0, seconds=9, deed=("", 0)))
    assert (facts.http_status, facts.received, facts.redelivered) == (202, True, True)
