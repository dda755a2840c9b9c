"""Redis away for a while, PostgreSQL restarted: does the worker live through it, quietly?"""

import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

from harness.grade.experiments.lab_under_test import LabUnderTest, Witnesses
from harness.grade.experiments.sending import Sent
from harness.grade.experiments.taken_back import EventTakenBack, TakenBack
from harness.grade.experiments.waiting import came
from harness.stack.base import ServiceState
from harness.stack.errors import StackError
from harness.stack.waiting import until_clock
from harness.trace import Judge, Kind
from harness.trace.decorations import undecorated
from harness.witness.http import Api

_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """Something was away for a while; then one more job was sent."""

    away_s: float
    error_lines: int  #: of Redis errors, in the worker's log so far
    lines: int  #: all lines of the worker's log while it was away
    most_repeated: int  #: how often the commonest of these lines came: a long trace is no loop
    states: tuple[ServiceState, ...]  #: the worker's, while it was away
    restarted: bool  #: one of these had ended before, and the runtime has started it anew
    after: Sent
    #: who waits for the next job afterwards is no worker, and no worker waits beside
    taken_over: bool = False
    #: a job whose event was taken back before the worker went on; None where none lay there
    taken_back: TakenBack | None = None


def redis_outage(lab: LabUnderTest) -> Outage:
    """Redis away for a while; then a job."""
    return _outage(lab, "redis", lab.limits.redis_away_s)


def postgres_outage(lab: LabUnderTest) -> Outage:
    """PostgreSQL restarted; then a job."""
    return _outage(lab, "postgres", 0.0)


def _outage(lab: LabUnderTest, service: str, away_s: float) -> Outage:
    before = len(_log_so_far(lab)[0])
    pids = {state.name: state.pid for state in lab.stack.state("worker")}
    began = monotonic()
    with lab.stopped(service):
        until_clock(began + away_s)
        away = monotonic() - began
        meanwhile = _log_so_far(lab)[0][before:]
        states = lab.stack.state("worker")
        if service == "redis":
            # Whether it still pauses when that is back is chance: frozen, it cannot be the first.
            with suppress(StackError):
                lab.stack.pause("worker")
    try:
        with lab.witnesses() as seen, lab.monitored() as monitor:
            came(lambda: _healthy(seen.api), deadline_s=lab.limits.back_s, what="GET /health")
            sent = lab.send_until_taken(seen.api)
            event = EventTakenBack.of(lab, seen, monitor, sent)
            lab.stack.unpause("worker")
            after, taken_back = _ended(lab, seen, sent, event)
    finally:
        with suppress(StackError):
            lab.stack.unpause("worker")
    with lab.witnesses() as seen:
        taken_over = after.status == "COMPLETED" and _taken_over(lab, seen)
    if after.status != "COMPLETED":
        lab.restart()  # who does not come back by itself is this check's matter, and no other's
    return Outage(
        away_s=away,
        error_lines=_log_so_far(lab)[1],
        lines=len(meanwhile),
        most_repeated=max(Counter(meanwhile).values(), default=0),
        states=states,
        restarted=any(pids.get(state.name) not in (None, state.pid) for state in states),
        after=after,
        taken_over=taken_over,
        taken_back=taken_back,
    )


def _ended(
    lab: LabUnderTest, seen: Witnesses, sent: Sent, event: EventTakenBack | None
) -> tuple[Sent, TakenBack | None]:
    """The first job that the worker gets, at its end; and the one before it, where its event was
    taken back."""
    if event is None:
        (after,) = lab.ended(seen, [sent], lab.limits.back_s)
        return after, None
    after = lab.send_and_wait(seen, lab.limits.back_s)
    return after, event.put_back()


def _taken_over(lab: LabUnderTest, seen: Witnesses) -> bool:
    """Whether somebody else now waits in the worker's place: a worker that is alive comes to it."""
    here: list[bool] = []  # of those who wait: whether they are the worker's

    def somebody_waits() -> bool:
        own = frozenset[str]().union(*(state.addresses for state in lab.stack.state("worker")))
        waiting = seen.redis.blocked() if own else ()
        here[:] = [connection.host in own for connection in waiting]
        return not own or any(here)

    came(somebody_waits, deadline_s=lab.limits.idle_ready_s, what="the worker, waiting in Redis")
    return bool(here) and not any(here)


def _healthy(api: Api) -> bool:
    return api.request("GET", "/health").status < 500


def _log_so_far(lab: LabUnderTest) -> tuple[list[str], int]:
    """The worker's log without decorations and digits (so that the same words are the same line),
    and how many of its lines tell of a Redis error."""
    judge = Judge(lab.dialect.profile)
    raw = list(lab.stack.logs("worker", timestamps=True))
    events = [judge.feed(line).event for line in raw]
    errors = sum(event is not None and event.kind is Kind.REDIS_ERROR for event in events)
    return [
        _DIGITS.sub("", undecorated(line.decode("utf-8", "replace")).text) for line in raw
    ], errors
