"""Task 2: the consumer. How the worker waits, works and lives through what happens to it."""

from collections import Counter

import pytest

from harness.grade.demonstration import JobRecord
from harness.grade.experiments import Experiments
from harness.grade.observed import Sent
from harness.grade.verdict import require
from harness.trace import Kind

ANSWERED = ("submit-response",)
MOST_CPU = 0.2  #: of the watch; blocked in Redis it is nothing
MOST_ERROR_LINES_S = 5  #: a loop that does not pause writes thousands


@pytest.mark.check("blocking-wait", depends_on=("cold-start",))
def test_blocking_wait(experiments: Experiments, note) -> None:
    """The idle worker is blocked in Redis, asks nothing and uses no CPU to speak of."""
    idle = experiments.idleness
    commands = [client.command for client in idle.blocked]
    note("redis", f"blocked: {commands}; commands meanwhile: {idle.commands}", where="CLIENT LIST")
    note("postgres", f"queries meanwhile: {idle.queries}", where="pg_stat_activity")
    require(commands, "not-blocked", expected="blpop", actual="—")
    require(idle.commands == 0, "polls-redis", expected=0, actual=idle.commands)
    require(idle.queries == 0, "polls-postgres", expected=0, actual=idle.queries)
    if idle.cpu_s is not None:
        share = idle.cpu_s / idle.watched_s
        note("stack", f"CPU: {share:.1%}")
        require(share < MOST_CPU, "busy", expected=f"< {MOST_CPU:.0%}", actual=f"{share:.0%}")


@pytest.mark.check("row-lifecycle", depends_on=ANSWERED)
def test_row_lifecycle(experiments: Experiments, note) -> None:
    """QUEUED → PROCESSING → COMPLETED, once each."""
    for job in good(experiments):
        statuses = [change.status for change in experiments.histories.changes[job.job_id or ""]]
        note("postgres", " → ".join(statuses), where=f"jobs {job.job_id}")
        wanted = ["QUEUED", "PROCESSING", "COMPLETED"]
        require(
            statuses == wanted,
            "lifecycle",
            expected=" → ".join(wanted),
            actual=" → ".join(statuses),
        )


@pytest.mark.check("result-grayscale", depends_on=("row-lifecycle",))
def test_result_grayscale(experiments: Experiments, note) -> None:
    """Right against the oracle."""
    judge_results(experiments, "grayscale", note)


@pytest.mark.check("result-resize", depends_on=("row-lifecycle",))
def test_result_resize(experiments: Experiments, note) -> None:
    """The exact size, and right against the oracle."""
    judge_results(experiments, "resize", note)


@pytest.mark.check("result-crop", depends_on=("row-lifecycle",))
def test_result_crop(experiments: Experiments, note) -> None:
    """The right rectangle."""
    judge_results(experiments, "crop", note)


@pytest.mark.check("fifo", depends_on=ANSWERED)
def test_fifo(experiments: Experiments, note) -> None:
    """Jobs submitted one after another are taken in that order."""
    demonstration = experiments.demonstration
    late = [v for v in demonstration.trace.violations if v.rule == "fifo"]
    received = [job for job in demonstration.jobs if job.seen(Kind.RECEIVED)]
    note("log", f"{len(received)} received, {len(late)} late")
    require(received, "none-received")
    require(not late, "late", actual=late[0].job_id if late else None)


@pytest.mark.check("once-each", depends_on=("row-lifecycle",))
def test_once_each(experiments: Experiments, note) -> None:
    """With two workers every job is processed once, and both work."""
    seen = experiments.two_workers
    for sent in seen.sent:
        require(
            sent.status == "COMPLETED", "not-completed", expected="COMPLETED", actual=sent.status
        )
        times = len(seen.received[sent.job_id])
        require(times == 1, "not-once", expected=1, actual=times)
    shares = Counter(stream for streams in seen.received.values() for stream in streams)
    note("log", dict(shares))
    require(len(shares) == 2, "one-works", expected=2, actual=len(shares))


@pytest.mark.check("broken-picture", depends_on=ANSWERED)
def test_broken_picture(experiments: Experiments, note) -> None:
    """FAILED with a reason, or refused; and the jobs after it complete."""
    jobs = experiments.demonstration.jobs
    broken = next(job for job in jobs if job.planned.broken)
    row = broken.row
    refused = 400 <= broken.answer.status < 500
    if not refused:
        require(
            row and row.status == "FAILED",
            "not-failed",
            expected="FAILED",
            actual=row and row.status,
        )
        reasons = [row.error if row else None, *(event.error for event in broken.events)]
        note("postgres", reasons[0], where="jobs.error")
        require(any(reasons), "no-reason")
    after = [job for job in good(experiments) if job.planned.number > broken.planned.number]
    ended = [job.row.status for job in after if job.row]
    require(ended == ["COMPLETED"] * len(after), "dead-after", expected="COMPLETED", actual=ended)


@pytest.mark.check("malformed-message", depends_on=ANSWERED)
def test_malformed_message(experiments: Experiments, note) -> None:
    """The worker lives through rubbish in the queue."""
    completes(experiments.malformed, note)


@pytest.mark.check("redis-restart", depends_on=ANSWERED)
def test_redis_restart(experiments: Experiments, note) -> None:
    """No end, no busy loop, an error line; and the next job completes."""
    outage = experiments.redis_outage
    note(
        "log", f"{outage.error_lines} error lines, {outage.lines} lines, away {outage.away_s:.1f} s"
    )
    require(
        any(state.status == "running" for state in outage.states),
        "ended",
        actual=[s.status for s in outage.states],
    )
    rate = outage.lines / max(outage.away_s, 1)
    require(
        rate <= MOST_ERROR_LINES_S,
        "busy-loop",
        expected=f"≤ {MOST_ERROR_LINES_S}",
        actual=f"{rate:.0f}",
    )
    completes(outage.after, note)


@pytest.mark.check("postgres-restart", depends_on=ANSWERED)
def test_postgres_restart(experiments: Experiments, note) -> None:
    """The next job's row reaches COMPLETED."""
    completes(experiments.postgres_outage.after, note)


@pytest.mark.check("worker-killed", depends_on=("row-lifecycle",))
def test_worker_killed(experiments: Experiments, note) -> None:
    """After its restart the worker goes on; a job lost by the kill costs points only."""
    killed = experiments.killed
    completes(killed.after, note)
    note("postgres", f"{killed.victim.job_id}: {killed.victim.status}", where="jobs.status")
    if killed.in_the_middle and killed.victim.status not in ("COMPLETED", "FAILED"):
        note.partly(0.5)


def good(experiments: Experiments) -> list[JobRecord]:
    """The demonstration's jobs that must complete."""
    return [job for job in experiments.demonstration.jobs if not job.planned.broken]


def judge_results(experiments: Experiments, action: str, note) -> None:
    for job in good(experiments):
        if job.planned.action != action:
            continue
        picture = job.picture
        require(picture, "no-result", expected=f"GET /job/{job.job_id}/result")
        note(
            "storage",
            f"{picture.actual_size}, difference {picture.mean_difference}",
            where=str(job.job_id),
        )
        require(
            picture.ok,
            f"picture-{picture.why}",
            expected=picture.expected_size,
            actual=picture.actual_size,
        )
        output = (job.row.output_path if job.row else None) or ""
        require(
            (job.job_id or "-") in output.lower(),
            "not-own-name",
            expected=job.job_id,
            actual=output,
        )


def completes(sent: Sent, note) -> None:
    note("postgres", f"{sent.job_id}: {sent.status}", where="jobs.status")
    require(sent.answer.job_id, "not-accepted", expected=202, actual=sent.answer.status)
    require(sent.status == "COMPLETED", "not-completed", expected="COMPLETED", actual=sent.status)
