"""What a worker does while it has nothing to do: does it wait in Redis for what a job brings, or
does it poll?
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from harness.grade.experiments.helpers import release
from harness.grade.experiments.lab_under_test import LabUnderTest
from harness.grade.experiments.sending import FINAL
from harness.grade.experiments.waiting import Absence, came, worker_runs
from harness.grade.experiments.worker_cpu import cpu_of, cpu_since
from harness.lateness import fair_now
from harness.stack.base import HeldOthers, Stack
from harness.stack.errors import StackError
from harness.stack.waiting import let_pass, looking
from harness.witness.command_counts import every_command
from harness.witness.errors import WitnessError
from harness.witness.redis import RedisConnection, asked_while_idle
from harness.witness.table_scans import TableScans
from harness.witness.table_statements import table_statements

_LOOK_S = 0.05  #: between two looks at what PostgreSQL's sessions ask
_AGAIN = 2  #: times a worker is watched again that seems to ask often


@dataclass(frozen=True, slots=True, kw_only=True)
class Idleness:
    """The workers, which have nothing to do."""

    workers: int  #: that run: the bounds are of one
    blocked: tuple[RedisConnection, ...]  #: who waits in Redis for the next job
    renewing: int  #: who waits at the end of the watch, and has asked anything during it
    came_s: float  #: from the end of a job until somebody waits for the next one
    coming: Mapping[str, int]  #: the commands that Redis was sent meanwhile
    watched_s: float
    commands: Mapping[str, int]  #: that Redis was sent meanwhile, but for the witness's own
    queries: int  #: how often the table of jobs was looked through in PostgreSQL meanwhile
    cpu_s: float | None  #: of the worker's processes; None where this machine cannot see it


@dataclass(frozen=True, slots=True, kw_only=True)
class _Watch:
    """What happened while a worker was watched that had nothing to do; fields as ``Idleness``."""

    renewing: int
    watched_s: float
    commands: Mapping[str, int]
    queries: int
    cpu_s: float | None


def idleness(lab: LabUnderTest) -> Idleness:
    """Send a job, wait until someone waits for the next one in Redis, then watch for a while."""
    stack = lab.stack
    login = (stack.redis_address, stack.redis_password, stack.redis_user)
    counted = every_command(*login)
    with lab.redis() as redis, lab.monitored() as monitor, counted as asked:
        heard = _job_went_through(lab)

        def waiting() -> tuple[RedisConnection, ...]:
            """Who of the worker's waits for the next job: where none went through, who waits at
            all.
            """
            blocked = _of_the_worker(redis.blocked(), stack)
            woken = monitor.woken() if heard else ()
            return tuple(
                connection for connection in blocked if not heard or connection.address in woken
            )

        ended, counted_then = fair_now(), asked()
        blocked = _first_seen(waiting, lab)
        came_s, coming = fair_now() - ended, _more(asked(), counted_then)
        watch = _watched(lab, asked, waiting)
        if _asks_often(watch, lab):
            # Others may ask, and not the worker; and PostgreSQL counts late, once, what a session
            # asked that rests now. Look again, while they cannot.
            with _others_frozen(stack):
                for _ in range(_AGAIN):
                    watch = _watched(lab, asked, waiting)
                    if not _asks_often(watch, lab):
                        break
    return Idleness(
        workers=max(sum(not state.has_ended for state in stack.state("worker")), 1),
        blocked=blocked,
        renewing=watch.renewing,
        came_s=came_s,
        coming=coming,
        watched_s=watch.watched_s,
        commands=watch.commands,
        queries=watch.queries,
        cpu_s=watch.cpu_s,
    )


def _asks_often(watch: _Watch, lab: LabUnderTest) -> bool:
    times = max(asked_while_idle(watch.commands, watch.renewing), watch.queries)
    return times > watch.watched_s * lab.limits.idle_commands_per_s


def _watched(
    lab: LabUnderTest,
    asked: Callable[[], Mapping[str, int]],
    waiting: Callable[[], tuple[RedisConnection, ...]],
) -> _Watch:
    """The worker is left alone for a while, and looked at."""
    polls = TableScans(lab.stack.postgres_dsn, lab.dialect)
    before, cpu = asked(), cpu_of(lab.stack)
    with (
        table_statements(lab.stack.postgres_dsn, lab.dialect) as statements,
        looking(statements.look, every_s=_LOOK_S, name="statements"),
    ):
        watched_s = let_pass(lab.limits.idle_watch_s)
    after = asked()
    spent = cpu_since(cpu, lab.stack)
    return _Watch(
        renewing=len([client for client in waiting() if client.idle_s < watched_s]),
        watched_s=watched_s,
        commands=_more(after, before),
        queries=max(polls.since(), statements.count()),
        cpu_s=spent,
    )


@contextmanager
def _others_frozen(stack: Stack) -> Iterator[None]:
    """Within it nobody but the worker does anything (a page of figures may ask much), where this
    stack can freeze anybody."""
    try:
        with suppress(StackError):
            stack.pause("api")
        if isinstance(stack, HeldOthers):
            stack.hold_others(only_sharing=False)
        yield
    finally:
        release(stack)
        with suppress(StackError):
            stack.unpause("api")


def _more(now: Mapping[str, int], before: Mapping[str, int]) -> Mapping[str, int]:
    sent = {name: calls - before.get(name, 0) for name, calls in now.items()}
    return {name: calls for name, calls in sent.items() if calls > 0}


def _of_the_worker(
    connections: tuple[RedisConnection, ...], stack: Stack
) -> tuple[RedisConnection, ...]:
    """Those that come from the worker's containers; all where nobody can tell them apart."""
    own = frozenset[str]().union(*(state.addresses for state in stack.state("worker")))
    return tuple(connection for connection in connections if not own or connection.host in own)


def _job_went_through(lab: LabUnderTest) -> bool:
    """Whether one more job reached its end, so that what wakes the worker has been heard."""
    if not worker_runs(lab.stack):
        return False
    with lab.witnesses() as seen:
        try:
            sent = lab.send_until_taken(seen.api)
        except WitnessError as error:
            if error.reference != "api-silent":
                raise
            return False  # the api's matter, and not the worker's
        (job,) = lab.ended(seen, [sent])
    return job.row is not None and job.row.status in FINAL


def _first_seen(
    waiting: Callable[[], tuple[RedisConnection, ...]], lab: LabUnderTest
) -> tuple[RedisConnection, ...]:
    """Those who wait, as soon as somebody does; nobody where none came to it in time. Asked anew
    they may be between one wait and the next.
    """
    absence = Absence(lab.stack)
    seen: list[RedisConnection] = []

    def somebody() -> bool:
        seen[:] = waiting()
        return bool(seen) or absence.over()

    ready_s = lab.patient_s(lab.limits.idle_ready_s)
    came(somebody, deadline_s=ready_s, what="a client that waits in Redis")
    return tuple(seen)
