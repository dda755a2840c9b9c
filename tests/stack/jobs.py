"""A job sent to any stack, and its end."""

import numpy as np

from harness.lab6.pictures import make_picture
from harness.lab6.requests import picture_job
from harness.stack.base import Stack
from harness.stack.waiting import until
from harness.witness.http import Api
from harness.witness.postgres import PostgresWitness

SECONDS = 60.0
PICTURE = make_picture(np.random.default_rng(6)).data
_FINAL = ("COMPLETED", "FAILED")


def submit(stack: Stack) -> str:
    """Send one; its id."""
    with Api(stack.url) as api:
        answer = api.submit(picture_job(PICTURE, "grayscale"))
    assert answer.status == 202
    return answer.job_id


def submit_when_healthy(stack: Stack) -> str:
    """The same, once the api has found its servers again."""
    with Api(stack.url) as api:
        healthy = lambda: api.request("GET", "/health").status == 200
        until(healthy, deadline_s=SECONDS, what="health")
    return submit(stack)


def end(stack: Stack, job_id: str) -> str:
    """The status that it ends with."""
    with PostgresWitness(stack.postgres_dsn) as postgres:

        def status() -> str | None:
            row = postgres.row(job_id)
            return row.status if row and row.status in _FINAL else None

        return until(status, deadline_s=SECONDS, what="the job's end")
