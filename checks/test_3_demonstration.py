"""Task 3: the demonstration. Everything comes up, and the worker's log tells what really
happened."""

import posixpath
from contextlib import suppress

import pytest

from harness.grade.experiments.sending import FINAL
from harness.grade.experiments.waiting import came
from harness.grade.verdict.results import Failure, require
from harness.lateness import Timed
from harness.stack.errors import StackError
from harness.texts import number, say
from harness.texts.violations import named_lines, titled_message, violation_message
from harness.trace import RULES, Kind, Sees

#: Rules whose breach is no fault here: a worker may work on several jobs at once, and the queue's
#: order is another check's matter.
REMARKS = ("overlap", "fifo")
OF_TIME = tuple(rule.id for rule in RULES if rule.sees is Sees.TIMES)  #: a slow machine's, too
SLOW_STARTS = ("timed-out", "never-ready", "docker-failed")
LATE_S = 0.005  #: between COMPLETED and the last byte of its result
SEEN_S = 0.2  #: of a large job's work
UNENDED = ("unfinished", "lost")  #: and so says the row: the log is right to hold no more lines
STEPS = {"PROCESSING": Kind.PROCESSING, "COMPLETED": Kind.COMPLETED, "FAILED": Kind.FAILED}


@pytest.mark.check("cold-start")
def test_cold_start(cold_start, note) -> None:
    """Everything started at once comes up by itself."""
    if cold_start.error is not None:
        sentence = say("checks.why.not-up", actual=cold_start.error, expected="")
        raise Failure(sentence, help_=cold_start.remedy, timed=timed_start(cold_start))
    note("stack", say("checks.seen.up", seconds=number(cold_start.seconds, ".1f")))
    ended = [state.name for state in cold_start.states if state.status != "running"]
    require(not ended, "ended", actual=ended)


@pytest.mark.check("log-sequence", depends_on=("submit-response", "queue-message"))
def test_log_sequence(demonstration, results, lab, note) -> None:
    """The log holds the three lines of each job, by the rules."""
    verdict = demonstration.trace
    rows = {job.job_id.lower(): job.row for job in demonstration.jobs if job.job_id}
    open_ = {job_id for job_id, row in rows.items() if row and row.status not in FINAL}
    broken = [
        violation
        for violation in verdict.violations
        if violation.rule not in REMARKS
        and not (violation.rule in UNENDED and violation.job_id in open_)
        if not is_shared(violation, results, lab)
    ]
    facts = {"lines": verdict.lines, "jobs": verdict.jobs, "broken": len(broken)}
    note("log", say("checks.seen.log", **facts), where="worker")
    for violation in broken[:10]:
        where = f"worker.log: {named_lines(violation.lines)}"
        note("log", f"{titled_message(violation)} ({violation.job_id or '—'})", where=where)
    if broken:
        gone = demonstration.gone_lines
        require(not gone, "log-gone", actual=gone)
        # The first that only a defect can bring about; else the first of those not waited out.
        excusable = (*UNENDED, *OF_TIME)
        worst = min(broken, key=lambda violation: violation.rule in excusable)
        timed = Timed.WAITED if worst.rule in UNENDED else None
        if worst.rule in OF_TIME:
            timed = Timed.MEASURED
        raise Failure(violation_message(worst), actual=worst.job_id, timed=timed)
    jobs = len(rows) + len(lab.probes)
    if verdict.reason == "near-misses":  # the words are there, behind an unknown prefix
        pytest.skip(say("checks.unread-words", line=verdict.near[0].text))
    seen = verdict.ok is not None or verdict.sample
    require(seen, "no-log", expected=jobs, actual=0, timed=Timed.WAITED)
    require(verdict.ok is not None, "log-unknown", expected=jobs, actual=verdict.sample)
    known = jobs - len(open_) <= verdict.jobs <= jobs
    timed = Timed.WAITED if verdict.jobs < jobs else None
    require(known, "log-jobs", expected=jobs, actual=verdict.jobs, timed=timed)


def is_shared(violation, results, lab) -> bool:
    """Whether what looks as if it lay outside the storage is in a folder that both services see, or
    is itself seen by both."""
    if violation.case != "outside":
        return False
    path = str(violation.facts["path"])
    if any(same(folder(path), folder(result.path)) for result in results.values() if result.shared):
        return True
    try:
        return lab.stack.read("worker", path) == lab.stack.read("api", path)
    except StackError:
        return False  # one of them sees nothing there


def folder(path: str) -> str:
    """Where a file lies, as its path tells."""
    return posixpath.dirname(posixpath.normpath(path.replace("\\", "/")))


@pytest.mark.check("log-matches-facts", depends_on=("log-sequence", "row-lifecycle"))
def test_log_matches_facts(demonstration, results, large, apart, lab, limits, pace, note) -> None:
    """No line without its fact at its time, no fact without its line; a result is whole when its
    job is COMPLETED, and stays."""
    for job in demonstration.jobs:
        if job.job_id:
            changes = lab.history.of(job.job_id)
            compare(job.events, changes, limits, pace("demonstration"), note)
        final = next((event for event in job.events if event.kind is Kind.COMPLETED), None)
        if final and final.path:
            path = results[job.job_id].path
            require(tells(final.path, path), "log-path", expected=path, actual=final.path)
            kept = results[job.job_id].data
            require(kept is not None, "no-result", expected=path)
            lasts(lab, path, kept)
    if apart.at_end is not None:
        path = apart.again.row.output_path
        came(lambda: apart.at_end or lies(lab, path), deadline_s=limits.quiet_s, what="the result")
        lasts(lab, path, apart.at_end)
    require(not large.too_soon, "too-soon", actual=large.sent.job_id)
    if large.at_end is not None:
        lasts(lab, large.sent.row.output_path, large.at_end)
    is_written_before_its_end(large.sent.job_id, large.written, large.changes)
    for job in demonstration.jobs:
        if job.job_id:
            changes = lab.history.of(job.job_id)
            is_written_before_its_end(job.job_id, results[job.job_id].written, changes)
    compare(large.events, large.changes, limits, pace("large"), note)
    speaks_meanwhile(large)


def is_written_before_its_end(job_id, written, changes) -> None:
    """Both by one clock; a small file is written sooner than a row."""
    ends = [change.time for change in changes if change.status == "COMPLETED"]
    if written is None or not ends:
        return
    late_s = (written - ends[-1]).total_seconds()
    late = number(late_s, ".3f")
    require(late_s < LATE_S, "written-late", expected=job_id, actual=late)


def lies(lab, path) -> bool:
    """Whether there is a file now."""
    with suppress(StackError):
        lab.stack.read("worker", path)
        return True
    return False


def lasts(lab, path, kept) -> None:
    """What lay there when its job was COMPLETED lies there still; one that is gone was cleared
    away."""
    try:
        now = lab.stack.read("worker", path)
    except StackError:
        return
    require(now == kept, "result-changed", expected=path)


def compare(events, changes, limits, slowness, note) -> None:
    """One job's lines beside its row's history; a slow machine lets more time pass between both."""
    written = {change.status: change.time for change in changes}
    times = {event.kind: event.time for event in events}
    job_id = changes[0].job_id if changes else None
    for status, kind in STEPS.items():
        line, fact = times.get(kind), written.get(status)
        both = (line is None) == (fact is None)
        timed = Timed.WAITED if line is None else None
        require(both, "log-or-fact", expected=status, actual=job_id, timed=timed)
        if line and fact:
            late_s = (line - fact).total_seconds()
            text = say("checks.seen.late", status=status, seconds=number(late_s, "+.3f"))
            note("log", text, where=job_id, time=line)
            early_s, most_s = limits.log_early_s * slowness, limits.log_late_s * slowness
            in_time = -early_s <= late_s <= most_s
            require(in_time, "log-time", expected=fact, actual=line, timed=Timed.MEASURED)


def speaks_meanwhile(large) -> None:
    """The line about PROCESSING comes while the work goes on, where that takes time to be seen."""
    written = {change.status: change.time for change in large.changes}
    begun, ended = written.get("PROCESSING"), written.get("COMPLETED")
    line = next((event.time for event in large.events if event.kind is Kind.PROCESSING), None)
    if begun and ended and line and (ended - begun).total_seconds() >= SEEN_S:
        after = number((line - begun).total_seconds(), ".2f")
        require(line < ended, "log-afterwards", actual=after, timed=Timed.MEASURED)


def tells(logged, path) -> bool:
    """Whether the log names this file: a logger may put its fields behind it (`` [] []``)."""
    behind = logged.removeprefix(path)
    return same(logged, path) or (behind != logged and behind[:1].isspace())


def timed_start(cold_start) -> Timed | None:
    """What did not come up in time, or was thought ill by a health check of the work's own, may be
    a slow machine's doing; what does not build, or has ended, is not."""
    reference = cold_start.failure.reference if cold_start.failure else ""
    return Timed.MEASURED if reference in SLOW_STARTS else None


def same(path: str, other: str) -> bool:
    """Whether both name one file, however it is written, from whichever folder."""
    plain = [name.replace("\\", "/").removeprefix("./") for name in (path, other)]
    short, long = sorted(plain, key=len)
    return short == long or long.endswith(f"/{short}")
