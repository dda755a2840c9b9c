"""The queue, watched all the time in the background: every command about it (MONITOR), and its length.

MONITOR shows a BLPOP when a client asks for it, not when it is served; that moment is the keyspace event
``lpop``. Both watches survive a restart of Redis: they connect again until they are closed.
"""

import secrets
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from redis.exceptions import RedisError

from harness.stack.waiting import WaitTimeout, until
from harness.witness.redis import QUEUE

NAME = "lab6-lesson"  #: of the kit's own connections
_MOST = 50_000  #: commands that are remembered
_LOOK_S = 0.2
_AGAIN_S = 0.2
_READY_S = 10.0
_CATCH_UP_S = 3.0
_MARKS = "lab6-lesson-marks"  #: the channel of marks: what was sent before one was seen before it
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
    """Both watches of one Redis, until ``close``. What they tell is all that happened until they are asked."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        self._commands: deque[Command] = deque(maxlen=_MOST)
        self._lengths: deque[Length] = deque(maxlen=_MOST)
        self._closed = threading.Event()
        self._news = threading.Condition()
        self._seen = {"monitor": "", "events": ""}  #: the latest mark that each watch came upon
        for watch in (self._monitor, self._events):
            threading.Thread(target=self._keep, args=(watch,), daemon=True).start()
        self._catch_up(_READY_S)

    def commands(self) -> tuple[Command, ...]:
        """What Redis was sent about the queue since the last ``forget``, oldest first."""
        self._catch_up()
        return tuple(self._commands)

    def lengths(self) -> tuple[Length, ...]:
        """The queue's length after each of its changes since the last ``forget``."""
        self._catch_up()
        return tuple(self._lengths)

    def forget(self) -> None:
        """Begin anew."""
        self._catch_up()
        self._commands.clear()
        self._lengths.clear()

    def close(self) -> None:
        """No more."""
        self._closed.set()

    def _catch_up(self, deadline_s: float = _CATCH_UP_S) -> None:
        """Put a mark into what is watched, and wait until both have come upon it; not for ever: Redis may
        be away."""
        mark = secrets.token_hex(8)
        with suppress(RedisError, OSError, WaitTimeout), self._connect() as client:
            until(partial(self._marked, client, mark), deadline_s=deadline_s, what=_MARKS)

    def _marked(self, client: Any, mark: str) -> bool:
        """Whether both have seen the mark; it is put again, as one may not have listened yet."""
        client.publish(_MARKS, mark)
        with self._news:
            return self._news.wait_for(
                lambda: all(seen == mark for seen in self._seen.values()), _LOOK_S
            )

    def _see(self, watch: str, mark: str) -> None:
        with self._news:
            self._seen[watch] = mark
            self._news.notify_all()

    def _keep(self, watch: Callable[[Any], None]) -> None:
        while not self._closed.is_set():
            with suppress(RedisError, OSError), self._connect() as client:
                watch(client)
            self._closed.wait(_AGAIN_S)

    def _monitor(self, client: Any) -> None:
        with client.monitor() as monitor:
            while not self._closed.is_set():
                # Asked first: a read that runs out of time would cost the connection.
                if not monitor.connection.can_read(timeout=_LOOK_S):
                    continue
                told = monitor.next_command()
                text = told["command"]
                if text.startswith(f"PUBLISH {_MARKS} "):
                    self._see("monitor", text.rpartition(" ")[2])
                elif QUEUE in text:  # others may be many: a loop that polls its own list
                    self._commands.append(_command(told))

    def _events(self, client: Any) -> None:
        client.config_set("notify-keyspace-events", "Klg")
        with client.pubsub(ignore_subscribe_messages=True) as channel:
            channel.subscribe(f"__keyspace@0__:{QUEUE}", _MARKS)
            length = client.llen(QUEUE)
            while not self._closed.is_set():
                if (message := channel.get_message(timeout=_LOOK_S)) is None:
                    continue
                if message["channel"] == _MARKS:
                    self._see("events", message["data"])
                else:
                    length = self._changed(length, message["data"])

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
