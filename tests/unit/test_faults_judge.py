"""The judge of a run under faults counts what Jepsen counts, from facts alone."""

from datetime import UTC, datetime, timedelta

import pytest

from bench.faults_judge import Answered, RunAttempt, SentJob, steps_of, tally
from harness.witness.pgoutput import WrittenRow

START = datetime(2026, 1, 1, tzinfo=UTC)


def attempt(answered: Answered = Answered.ACKNOWLEDGED, **facts) -> RunAttempt:
    job_id = "a" if answered is Answered.ACKNOWLEDGED else None
    return RunAttempt(
        **{"number": 1, "upload": "u", "answered": answered, "job_id": job_id} | facts
    )


def job(*statuses: str, **facts) -> SentJob:
    told = {"id": "a", "statuses": statuses, "history": statuses, "upload": "u", "right": True}
    return SentJob(**told | facts)


DONE = ("QUEUED", "PROCESSING", "COMPLETED")
CASES = {
    "done": ([attempt()], [job(*DONE)], {"ok": 1}),
    "never ended": ([attempt()], [job("QUEUED", "PROCESSING")], {"lost": 1}),
    "no row": ([attempt()], [], {"lost": 1}),
    "a wrong picture": ([attempt()], [job(*DONE, right=False)], {"lost": 1}),
    "a good picture that failed": ([attempt()], [job("QUEUED", "FAILED")], {"lost": 1}),
    "poison that failed": ([attempt(poison=True)], [job("QUEUED", "FAILED")], {"ok": 1}),
    "poison that was done": ([attempt(poison=True)], [job(*DONE)], {"lost": 1}),
    "begun twice": ([attempt()], [job(*DONE[:2], *DONE[1:])], {"ok": 1, "duplicated": 1}),
    "completed twice": ([attempt()], [job(*DONE, "COMPLETED")], {"ok": 1, "completed_twice": 1}),
    "done without an answer": ([attempt(Answered.UNKNOWN)], [job(*DONE)], {"recovered": 1}),
    "no answer and no row": ([attempt(Answered.UNKNOWN)], [], {}),
    "refused and done": ([attempt(Answered.REFUSED)], [job(*DONE)], {"unexpected": 1}),
    "one submission, two rows": ([attempt()], [job(*DONE), job(*DONE, id="b")], {"ok": 1, "unexpected": 1}),
    "nobody's": ([], [job(*DONE, upload="other")], {"unexpected": 1}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_each_fate_of_a_job_has_its_count(name: str) -> None:
    attempts, jobs, expected = CASES[name]
    found = tally(attempts, jobs)
    counts = {
        what: count
        for what, count in found.counts.items()
        if count and what not in ("attempted", "acknowledged")
    }
    assert counts == expected
    assert found.holds is not any(what in expected for what in found.offenders)


def written(number: int, **values: str) -> WrittenRow:
    return WrittenRow(
        commit=number,
        number=0,
        transaction=number,
        time=START + timedelta(seconds=number),
        schema="public",
        table="jobs",
        values={"id": "a"} | values,
    )


def test_a_status_written_again_counts_again_and_a_note_of_the_sweep_does_not() -> None:
    writes = [
        written(1, status="QUEUED"),
        written(2, status="QUEUED", pushed_at="now"),
        written(3, status="COMPLETED", pushed_at="now"),
        written(4, status="COMPLETED", pushed_at="now"),
    ]
    found = [step.values["status"] for step in steps_of(writes)["a"]]
    assert found == ["QUEUED", "COMPLETED", "COMPLETED"]
