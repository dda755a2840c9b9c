"""The queue as Redis's own MONITOR shows it: which key a message with a job's id was put into."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from harness.witness.errors import WitnessError

_PUSHES = ("RPUSH", "LPUSH")
_LOOK_S = 0.5
_TIMEOUT_S = 10.0


class Monitor:
    """Every command that Redis is sent, from the moment it was opened."""

    def __init__(self, monitor: Any) -> None:
        self._monitor = monitor
        self._pushed: list[tuple[str, str]] = []

    def queue_of(self, job_id: str, *, deadline_s: float) -> str | None:
        """The list that a message with this id was pushed to; None where none was before the deadline."""
        end = monotonic() + deadline_s
        while True:
            for key, message in self._pushed:
                if job_id.lower() in message.lower():
                    return key
            if monotonic() >= end:
                return None
            self._hear()

    def _hear(self) -> None:
        try:
            # Asked first: a read that runs out of time would cost the connection.
            if not self._monitor.connection.can_read(timeout=_LOOK_S):
                return
            command = str(self._monitor.next_command()["command"])
        except (RedisError, OSError) as error:
            raise WitnessError("witness-monitor", reason=str(error)) from error
        name, _, rest = command.partition(" ")
        key, _, message = rest.partition(" ")
        if name.upper() in _PUSHES:
            self._pushed.append((key, message))


@contextmanager
def monitored(address: tuple[str, int], password: str | None) -> Iterator[Monitor]:
    """Listen to Redis. ``WitnessError("witness-monitor")`` where it does not let us."""
    client = redis.Redis(
        host=address[0],
        port=address[1],
        password=password,
        socket_timeout=_TIMEOUT_S,
        client_name="lab6-witness",
        retry=Retry(NoBackoff(), 0),
    )
    try:
        with client, client.monitor() as monitor:  # type: ignore[no-untyped-call]
            yield Monitor(monitor)
    except (RedisError, OSError) as error:
        raise WitnessError("witness-monitor", reason=str(error)) from error
