"""What a worker does while it has nothing to do: is it blocked in Redis, or does it poll?"""

from contextlib import closing
from time import monotonic

import psutil
import psycopg2

from harness.grade.observed import Idleness
from harness.stack.base import Stack
from harness.stack.errors import StackError
from harness.stack.waiting import until
from harness.witness.errors import WitnessError
from harness.witness.redis import RedisWitness

_WATCH_S = 2.0  #: a worker that polls does so several times in this time
_READY_S = 30.0


def watch_idleness(stack: Stack) -> Idleness:
    """Wait until someone is blocked in Redis, then watch for two seconds."""
    with RedisWitness(stack.redis_address) as redis:
        try:
            until(redis.blocked, deadline_s=_READY_S, what="a client blocked in Redis")
        except StackError as error:
            if error.reference != "timed-out":
                raise  # nobody blocked is a finding; it shows in the watch
        before = {client.id: client for client in redis.clients()}
        cpu, began = _cpu(stack), monotonic()
        until(lambda: monotonic() - began >= _WATCH_S, deadline_s=_READY_S, what="the watch")
        watched = monotonic() - began
        after = redis.clients()
        spent = _cpu(stack)
        return Idleness(
            blocked=tuple(client for client in after if client.blocked),
            watched_s=watched,
            commands=sum(
                client.id not in before or client.idle_s < before[client.id].idle_s + 1
                for client in after
            ),
            queries=_queries(stack),
            cpu_s=None if cpu is None or spent is None else spent - cpu,
        )


def _cpu(stack: Stack) -> float | None:
    """CPU seconds of the worker's processes so far; None where this machine cannot see them."""
    total = 0.0
    for state in stack.state("worker"):
        try:
            process = psutil.Process(state.pid or -1)
            times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
        except (psutil.Error, ValueError):
            return None
        total += sum(time.user + time.system for time in times)
    return total


def _queries(stack: Stack) -> int:
    """How many sessions but the witness's own began a query within the watch."""
    sql = (
        "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
        " AND application_name <> 'lab6-witness' AND query_start > clock_timestamp() - %s * interval '1 s'"
    )
    try:
        connection = psycopg2.connect(stack.postgres_dsn, application_name="lab6-witness")
        with closing(connection), connection.cursor() as cursor:
            cursor.execute(sql, (_WATCH_S,))
            row = cursor.fetchone()
            return int(row[0]) if row else 0
    except psycopg2.Error as error:
        raise WitnessError("witness-postgres", reason=str(error).strip()) from error
