"""What a worker does while it has nothing to do: is it blocked in Redis, or does it poll?"""

import sys
from contextlib import closing
from functools import partial
from pathlib import Path
from time import monotonic

import psutil
import psycopg2

from harness.grade.lab import Lab, came
from harness.grade.observed import Idleness
from harness.stack.base import Stack
from harness.witness.commands import commands_so_far
from harness.witness.errors import WitnessError

_CONNECT_S = 10
_POLLS = """
SELECT count(*) FROM pg_stat_activity
WHERE backend_type = 'client backend' AND application_name <> 'lab6-witness'
  AND query ILIKE '%%' || %s || '%%' AND query_start > clock_timestamp() - %s * interval '1 s'
"""


def idleness(lab: Lab) -> Idleness:
    """Wait until someone is blocked in Redis, then watch for a while."""
    stack, watch_s = lab.stack, lab.limits.idle_watch_s
    asked = partial(commands_so_far, stack.redis_address, stack.redis_password)
    with lab.redis() as redis:
        came(redis.blocked, deadline_s=lab.limits.idle_ready_s, what="a client blocked in Redis")
        blocked = redis.blocked()
        before, cpu = asked(), _cpu_s(stack)
        began = monotonic()
        came(lambda: monotonic() >= began + watch_s, deadline_s=watch_s + 1, what="the watch's end")
        watched, after = monotonic() - began, asked()
        spent = _cpu_s(stack)
    sent = {name: calls - before.get(name, 0) for name, calls in after.items()}
    return Idleness(
        blocked=blocked,
        watched_s=watched,
        commands={name: calls for name, calls in sent.items() if calls > 0},
        queries=_queries(lab, watch_s),
        cpu_s=None if cpu is None or spent is None else max(spent - cpu, 0.0),
    )


def _cpu_s(stack: Stack) -> float | None:
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


def _queries(lab: Lab, seconds: float) -> int:
    """How many sessions but the witness's own asked for jobs within the last ``seconds``."""
    try:
        connection = psycopg2.connect(
            lab.stack.postgres_dsn, connect_timeout=_CONNECT_S, application_name="lab6-witness"
        )
        with closing(connection), connection.cursor() as cursor:
            cursor.execute(_POLLS, (lab.dialect.table, seconds))
            row = cursor.fetchone()
            return int(row[0]) if row else 0
    except psycopg2.Error as error:
        raise WitnessError("witness-postgres", reason=str(error).strip()) from error
