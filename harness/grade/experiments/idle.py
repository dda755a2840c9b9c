"""What a worker does while it has nothing to do: is it blocked in Redis, or does it poll?"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from harness.grade.experiments.lab_under_test import LabUnderTest
from harness.grade.experiments.waiting import came, worker_runs
from harness.stack.base import Stack
from harness.stack.waiting import let_pass
from harness.witness.command_counts import every_command
from harness.witness.redis import RedisConnection
from harness.witness.table_scans import TableScans


@dataclass(frozen=True, slots=True, kw_only=True)
class Idleness:
    """A worker that has nothing to do."""

    blocked: tuple[RedisConnection, ...]  #: who waits in Redis
    renewing: int  #: who waits at the end of the watch, and has asked anything during it
    watched_s: float
    commands: Mapping[str, int]  #: that Redis was sent meanwhile, but for the witness's own
    queries: int  #: how often the table of jobs was looked through in PostgreSQL meanwhile
    cpu_s: float | None  #: of the worker's processes; None where this machine cannot see it


def idleness(lab: LabUnderTest) -> Idleness:
    """Wait until someone is blocked in Redis, then watch for a while."""
    stack, watch_s = lab.stack, lab.limits.idle_watch_s
    counted = every_command(stack.redis_address, stack.redis_password, stack.redis_user)
    with lab.redis() as redis, counted as asked:
        came(
            lambda: redis.blocked() or not worker_runs(stack),
            deadline_s=lab.limits.idle_ready_s,
            what="a client blocked in Redis",
        )
        blocked = redis.blocked()
        polls = TableScans(stack.postgres_dsn, lab.dialect)
        before, cpu = asked(), cpu_s(stack)
        watched = let_pass(watch_s)
        after = asked()
        spent = cpu_s(stack)
        renewing = [one for one in redis.blocked() if one.idle_s < watched]
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
