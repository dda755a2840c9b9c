"""Jobs as a load: sent at random moments, or all at once; and what the witnesses saw of each of
them.
"""

import random
from collections.abc import Sequence
from itertools import accumulate
from time import monotonic

import pandas as pd

from harness.lesson.lab import LessonLab
from harness.stack.waiting import until_clock
from harness.witness.redis import QUEUE

#: What waits is left alone by the sweep for a while after ``pushed_at``.
_QUEUE_AGAIN = "UPDATE jobs SET status = 'QUEUED', pushed_at = now() WHERE id::text = ANY(%s)"
_MESSAGES = """
SELECT concat_ws('|', id, input_path, action, params) AS message FROM jobs
WHERE id::text = ANY(%s) ORDER BY created_at
"""
_TOOK = """
SELECT extract(epoch FROM max(time) FILTER (WHERE status = 'COMPLETED')
    - min(time) FILTER (WHERE status = 'PROCESSING')) FROM lesson.history
WHERE number > %s AND job_id::text = ANY(%s)
"""
_STEPS = {"RPUSH": "arrived", "PROCESSING": "started", "COMPLETED": "ended"}


def poisson_times(rate: float, count: int, *, seed: int) -> tuple[float, ...]:
    """Seconds at which ``count`` jobs of a Poisson stream arrive: the same ones for the same
    seed.
    """
    chance = random.Random(seed)  # noqa: S311 - no secret
    return tuple(accumulate(chance.expovariate(rate) for _ in range(count)))


def send_at(
    lab: LessonLab, times: Sequence[float], picture: bytes, action: str, params: str = ""
) -> pd.DataFrame:
    """Send a job at each of these moments, wait until all are done: ``jobs_table`` of them."""
    began, job_ids = monotonic(), []
    for time in times:
        until_clock(began + time)
        job_ids.append(lab.submit(picture, action, params))
    lab.ended(*job_ids)
    return jobs_table(lab.events(*job_ids))


def run_again(lab: LessonLab, job_ids: Sequence[str]) -> float:
    """Queue these finished jobs anew, all by one RPUSH, and wait until they are done: jobs a
    second.

    From the first one's PROCESSING to the last one's COMPLETED, by PostgreSQL's clock. Neither the
    api nor the sending of pictures is part of it.
    """
    ids = list(job_ids)
    since = _number(lab.sql("SELECT coalesce(max(number), 0) FROM lesson.history"))
    lab.sql(_QUEUE_AGAIN, ids)
    messages = lab.sql(_MESSAGES, ids)["message"]
    lab.redis.rpush(QUEUE, *messages)
    lab.ended(*ids)
    return len(ids) / _number(lab.sql(_TOOK, since, ids))


def jobs_table(events: pd.DataFrame) -> pd.DataFrame:
    """A line a job that was done, by arrival: arrived, started, ended (times); waiting_s,
    service_s, latency_s.

    Arrived is Redis's RPUSH; the others are PostgreSQL's PROCESSING and COMPLETED: all of one
    clock.
    """
    known = events[events["event"].isin(list(_STEPS))]
    first = known.drop_duplicates(["job_id", "event"])
    jobs = first.pivot_table(index="job_id", columns="event", values="time", aggfunc="first")
    jobs = jobs.rename(columns=_STEPS)[list(_STEPS.values())].dropna().sort_values("arrived")
    for name, begin, end in (
        ("waiting_s", "arrived", "started"),
        ("service_s", "started", "ended"),
        ("latency_s", "arrived", "ended"),
    ):
        jobs[name] = (jobs[end] - jobs[begin]).dt.total_seconds()
    return jobs


def _number(answer: pd.DataFrame) -> float:
    """The one value of an answer of one row and one column."""
    return float(str(answer.iat[0, 0]))
