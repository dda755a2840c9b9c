"""Task 3: the demonstration. Everything comes up, and the worker's log tells what really
happened."""

import pytest

from harness.grade.experiments.sending import FINAL
from harness.grade.verdict.results import Failure, require
from harness.texts import say
from harness.texts.violations import violation_message
from harness.trace import Kind

#: Rules whose breach is no fault here: a worker may work on several jobs at once.
REMARKS = ("overlap",)
UNENDED = ("unfinished", "lost")  #: and so says the row: the log is right to hold no more lines
STEPS = {"PROCESSING": Kind.PROCESSING, "COMPLETED": Kind.COMPLETED, "FAILED": Kind.FAILED}


@pytest.mark.check("cold-start")
def test_cold_start(cold_start, note) -> None:
    """Everything started at once comes up by itself."""
    if cold_start.error is not None:
        sentence = say("checks.why.not-up", actual=cold_start.error, expected="")
        raise Failure(sentence, help_=cold_start.remedy)
    note("stack", f"up in {cold_start.seconds:.1f} s")
    ended = [state.name for state in cold_start.states if state.status != "running"]
    require(not ended, "ended", actual=ended)


@pytest.mark.check("log-sequence", depends_on=("submit-response", "queue-message"))
def test_log_sequence(demonstration, lab, note) -> None:
    """The log holds the three lines of each job, by the rules."""
    verdict = demonstration.trace
    rows = {job.job_id.lower(): job.row for job in demonstration.jobs if job.job_id}
    open_ = {job_id for job_id, row in rows.items() if row and row.status not in FINAL}
    broken = [
        one
        for one in verdict.violations
        if one.rule not in REMARKS and not (one.rule in UNENDED and one.job_id in open_)
    ]
    told = f"{verdict.lines} lines, {verdict.jobs} jobs, breaches of rules: {len(broken)}"
    note("log", told, where="worker")
    for violation in broken[:10]:
        where = f"worker.log, lines {', '.join(map(str, violation.lines)) or '—'}"
        note("log", f"{violation.rule}: {violation.job_id}", where=where)
    if broken:
        raise Failure(violation_message(broken[0]), actual=broken[0].job_id)
    jobs = len(rows) + len(lab.probes)
    if verdict.reason == "near-misses":  # the words are there, behind an unknown prefix
        pytest.skip(say("checks.unread-words", line=verdict.near[0].text))
    require(verdict.ok is not None or verdict.sample, "no-log", expected=jobs, actual=0)
    require(verdict.ok is not None, "log-unknown", expected=jobs, actual=verdict.sample)
    known = jobs - len(open_) <= verdict.jobs <= jobs
    require(known, "log-jobs", expected=jobs, actual=verdict.jobs)


@pytest.mark.check("log-matches-facts", depends_on=("log-sequence", "row-lifecycle"))
def test_log_matches_facts(demonstration, large, results, lab, limits, note) -> None:
    """No line without its fact at its time, no fact without its line."""
    for job in demonstration.jobs:
        if job.job_id:
            compare(job.events, lab.history.of(job.job_id), limits, note)
        final = next((event for event in job.events if event.kind is Kind.COMPLETED), None)
        if final and final.path:
            path = results[job.job_id].path
            require(same(final.path, path), "log-path", expected=path, actual=final.path)
            require(results[job.job_id].data is not None, "no-result", expected=path)
    compare(large.events, large.changes, limits, note)


def compare(events, changes, limits, note) -> None:
    """One job's lines beside its row's history."""
    written = {change.status: change.time for change in changes}
    told = {event.kind: event.time for event in events}
    job_id = changes[0].job_id if changes else None
    for status, kind in STEPS.items():
        line, fact = told.get(kind), written.get(status)
        require((line is None) == (fact is None), "log-or-fact", expected=status, actual=job_id)
        if line and fact:
            late_s = (line - fact).total_seconds()
            note("log", f"{status}: {late_s:+.3f} s after its fact", where=job_id, time=line)
            in_time = -limits.log_early_s <= late_s <= limits.log_late_s
            require(in_time, "log-time", expected=fact, actual=line)


def same(path: str, other: str) -> bool:
    """Whether both name one file, however it is written."""
    plain = [one.replace("\\", "/").removeprefix("./") for one in (path, other)]
    return plain[0] == plain[1]
