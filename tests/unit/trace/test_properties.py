"""What holds for any log: generated ones, decorated and interleaved at random, from printed
seeds.
"""

import random
import uuid

import pytest

from harness.trace import Judge, Verdict, lab_profile

DECORATIONS = [
    lambda r: "",
    lambda r: f"2026-11-24T02:25:{r.randrange(60):02d}.{r.randrange(10**9):09d}Z ",
    lambda r: f"2026/11/24 02:25:{r.randrange(60):02d} ",
    lambda r: f"worker/main.go:{r.randrange(1, 200)}: ",
    lambda r: "INFO:root:",
    lambda r: "\x1b[32m",
    lambda r: "2026-11-24 02:25:01,123 - worker - INFO - ",
]


def clean_job(rnd: random.Random) -> tuple[str, list[str]]:
    job = str(uuid.UUID(int=rnd.getrandbits(128), version=rnd.choice([1, 4])))
    shown = [job, job.upper()][rnd.random() < 0.2]
    end = rnd.choice(
        [
            f"COMPLETED. Result saved to: ./storage/processed_{job}.png",
            "FAILED. Error: broken picture",
        ]
    )
    return job, [
        f"Received New Event: Job Submitted. Data: {job}|./storage/{job}.png|grayscale|",
        f"Status updated to PROCESSING for job {shown}",
        f"Job {job} {end}",
    ]


def interleaved(rnd: random.Random, workers: int) -> tuple[list[str], list[str]]:
    """The ids in published order, and the log of several workers, each in order."""
    ids: list[str] = []
    queues: list[list[str]] = [
        [f"w{n}  | " for n in range(workers)][n : n + 1] for n in range(workers)
    ]
    lines: list[str] = []
    left = rnd.randrange(1, 30)
    pending: list[list[str]] = [[] for _ in range(workers)]
    while left or any(pending):
        worker = rnd.randrange(workers)
        if not pending[worker] and left:
            job, pending[worker] = clean_job(rnd)
            ids.append(job)
            left -= 1
        if pending[worker]:
            decoration = rnd.choice(DECORATIONS)(rnd) + rnd.choice(DECORATIONS)(rnd)
            lines.append(queues[worker][0] + decoration + pending[worker].pop(0))
        if rnd.random() < 0.2:
            lines.append(
                rnd.choice(["", "noise", "COMPLETED", f"see Job {uuid.UUID(int=7)} COMPLETED."])
            )
    return ids, lines


def judged(lines: list[str], submitted: list[str] | None = None) -> Verdict:
    judge = Judge(lab_profile(), submitted)
    judge.feed_all(line.encode() for line in lines)
    return judge.finish()


@pytest.mark.parametrize("seed", range(60))
def test_a_clean_log_holds_however_it_is_decorated_and_interleaved(seed: int) -> None:
    rnd = random.Random(seed)
    ids, lines = interleaved(rnd, rnd.randrange(1, 5))
    verdict = judged(lines, ids)
    assert (verdict.ok, verdict.jobs, verdict.violations) == (True, len(ids), ())


@pytest.mark.parametrize("seed", range(60))
def test_a_line_that_is_missing_breaks_the_rule_that_needs_it(seed: int) -> None:
    rnd = random.Random(seed)
    ids, lines = interleaved(rnd, rnd.randrange(1, 4))
    events = [at for at, line in enumerate(lines) if any(job in line.lower() for job in ids)]
    gone = rnd.choice(events)
    line = lines.pop(gone)
    job = next(job for job in ids if job in line.lower())
    expected = (
        {("phantom", job), ("lost", job)}
        if "Received" in line
        else {("missing-step", job)}
        if "PROCESSING" in line
        else {("unfinished", job)}
    )
    assert {(v.rule, v.job_id) for v in judged(lines, ids).violations} == expected


@pytest.mark.parametrize("seed", range(60))
def test_told_live_or_at_once_the_verdict_is_the_same(seed: int) -> None:
    rnd = random.Random(seed)
    ids, lines = interleaved(rnd, 2)
    for _ in range(rnd.randrange(6)):  # spoil it
        at, other = rnd.randrange(len(lines)), rnd.randrange(len(lines))
        lines[at], lines[other] = lines[other], lines[at][: rnd.randrange(len(lines[at]) + 1)]
    judge = Judge(lab_profile(), ids)
    live = {(v.rule, line) for line in lines for v in judge.feed(line).violations}
    verdict = judge.finish()
    assert verdict == judged(lines, ids)
    assert {rule for rule, _ in live} <= {v.rule for v in verdict.violations}


def test_memory_does_not_grow_with_lines() -> None:
    _, lines = clean_job(random.Random(1))
    judge = Judge(lab_profile())
    judge.feed_all(line.encode() for line in lines * 5_000)
    (violation,) = {v.rule: v for v in judge.finish().violations}.values()
    assert violation.rule == "duplicate"
    assert len(violation.lines) < 100
