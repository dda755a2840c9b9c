"""A rule that is added by the guide is heard, whatever path its jobs take: one of clean jobs,
one of times.
"""

import io
from collections.abc import Iterator
from datetime import timedelta

import pytest

from harness.trace import RULES, Judge, Rule, Sees, Verdict, lab_profile, read_lines
from harness.trace.bulk import BLOCK, feed_log
from harness.trace.profile import FINAL, Kind
from harness.trace.rules import Finding, JobTrace

#: The rules that stand aside for the fast paths.
PLAIN = tuple(rule for rule in RULES if rule.sees is Sees.SUSPECTS)
JOB = "8a3e742e-1c2d-4e3f-8a4b-{:012x}"


def no_png(job: JobTrace) -> Iterator[Finding]:
    """A rule of clean jobs: results are never PNG."""
    for step in job.statuses:
        if step.path and step.path.endswith(".png"):
            yield Finding(case="message", lines=(step.line,))


def slow(job: JobTrace) -> Iterator[Finding]:
    """A rule of times: from PROCESSING to the end it takes a minute at most."""
    for attempt in job.attempts:
        began, ended = attempt.first(Kind.PROCESSING), attempt.first(*FINAL)
        times = [step.time for step in (began, ended) if step and step.time]
        if began and ended and len(times) == 2 and times[1] - times[0] > timedelta(minutes=1):
            yield Finding(case="message", lines=(began.line, ended.line))


def log(jobs: int, last_second: int = 3) -> bytes:
    """Clean jobs, stamped; the last one ends ``last_second`` seconds after its hour began."""
    lines = []
    for at in range(jobs):
        job = JOB.format(at)
        ext = "png" if at == jobs - 1 else "jpg"
        end = last_second if at == jobs - 1 else 3
        stamp = "2026-11-24T{:02d}:{:02d}:{:02d}.000000000Z ".format
        lines += [
            f"{stamp(8, 0, 1)}Received New Event: Job Submitted. Data: {job}|./storage/{job}.{ext}|grayscale|",
            f"{stamp(8, 0, 2)}Status updated to PROCESSING for job {job}",
            f"{stamp(8, end // 60, end % 60)}Job {job} COMPLETED. Result saved to: ./storage/{job}.{ext}",
        ]
    return "\n".join(lines).encode()


def judged(data: bytes, rule: Rule, *, fast: bool) -> Verdict:
    judge = Judge(lab_profile(), rules=(*PLAIN, rule))
    if fast:
        feed_log(judge, io.BytesIO(data), block=min(BLOCK, len(data)))
    else:
        judge.feed_all(read_lines(io.BytesIO(data)))
    return judge.finish()


@pytest.mark.parametrize("fast", [False, True], ids=["line by line", "bulk"])
def test_a_rule_of_clean_jobs_sees_them(fast: bool) -> None:
    verdict = judged(log(3000), Rule("no-png", no_png, Sees.CLEAN), fast=fast)
    assert [(v.rule, v.lines) for v in verdict.violations] == [("no-png", (9000,))]


@pytest.mark.parametrize("fast", [False, True], ids=["line by line", "bulk"])
def test_a_rule_of_times_sees_the_time_of_each_step(fast: bool) -> None:
    verdict = judged(log(3000, 90), Rule("slow", slow, Sees.TIMES), fast=fast)
    assert [(v.rule, v.lines) for v in verdict.violations] == [("slow", (8999, 9000))]
    assert judged(log(3000, 50), Rule("slow", slow, Sees.TIMES), fast=fast).ok is True


def test_a_rule_that_asks_for_nothing_leaves_the_fast_paths_alone() -> None:
    """It is shown the jobs that depart from the usual way, and no others."""
    assert judged(log(3), Rule("no-png", no_png), fast=False).ok is True
