"""Task 3: the demonstration. Everything comes up, and the worker's log tells what really happened."""

from datetime import timedelta

import pytest

from harness.grade.demonstration import JobRecord
from harness.grade.experiments import Experiments
from harness.grade.verdict import Failure, require
from harness.trace import Kind

REMARKS = ("overlap",)  #: rules whose breach is no fault of a worker that shows several at once
STEPS = {"PROCESSING": Kind.PROCESSING, "COMPLETED": Kind.COMPLETED, "FAILED": Kind.FAILED}
SLACK = timedelta(seconds=2)  #: between a fact and its line, on a busy machine


@pytest.mark.check("cold-start")
def test_cold_start(experiments: Experiments, note) -> None:
    """Everything started at once comes up by itself."""
    start = experiments.cold_start
    note("stack", f"{start.seconds:.1f} s")
    require(start.error is None, "not-up", actual=start.error)
    ended = [state.name for state in start.states if state.status != "running"]
    require(not ended, "ended", actual=ended)


@pytest.mark.check("log-sequence", depends_on=("submit-response",))
def test_log_sequence(experiments: Experiments, note) -> None:
    """The log holds the three lines of each job, by the rules."""
    from harness.cli.verdict_view import violation_message

    verdict = experiments.demonstration.trace
    note("log", f"{verdict.lines} lines, {verdict.jobs} jobs, {len(verdict.violations)} violations")
    faults = [v for v in verdict.violations if v.rule not in REMARKS]
    if faults:
        raise Failure(violation_message(faults[0]), actual=faults[0].job_id)
    ended = [
        job for job in experiments.demonstration.jobs if job.row and job.row.status != "QUEUED"
    ]
    require(verdict.ok is not None or not ended, "no-log", expected=len(ended), actual=0)
    require(
        verdict.jobs == len(experiments.demonstration.jobs),
        "log-jobs",
        expected=len(experiments.demonstration.jobs),
        actual=verdict.jobs,
    )


@pytest.mark.check("log-matches-facts", depends_on=("log-sequence", "row-lifecycle"))
def test_log_matches_facts(experiments: Experiments, note) -> None:
    """No line without its fact at its time, no fact without its line."""
    for job in experiments.demonstration.jobs:
        compare(job, experiments, note)


def compare(job: JobRecord, experiments: Experiments, note) -> None:
    changes = {c.status: c.time for c in experiments.histories.changes[job.job_id or ""]}
    for status, kind in STEPS.items():
        told, written = job.seen(kind), changes.get(status)
        require(
            (told is None) == (written is None), "log-or-fact", expected=status, actual=job.job_id
        )
        if told is None or written is None:
            continue
        note("log", f"{status}: {(told - written).total_seconds():+.3f} s", where=str(job.job_id))
        require(abs(told - written) <= SLACK, "log-time", expected=str(written), actual=str(told))
    final = next((event for event in job.events if event.kind is Kind.COMPLETED), None)
    if final and job.row and job.row.output_path and final.path:
        require(
            final.path == job.row.output_path,
            "log-path",
            expected=job.row.output_path,
            actual=final.path,
        )
