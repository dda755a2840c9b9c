"""One large job: what is done with it takes time that can be measured, and time enough to see who
does it."""

from contextlib import suppress
from dataclasses import dataclass, replace

from harness.grade.experiments.lab_under_test import LabUnderTest, Witnesses
from harness.grade.experiments.sending import FINAL, Sent, submit
from harness.grade.experiments.worker_cpu import ENDED_CHILDREN_COUNT, cpu_of, cpu_since
from harness.stack.base import HeldOthers, Stack
from harness.stack.errors import StackError
from harness.trace import Event
from harness.witness.history import StatusChange

_BY_FAR = 0.5  #: of the time that it was waited for in vain: an unhindered job takes less


@dataclass(frozen=True, slots=True, kw_only=True)
class Large:
    """One large job: what was done with it takes time that can be measured."""

    sent: Sent
    changes: tuple[StatusChange, ...]
    events: tuple[Event, ...]
    cpu_s: float | None  #: of the worker meanwhile; None where that could not be seen
    #: an earlier one, which the worker had begun, ended only when the others could go on
    helped: bool = False


def large(lab: LabUnderTest) -> Large:
    """One large job, while all others that see the worker's files are frozen. One that ends only
    when they go on is followed by another, which nobody is hindered in."""
    with lab.witnesses() as seen:
        if not lab.limits.large_cpu_s:  # somebody else may do the work
            return _followed(lab, seen)
        first, begun = _while_held(lab, seen)
        if first.sent.status in FINAL or not first.sent.job_id:
            return first
        (later,) = lab.ended(seen, [first.sent])
        if later.status not in FINAL:
            return replace(first, sent=later, changes=lab.history.of(later.job_id))
        second = _followed(lab, seen)
        return replace(second, helped=begun and _is_quick(second, lab.limits.job_s))


def _while_held(lab: LabUnderTest, seen: Witnesses) -> tuple[Large, bool]:
    """One job, and whether the worker had begun it when the others went on."""
    try:
        _hold_helpers(lab.stack)
        job = _followed(lab, seen, held=True)
        row = seen.postgres.row(job.sent.job_id) if job.sent.job_id else None
        return job, row is not None and row.status == "PROCESSING"
    finally:
        _release(lab.stack)


def _followed(lab: LabUnderTest, seen: Witnesses, *, held: bool = False) -> Large:
    with lab.follow_log() as log:
        before = cpu_of(lab.stack)
        sent = submit(seen.api, lab.workload.large_job(lab.rng))
        if held:
            _hold_all(lab.stack)
        (ended,) = lab.ended(seen, [sent]) if sent.job_id else (sent,)
        spent = cpu_since(before, lab.stack) if ENDED_CHILDREN_COUNT else None
        events = lab.events(log, [ended]) if sent.job_id else ()
    changes = lab.history.of(sent.job_id)
    return Large(sent=ended, changes=changes, events=events, cpu_s=spent)


def _is_quick(job: Large, waited_s: float) -> bool:
    """Whether it took by far less time than was waited for the one before."""
    times = [change.time for change in job.changes]
    if not times or job.sent.status not in FINAL:
        return False
    return (times[-1] - times[0]).total_seconds() < _BY_FAR * waited_s


def _hold_helpers(stack: Stack) -> None:
    if isinstance(stack, HeldOthers):
        stack.hold_others(door=False)


def _hold_all(stack: Stack) -> None:
    """The api, too: it has answered, and has nothing to do with the job any more."""
    with suppress(StackError):  # it has ended this very moment
        stack.pause("api")
    if isinstance(stack, HeldOthers):
        stack.hold_others(door=True)


def _release(stack: Stack) -> None:
    stack.unpause("api")
    if isinstance(stack, HeldOthers):
        stack.release_others()
