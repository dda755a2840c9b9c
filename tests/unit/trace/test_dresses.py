"""Logs in every dress of the table: four logs each, with and without the submitted ids; none
judged wrong.
"""

from itertools import product

import pytest

from harness.trace import Judge, Verdict, lab_profile
from harness.trace.reading.survey import survey
from tests.unit.trace.dresses import ONE, SEVERAL, Dress

IDS = [f"{n:02x}3e742e-1c2d-4e3f-8a4b-5c6d7e8f9a0b" for n in range(0xA0, 0xA6)]
LOGS = {
    "good": set(),
    "no PROCESSING": {("missing-step", IDS[2])},
    "completed twice": {("duplicate", IDS[2])},
    "forged path": {("result-path", IDS[2])},
}


def worded(log: str) -> list[list[str]]:
    """The lines of each job."""
    jobs = []
    for job in IDS:
        path = f"./storage/processed_{job}.png"
        lines = [
            f"Received New Event: Job Submitted. Data: {job}|./storage/{job}.png|grayscale|",
            f"Status updated to PROCESSING for job {job}",
            f"Job {job} COMPLETED. Result saved to: {path}",
        ]
        if job == IDS[2] and log == "no PROCESSING":
            del lines[1]
        elif job == IDS[2] and log == "completed twice":
            lines.append(lines[2])
        elif job == IDS[2] and log == "forged path":
            lines[2] = lines[2].replace("./storage", "/etc")
        jobs.append(lines)
    return jobs


def dressed(log: str, dress: Dress, workers: int) -> list[bytes]:
    """The jobs, every second one another worker's, their lines interleaved."""
    queues = [[line for lines in worded(log)[w::workers] for line in lines] for w in range(workers)]
    lines, at = [], 0.0
    while any(queues):
        for worker, queue in enumerate(queues, 1):
            if queue:
                lines.append(dress(at, worker, queue.pop(0)).encode())
                at += 1.0
    return lines


def judged(lines: list[bytes], submitted: list[str] | None) -> Verdict:
    judge = Judge(lab_profile(), submitted, dress=survey(lines, lab_profile()))
    judge.feed_all(lines)
    return judge.finish()


CASES = [(name, dress, 1) for name, dress in ONE.items()]
CASES += [(name, dress, 2) for name, dress in SEVERAL.items()]


@pytest.mark.parametrize(("name", "dress", "workers"), CASES, ids=[f"{c[0]} {c[2]}" for c in CASES])
def test_logs_in_any_dress_are_judged_right(name, dress, workers) -> None:
    wrong = {}
    for log, submitted in product(LOGS, (None, IDS)):
        verdict = judged(dressed(log, dress, workers), submitted)
        found = {(v.rule, v.job_id) for v in verdict.violations}
        if (verdict.ok, found) != (not LOGS[log], LOGS[log]):
            wrong[log, submitted is not None] = (verdict.ok, found, verdict.near[:3])
    assert wrong == {}
