"""Two jobs whose rows are locked when their events come: the worker waits there before its row may
say PROCESSING, and what it has spent by then is no work on the file.

They are as light and as heavy as the quiet run's own jobs, so that nobody can tell them from those;
what is spent more on the heavier one was spent on the work. Only control groups count finely enough
for a small job: where the worker has none, nobody is judged.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from time import process_time

from harness.grade.experiments.lab_under_test import LabUnderTest, Witnesses
from harness.grade.experiments.sending import submit
from harness.grade.experiments.waiting import came
from harness.grade.experiments.worker_cpu import group_cpu_s
from harness.stack.errors import StackError
from harness.stack.waiting import WaitTimeout, until
from harness.workload import JobRequest

_PAIRS = 2  #: looked at before anybody is judged: a worker may have other things to do for a moment
#: The worker is at rest when it has spent no more than so much between two looks, so many times.
_REST_S, _LOOKS, _LOOK_S = 0.001, 4, 0.05
_RESTS_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Barred:
    """One job: the worker's CPU, in seconds."""

    early_s: float  #: from the event's coming until its row could say PROCESSING
    spent_s: float  #: until it ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A light and a heavy job, and what the heavy one took more."""

    light: Barred
    heavy: Barred
    own_s: float  #: what it takes more to do so in this process

    @property
    def early_s(self) -> float:
        """Spent before PROCESSING."""
        return self.heavy.early_s - self.light.early_s

    @property
    def spent_s(self) -> float:
        """Spent in all."""
        return self.heavy.spent_s - self.light.spent_s


def barred(lab: LabUnderTest) -> tuple[Pair, ...]:
    """A few pairs; none where the worker cannot be frozen, its CPU not be counted, or it does not
    wait at its row, or does not rest there."""
    pairs: list[Pair] = []
    if not lab.limits.large_cpu_s:  # somebody else may do the work
        return ()
    with lab.witnesses() as seen:
        for _ in range(_PAIRS):
            requests = [lab.workload.edge_job(lab.rng, heavy=heavy) for heavy in (False, True)]
            light, heavy = (_barred(lab, seen, request) for request in requests)
            if light is None or heavy is None:
                return ()
            own_s = [_own_s(lab, request) for request in requests]
            pairs.append(Pair(light=light, heavy=heavy, own_s=own_s[1] - own_s[0]))
    return tuple(pairs)


def _barred(lab: LabUnderTest, seen: Witnesses, request: JobRequest) -> Barred | None:
    ready_s = lab.patient_s(lab.limits.idle_ready_s)
    if not came(seen.redis.blocked, deadline_s=ready_s, what="a waiting worker"):
        return None
    try:
        lab.stack.pause("worker")
    except StackError:
        return None
    try:
        sent = lab.answered(submit(seen.api, request))
        before = group_cpu_s(lab.stack)
        if not before or not sent.job_id:
            return None
        with lab.history.locked(sent.job_id):
            lab.stack.unpause("worker")
            there = came(lab.history.waiting_updates, deadline_s=ready_s, what="who waits there")
            early = _at_rest(lab)
    finally:
        lab.stack.unpause("worker")
    (ended,) = lab.ended(seen, [sent])
    spent = group_cpu_s(lab.stack)
    anew = not before.keys() == early.keys() == spent.keys()
    if not there or anew or ended.status != "COMPLETED":
        return None
    began_s = sum(before.values())
    return Barred(
        early_s=sum(early.values()) - began_s,
        spent_s=sum(spent.values()) - began_s,
    )


def _at_rest(lab: LabUnderTest) -> Mapping[int, float]:
    """What the worker has spent when it does nothing any more, also beside its waiting; nothing of
    one that never rests: what its jobs cost cannot be told from the rest.
    """
    looks: list[Mapping[int, float]] = []

    def rests() -> bool:
        looks.append(group_cpu_s(lab.stack))
        spent = [sum(look.values()) for look in looks[-_LOOKS:]]
        return len(spent) == _LOOKS and spent[-1] - spent[0] <= _REST_S * _LOOKS

    with suppress(WaitTimeout):
        until(rests, deadline_s=_RESTS_S, what="a worker at rest", interval_s=_LOOK_S)
        return looks[-1]
    return {}


def _own_s(lab: LabUnderTest, request: JobRequest) -> float:
    """What the job costs this process."""
    began = process_time()
    lab.workload.do(request)
    return process_time() - began
