"""The queue, watched all the time in the background: every command about it (MONITOR), and its length.

MONITOR shows a BLPOP when a client asks for it, not when it is served; that moment is the keyspace event
``lpop``. Both watches survive a restart of Redis: they connect again until they are closed.
"""

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from redis.exceptions import RedisError

from harness.witness.redis import QUEUE

NAME = "lab6-lesson"  #: of the kit's own connections
_MOST = 50_000  #: commands that are remembered
_LOOK_S = 0.2
_AGAIN_S = 0.2
_READY_S = 10.0
_CHANGES = {"rpush": 1, "lpush": 1, "lpop": -1, "rpop": -1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command, as MONITOR tells of it."""

    time: datetime  #: by Redis's clock
    address: str  #: of the client
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """The queue's length after a change."""

    time: datetime  #: when this process was told
    length: int
    change: str  #: rpush, lpop, …


class Watch:
    """Both watches of one Redis, until ``close``."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        self._commands: deque[Command] = deque(maxlen=_MOST)
        self._lengths: deque[Length] = deque(maxlen=_MOST)
        self._closed = threading.Event()
        self._ready = {"monitor": threading.Event(), "events": threading.Event()}
        for name, watch in (("monitor", self._monitor), ("events", self._events)):
            threading.Thread(target=self._keep, args=(watch,), name=name, daemon=True).start()
        for ready in self._ready.values():
            ready.wait(_READY_S)

    @property
    def commands(self) -> tuple[Command, ...]:
        """What Redis was sent about the queue since the last ``forget``, oldest first."""
        return tuple(self._commands)

    @property
    def lengths(self) -> tuple[Length, ...]:
        """The queue's length after each of its changes since the last ``forget``."""
        return tuple(self._lengths)

    def forget(self) -> None:
        """Begin anew."""
        self._commands.clear()
        self._lengths.clear()

    def close(self) -> None:
        """No more."""
        self._closed.set()

    def _keep(self, watch: Callable[[Any], None]) -> None:
        while not self._closed.is_set():
            with suppress(RedisError, OSError), self._connect() as client:
                watch(client)
            self._closed.wait(_AGAIN_S)

    def _monitor(self, client: Any) -> None:
        with client.monitor() as monitor:
            self._ready["monitor"].set()
            while not self._closed.is_set():
                # Asked first: a read that runs out of time would cost the connection.
                if monitor.connection.can_read(timeout=_LOOK_S):
                    told = monitor.next_command()
                    if (
                        QUEUE in told["command"]
                    ):  # others may be many: a loop that polls its own list
                        self._commands.append(_command(told))

    def _events(self, client: Any) -> None:
        client.config_set("notify-keyspace-events", "Klg")
        with client.pubsub(ignore_subscribe_messages=True) as channel:
            channel.subscribe(f"__keyspace@0__:{QUEUE}")
            channel.get_message(timeout=_LOOK_S)
            length = client.llen(QUEUE)
            self._ready["events"].set()
            while not self._closed.is_set():
                if (message := channel.get_message(timeout=_LOOK_S)) is not None:
                    length = self._changed(length, str(message["data"]))

    def _changed(self, length: int, change: str) -> int:
        """The length after this event; it is remembered."""
        if change not in _CHANGES and length == 0:  # an empty list is deleted by Redis itself
            return 0
        length = max(length + _CHANGES[change], 0) if change in _CHANGES else 0
        self._lengths.append(Length(time=datetime.now(UTC), length=length, change=change))
        return length


def _command(told: dict[str, Any]) -> Command:
    return Command(
        time=datetime.fromtimestamp(told["time"], UTC),
        address=f"{told['client_address']}:{told['client_port']}",
        text=told["command"],
    )
