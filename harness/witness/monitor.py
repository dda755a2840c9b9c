"""The queue as Redis's own MONITOR shows it: which key a message with a job's id was put into."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from time import monotonic
from typing import Any, NamedTuple

from redis.exceptions import RedisError

from harness.witness.connections import connect_redis
from harness.witness.errors import WitnessError

_PUSHES = ("RPUSH", "LPUSH")
_LOOK_S = 0.5


class Push(NamedTuple):
    """A message that went into a list."""

    time: datetime  #: by Redis's clock, UTC
    key: str
    message: str


class Monitor:
    """Every command that Redis is sent, from the moment it was opened."""

    def __init__(self, monitor: Any) -> None:
        self._monitor = monitor
        self._pushed: list[Push] = []

    def queue_of(self, job_id: str, *, deadline_s: float) -> str | None:
        """The list that a message with this id was pushed to; None where none was before the deadline."""
        end = monotonic() + deadline_s
        while True:
            for push in self._pushed:
                if job_id.lower() in push.message.lower():
                    return push.key
            if monotonic() >= end:
                return None
            heard = self.next_push()
            self._pushed += [heard] if heard else []

    def next_push(self) -> Push | None:
        """The next command, if it is a push; None where it is another, or for half a second none comes.
        ``WitnessError("witness-monitor")`` where Redis is gone."""
        try:
            # Asked first: a read that runs out of time would cost the connection.
            if not self._monitor.connection.can_read(timeout=_LOOK_S):
                return None
            heard = self._monitor.next_command()
        except (RedisError, OSError) as error:
            raise WitnessError("witness-monitor", reason=str(error)) from error
        name, _, rest = str(heard["command"]).partition(" ")
        key, _, message = rest.partition(" ")
        if name.upper() not in _PUSHES:
            return None
        return Push(datetime.fromtimestamp(heard["time"], UTC), key, message)


@contextmanager
def monitored(
    address: tuple[str, int], password: str | None, user: str | None = None
) -> Iterator[Monitor]:
    """Listen to Redis. ``WitnessError("witness-monitor")`` where it does not let us."""
    try:
        with (
            connect_redis(address, password, user=user) as client,
            client.monitor() as monitor,
        ):
            yield Monitor(monitor)
    except (RedisError, OSError) as error:
        raise WitnessError("witness-monitor", reason=str(error)) from error
