"""One large job: what is done with it takes time that can be measured, and time enough to see who
does it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from harness.grade.experiments.helpers import hold_helpers, release
from harness.grade.experiments.lab_under_test import LabUnderTest, Witnesses
from harness.grade.experiments.result_place import first_there, result_paths, written
from harness.grade.experiments.sending import FINAL, SERVER_ERROR, Sent, submit
from harness.grade.experiments.worker_cpu import (
    ENDED_CHILDREN_COUNT,
    CpuSeen,
    cpu_of,
    cpu_of_others,
    cpu_since,
)
from harness.stack.base import HeldOthers, Stack
from harness.stack.errors import StackError
from harness.stack.waiting import WaitTimeout, until
from harness.trace import Event
from harness.witness.errors import WitnessError
from harness.witness.history import StatusChange
from harness.witness.postgres import Row

_MUCH_S = 0.1  #: of CPU before a row says PROCESSING: to read an event takes less
#: Of the CPU of a job done alone: less than so much is left to who hands it on, and more than so
#: much taken by who does it.
_LEFT, _TAKEN = 0.25, 0.5
_AT_ONCE_S = 0.005  #: between two looks at a row that is about to become final
_NO_TIME_S = 0.03  #: of the clock; to read, to change and to store it takes more
_BY_FAR = 0.5  #: of the time that it was waited for in vain: an unhindered job takes less


@dataclass(frozen=True, slots=True, kw_only=True)
class Large:
    """One large job: what was done with it takes time that can be measured."""

    sent: Sent
    changes: tuple[StatusChange, ...]
    events: tuple[Event, ...]
    cpu_s: float | None  #: of the worker meanwhile; None where that could not be seen
    others_cpu_s: float = 0.0  #: of the api, since its answer, and of those without a role
    request_cpu_s: float = 0.0  #: of these until the answer
    #: an earlier one, which the worker had begun, did not end well before the others could go on,
    #: and this one they worked on
    helped: bool = False
    #: CPU that the others spent on another one which they were free to work on, where the worker
    #: did hardly anything then; 0 where it did its work, or was not tried
    handed_on_s: float = 0.0
    alone: bool = False  #: it was completed while all but the worker were frozen
    waited: bool = False  #: its row was final when the api had just answered
    #: its row said COMPLETED in no time, and nothing lay at its result's place then
    too_soon: bool = False
    #: what lay at its result's place when its row said COMPLETED; b"" where nothing did
    at_end: bytes | None = None
    path: str | None = None  #: of its result, where it was COMPLETED and row or log tell it
    #: when that was last written to; None where that could not be seen by one clock
    written: datetime | None = None
    #: of ``cpu_s``, at least so much before the row said PROCESSING; None where it was not seen
    cpu_before_s: float | None = None
    #: the same of a small job; asked only where the large one's was much
    small_before_s: float | None = None


def large(lab: LabUnderTest) -> Large:
    """One large job, while all who are not needed for it are frozen. One that ends only when they
    go on is followed by another, which nobody is hindered in."""
    with lab.witnesses() as seen:
        job = _large(lab, seen)
        if (job.cpu_before_s or 0.0) < _MUCH_S:
            return job
        before = cpu_of(lab.stack)
        small = lab.send(seen.api)
        early_s = _until_begun(lab, seen, small, before) if small.job_id else None
        lab.ended(seen, [small])
        return replace(job, small_before_s=early_s)


def _large(lab: LabUnderTest, seen: Witnesses) -> Large:
    if not lab.limits.large_cpu_s:  # somebody else may do the work
        return _followed(lab, seen)
    first = _while_held(lab, seen)
    if first.sent.status == "COMPLETED":
        return replace(first, alone=True, handed_on_s=_handed_on(lab, seen, first))
    if not first.sent.job_id:
        return first
    (later,) = lab.ended(seen, [first.sent])
    if later.status not in FINAL:
        return replace(first, sent=later, changes=lab.history.of(later.job_id))
    second = _followed(lab, seen)
    begun = any(change.status == "PROCESSING" for change in first.changes)
    helped = begun and _is_quick(second, lab.limits.job_s)
    worked = second.others_cpu_s >= lab.limits.large_cpu_s
    return replace(second, helped=helped and worked)


def _handed_on(lab: LabUnderTest, seen: Witnesses, alone: Large) -> float:
    """What others, where there are any, spent on one more job that they were free to work on; 0
    where it cost the worker about as much as the one that it did alone."""
    if not _has_helpers(lab.stack) or not alone.cpu_s:
        return 0.0
    free = _followed(lab, seen)
    if free.sent.status != "COMPLETED" or free.cpu_s is None:
        return 0.0
    worked = free.others_cpu_s > max(_TAKEN * alone.cpu_s, _MUCH_S)
    return free.others_cpu_s if worked and free.cpu_s < _LEFT * alone.cpu_s else 0.0


def _has_helpers(stack: Stack) -> bool:
    """Whether any service without a role runs."""
    return isinstance(stack, HeldOthers) and len(stack.others()) > len(stack.state("api"))


def _while_held(lab: LabUnderTest, seen: Witnesses) -> Large:
    try:
        hold_helpers(lab.stack)
        with suppress(WitnessError):
            job = _followed(lab, seen, held=True)
            if job.sent.answer.status < SERVER_ERROR:
                return job
        lab.stack.unpause("api")
        release(lab.stack)  # the api, it seems, cannot take a job without them
        return _followed(lab, seen, held=True)
    finally:
        lab.stack.unpause("api")
        release(lab.stack)


def _followed(lab: LabUnderTest, seen: Witnesses, *, held: bool = False) -> Large:
    with lab.follow_log() as log:
        before, others_before = cpu_of(lab.stack), cpu_of_others(lab.stack)
        sent = submit(seen.api, lab.workload.large_job(lab.rng))
        row = seen.postgres.row(sent.job_id) if sent.job_id else None
        waited = row is not None and row.status in FINAL
        if held:
            _hold_all(lab.stack)
        others = cpu_of_others(lab.stack)
        early_s = _until_begun(lab, seen, sent, before) if sent.job_id else None
        at_end = _at_end(lab, seen, sent) if sent.job_id else None
        (ended,) = lab.ended(seen, [sent]) if sent.job_id else (sent,)
        changes = lab.history.of(sent.job_id)
        spent = cpu_since(before, lab.stack) if ENDED_CHILDREN_COUNT else None
        others_s = _since(others, cpu_of_others(lab.stack))
        if _was_busy(lab, sent, changes):
            early_s = None
        events = lab.events(log, [ended]) if sent.job_id else ()
        path = _path(lab, ended, events)
    return Large(
        sent=ended,
        changes=changes,
        events=events,
        cpu_s=spent,
        others_cpu_s=others_s,
        request_cpu_s=_since(others_before, others),
        waited=waited and not _in_no_time(changes),
        too_soon=_in_no_time(changes) and at_end == b"",
        at_end=at_end,
        path=path,
        written=written(lab, path),
        cpu_before_s=early_s,
    )


def _path(lab: LabUnderTest, sent: Sent, events: Sequence[Event]) -> str | None:
    if sent.status != "COMPLETED" or not lab.dialect.message.has_file:
        return None
    return first_there(lab, "worker", result_paths(sent.row, events))[0]


def _was_busy(lab: LabUnderTest, sent: Sent, changes: Sequence[StatusChange]) -> bool:
    """Whether another job, left over from before, ended between this one's submission and its
    PROCESSING: what the worker spent until then was for that one, too.
    """
    begun = next((change.time for change in changes if change.status == "PROCESSING"), None)
    ends = lab.history.first_seen(FINAL)
    return begun is not None and any(sent.answer.sent < end < begun for end in ends.values())


def _in_no_time(changes: Sequence[StatusChange]) -> bool:
    """Whether COMPLETED followed PROCESSING sooner than a large job can be done: who answers after
    that need not have waited."""
    times = {change.status: change.time for change in changes}
    if not {"PROCESSING", "COMPLETED"} <= times.keys():
        return False
    return (times["COMPLETED"] - times["PROCESSING"]).total_seconds() < _NO_TIME_S


def _at_end(lab: LabUnderTest, seen: Witnesses, sent: Sent) -> bytes | None:
    """As ``LabUnderTest.result_now``, when its row has just become final; None also where that was
    waited for too long.
    """
    rows: list[Row | None] = [None]

    def is_final() -> bool:
        rows[0] = seen.postgres.row(sent.job_id)
        return rows[0] is not None and rows[0].status in FINAL

    with suppress(WaitTimeout):
        until(is_final, deadline_s=lab.limits.quiet_s, what="an end", interval_s=_AT_ONCE_S)
    return lab.result_now(rows[0])


def _until_begun(
    lab: LabUnderTest, seen: Witnesses, sent: Sent, before: CpuSeen | None
) -> float | None:
    """What the worker had spent when the row did surely not say PROCESSING yet: it is looked at
    after each reading."""
    spent: list[float | None] = [None]

    def begun() -> bool:
        so_far = cpu_since(before, lab.stack)
        row = seen.postgres.row(sent.job_id)
        if row is None or row.status == "QUEUED":
            spent[0] = so_far
            return so_far is None  # it cannot be seen here
        return True

    lab.await_begun(begun)
    return spent[0]


def _since(before: Mapping[str, float], now: Mapping[str, float]) -> float:
    return sum(max(spent - before.get(name, 0.0), 0.0) for name, spent in now.items())


def _is_quick(job: Large, waited_s: float) -> bool:
    """Whether it took by far less time than was waited for the one before."""
    times = [change.time for change in job.changes]
    if not times or job.sent.status not in FINAL:
        return False
    return (times[-1] - times[0]).total_seconds() < _BY_FAR * waited_s


def _hold_all(stack: Stack) -> None:
    """The api, too: it has answered, and has nothing to do with the job any more."""
    with suppress(StackError):  # it has ended this very moment
        stack.pause("api")
    if isinstance(stack, HeldOthers):
        stack.hold_others(only_sharing=False)
