"""The queue as Redis's own MONITOR shows it: which key a message with a job's id was put into."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from time import monotonic
from typing import Any, NamedTuple

from redis.exceptions import RedisError

from harness.witness.connections import connect_redis
from harness.witness.errors import WitnessError
from harness.witness.redis import BLOCKING

_PUSHES = ("RPUSH", "LPUSH")
_LOOK_S = 0.5
_MOST = 20_000  #: commands at a time; who sends more in a moment is found by their number
_WORDS = 20  #: of one command


class Push(NamedTuple):
    """A message that went into a list."""

    time: datetime  #: by Redis's clock, UTC
    key: str
    message: str


class Heard(NamedTuple):
    """A command, as MONITOR tells of it."""

    address: str  #: of the client, as CLIENT LIST has it
    name: str  #: small letters
    words: tuple[str, ...]  #: what follows the name


def waits_for(heard: Iterable[Heard], key: str) -> frozenset[str]:
    """The addresses of those who asked to be woken by this very key: another one's beside it
    tells nothing.
    """
    return frozenset(one.address for one in heard if one.name in BLOCKING and key in one.words)


class Monitor:
    """Every command that Redis is sent, from the moment it was opened."""

    def __init__(self, monitor: Any) -> None:
        self._monitor = monitor
        self._pushed: list[Push] = []

    def queue_of(self, job_id: str, *, deadline_s: float) -> str | None:
        """The list that a message with this id was pushed to; None where none was before the
        deadline.
        """
        end = monotonic() + deadline_s
        while True:
            for push in self._pushed:
                if job_id.lower() in push.message.lower():
                    return push.key
            if monotonic() >= end:
                return None
            heard = self.next_push()
            self._pushed += [heard] if heard else []

    def so_far(self) -> tuple[Heard, ...]:
        """What was heard since this was asked last, whoever else was busy meanwhile;
        ``WitnessError`` as below.
        """
        heard: list[Heard] = []
        try:
            while len(heard) < _MOST and self._monitor.connection.can_read(timeout=0):
                one = self._monitor.next_command()
                name, *words = str(one["command"]).split(" ")
                address = f"{one['client_address']}:{one['client_port']}"
                heard.append(Heard(address, name.lower(), tuple(words[:_WORDS])))
        except (RedisError, OSError) as error:
            raise WitnessError("witness-monitor", reason=str(error)) from error
        return tuple(heard)

    def next_push(self) -> Push | None:
        """The next command, if it is a push; None where it is another, or for half a second none
        comes. ``WitnessError("witness-monitor")`` where Redis is gone."""
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
