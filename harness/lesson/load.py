"""Jobs as a load: sent at random moments, or all at once; and what the witnesses saw of each of them."""

import random
import threading
from collections.abc import Sequence
from itertools import accumulate
from time import monotonic

import pandas as pd

from harness.lesson.lab import Lab

_STEPS = {"RPUSH": "arrived", "PROCESSING": "started", "COMPLETED": "ended"}


def poisson_times(rate: float, count: int, *, seed: int) -> tuple[float, ...]:
    """Seconds at which ``count`` jobs of a Poisson stream arrive: the same ones for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    return tuple(accumulate(chance.expovariate(rate) for _ in range(count)))


def send_at(
    lab: Lab, times: Sequence[float], picture: bytes, action: str, params: str = ""
) -> pd.DataFrame:
    """Send a job at each of these moments, wait until all are done: ``jobs_table`` of them."""
    began, clock = monotonic(), threading.Event()  # never set
    job_ids = []
    for time in times:
        clock.wait(max(began + time - monotonic(), 0))
        job_ids.append(lab.submit(picture, action, params))
    lab.ended(*job_ids)
    return jobs_table(lab.events(*job_ids))


def send_together(
    lab: Lab, count: int, picture: bytes, action: str, params: str = ""
) -> pd.DataFrame:
    """Queue so many jobs before frozen workers, let them go, wait until all are done: ``jobs_table``."""
    lab.pause("worker")
    try:
        job_ids = [lab.submit(picture, action, params) for _ in range(count)]
    finally:
        lab.unpause("worker")
    lab.ended(*job_ids)
    return jobs_table(lab.events(*job_ids))


def jobs_table(events: pd.DataFrame) -> pd.DataFrame:
    """A line a job that was done, by arrival: arrived, started, ended (times); waiting_s, service_s, latency_s.

    Arrived is Redis's RPUSH; the others are PostgreSQL's PROCESSING and COMPLETED: all of one clock.
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


def throughput(jobs: pd.DataFrame) -> float:
    """Jobs a second, from the first one's start to the last one's end."""
    took = jobs["ended"].max() - jobs["started"].min()
    return len(jobs) / float(took.total_seconds())
