"""What a worker does while it has nothing to do: does it wait in Redis for the jobs' own list,
or does it poll?
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from harness.grade.experiments.lab_under_test import LabUnderTest
from harness.grade.experiments.sending import FINAL
from harness.grade.experiments.waiting import came, worker_runs
from harness.stack.base import Stack
from harness.stack.waiting import let_pass
from harness.witness.command_counts import every_command
from harness.witness.monitor import Heard, Monitor, monitored, waits_for
from harness.witness.redis import RedisConnection, RedisWitness
from harness.witness.table_scans import TableScans


@dataclass(frozen=True, slots=True, kw_only=True)
class Idleness:
    """A worker that has nothing to do."""

    blocked: tuple[RedisConnection, ...]  #: who waits in Redis for the next job
    renewing: int  #: who waits at the end of the watch, and has asked anything during it
    watched_s: float
    commands: Mapping[str, int]  #: that Redis was sent meanwhile, but for the witness's own
    queries: int  #: how often the table of jobs was looked through in PostgreSQL meanwhile
    cpu_s: float | None  #: of the worker's processes; None where this machine cannot see it


def idleness(lab: LabUnderTest) -> Idleness:
    """Send a job, wait until someone waits for the next one in Redis, then watch for a while."""
    stack, watch_s = lab.stack, lab.limits.idle_watch_s
    login = (stack.redis_address, stack.redis_password, stack.redis_user)
    counted = every_command(*login)
    with lab.redis() as redis, monitored(*login) as monitor, counted as asked:
        waiters = _waiters(lab, redis, monitor)
        polls = TableScans(stack.postgres_dsn, lab.dialect)
        blocked = _among(redis.blocked(), waiters)
        before, cpu = asked(), cpu_s(stack)
        watched = let_pass(watch_s)
        after = asked()
        spent = cpu_s(stack)
        if waiters is not None:
            waiters |= waits_for(monitor.so_far(), lab.dialect.queue)
        renewing = [one for one in _among(redis.blocked(), waiters) if one.idle_s < watched]
    queries = polls.since()
    if queries > watch_s:  # what was asked earlier may have been counted only now: look again
        polls = TableScans(stack.postgres_dsn, lab.dialect)
        let_pass(watch_s)
        queries = min(queries, polls.since())
    sent = {name: calls - before.get(name, 0) for name, calls in after.items()}
    return Idleness(
        blocked=blocked,
        renewing=len(renewing),
        watched_s=watched,
        commands={name: calls for name, calls in sent.items() if calls > 0},
        queries=queries,
        cpu_s=None if cpu is None or spent is None else max(spent - cpu, 0.0),
    )


def _waiters(lab: LabUnderTest, redis: RedisWitness, monitor: Monitor) -> frozenset[str] | None:
    """The addresses of those who wait for the list of this work's jobs, as they ask anew after a
    job; None where that cannot be told, since no job went through that list: any wait in Redis
    counts then."""
    heard: list[Heard] = []
    if not worker_runs(lab.stack):
        return None
    with lab.witnesses() as seen:
        (job,) = lab.ended(seen, [lab.send(seen.api)])

    def waiting() -> bool:
        heard.extend(monitor.so_far())
        asking = waits_for(heard, lab.dialect.queue)
        rests = any(one.address in asking for one in redis.blocked())
        return rests or not worker_runs(lab.stack)

    went = job.row is not None and job.row.status in FINAL
    heard.extend(monitor.so_far())
    if not went or not _crossed(heard, lab.dialect.queue, job.job_id or ""):
        came(
            lambda: redis.blocked() or not worker_runs(lab.stack),
            deadline_s=lab.limits.idle_ready_s,
            what="a client blocked in Redis",
        )
        return None
    came(waiting, deadline_s=lab.limits.idle_ready_s, what="a client that waits for the queue")
    return waits_for(heard, lab.dialect.queue)


def _crossed(heard: Sequence[Heard], queue: str, job_id: str) -> bool:
    """Whether the job was pushed into that list."""
    pushes = (one for one in heard if one.name in ("rpush", "lpush") and queue in one.words)
    return any(job_id.lower() in " ".join(one.words).lower() for one in pushes)


def _among(
    blocked: tuple[RedisConnection, ...], waiters: frozenset[str] | None
) -> tuple[RedisConnection, ...]:
    return tuple(one for one in blocked if waiters is None or one.address in waiters)


def cpu_s(stack: Stack) -> float | None:
    """CPU seconds of the worker's processes so far; None where this machine cannot see them."""
    total = 0.0
    for state in stack.state("worker"):
        if state.pid is None or not _is_here(stack, state.pid):
            return None
        try:
            process = psutil.Process(state.pid)
            times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
        except psutil.Error:
            return None
        total += sum(time.user + time.system for time in times)
    return total


def _is_here(stack: Stack, pid: int) -> bool:
    """Whether that pid is a process of this machine: Docker Desktop tells those of its own."""
    if stack.runtime == "embedded":
        return True
    if sys.platform != "linux":
        return False
    try:
        return "docker" in Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8")
    except OSError:
        return False
