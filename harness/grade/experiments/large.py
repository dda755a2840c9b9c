"""One large job: what is done with it takes time that can be measured."""

from dataclasses import dataclass

from harness.grade.experiments.lab_under_test import LabUnderTest
from harness.grade.experiments.sending import Sent, submit
from harness.grade.experiments.worker_cpu import ENDED_CHILDREN_COUNT, cpu_of, cpu_since
from harness.trace import Event
from harness.witness.history import StatusChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Large:
    """One large job: what was done with it takes time that can be measured."""

    sent: Sent
    changes: tuple[StatusChange, ...]
    events: tuple[Event, ...]
    cpu_s: float | None  #: of the worker meanwhile; None where that could not be seen


def large(lab: LabUnderTest) -> Large:
    """One large job."""
    with lab.witnesses() as seen, lab.follow_log() as log:
        before = cpu_of(lab.stack)
        sent = submit(seen.api, lab.workload.large_job(lab.rng))
        (ended,) = lab.ended(seen, [sent]) if sent.job_id else (sent,)
        spent = cpu_since(before, lab.stack) if ENDED_CHILDREN_COUNT else None
        events = lab.events(log, [ended]) if sent.job_id else ()
        changes = lab.history.of(sent.job_id)
        return Large(sent=ended, changes=changes, events=events, cpu_s=spent)
