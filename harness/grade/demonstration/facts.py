"""What a demonstration has seen, as the facts in which a cause can be found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.grade.demonstration.record import FINAL, RECEIPTS, JobRecord
from harness.grade.finding.cause import JobFacts, RunFacts, ServiceFacts
from harness.grade.finding.looking import look_at_lists, look_at_services
from harness.stack.base import Stack
from harness.trace import Kind
from harness.witness.dialect import Dialect
from harness.witness.errors import WitnessError
from harness.witness.redis import RedisWitness

_STATUSES = ("QUEUED", "PROCESSING", "COMPLETED", "FAILED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """Services and Redis, as they were when all was waited for."""

    services: tuple[ServiceFacts, ...]
    lists: Mapping[str, tuple[int, str]]


def look(stack: Stack) -> Looked:
    """Services and Redis as they are now."""
    return Looked(services=look_at_services(stack), lists=look_at_lists(stack))


def run_facts(seen: Looked, jobs: Sequence[JobRecord], dialect: Dialect) -> RunFacts:
    """The same with what became of the jobs; those that had to fail are left out."""
    lab = dialect.asked_queue
    return RunFacts(
        services=seen.services,
        jobs=tuple(_job(job, dialect) for job in jobs if not job.planned.broken),
        other_lists={name: head for name, (_, head) in seen.lists.items() if name != lab},
        queue=lab,
        waiting=seen.lists.get(lab, (0, ""))[0],
        statuses={status: dialect.word(status) for status in _STATUSES},
    )


def waits_for_messages(redis: RedisWitness) -> bool:
    """Whether somebody waits in Redis: whatever lies in other lists than theirs, they will not
    take.
    """
    try:
        return redis.at_rest()
    except WitnessError:
        return False


def _job(job: JobRecord, dialect: Dialect) -> JobFacts:
    malformed = next((event.text for event in job.events if event.fault == "fields"), "")
    received = any(event.kind in (*RECEIPTS, Kind.PROCESSING, *FINAL) for event in job.events)
    status = job.row.status if job.row else None
    if job.row and dialect.is_near(job.row.word):
        status = job.row.word  # understood, and another than the lab asks for
    return JobFacts(
        http_status=job.answer.status,
        status=status,
        error=(job.row.error or "") if job.row else "",
        redelivered=job.receipt is not None and job.receipt.kind is Kind.REDELIVERED,
        received=received,
        message=malformed.rpartition("Data: ")[2],
    )
