"""The queue, watched all the time in the background: every command about it, as MONITOR tells of
it.

MONITOR shows a BLPOP when a client asks for it, not when it is served. The watch survives a restart
of Redis: it connects again until it is closed.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command, as MONITOR tells of it."""

    time: datetime  #: by Redis's clock
    address: str  #: of the client
    text: str


class QueueWatch:
    """The watch of one Redis, until ``close``. What it tells is all that happened until it is
    asked.
    """

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        self._commands: deque[Command] = deque(maxlen=_MOST)
        self._closed = threading.Event()
        self._news = threading.Condition()
        self._seen = ""  #: the latest mark that the watch came upon
        threading.Thread(target=self._keep, daemon=True).start()
        self._catch_up(_READY_S)

    def commands(self) -> tuple[Command, ...]:
        """What Redis was sent about the queue since the last ``forget``, oldest first."""
        self._catch_up()
        return tuple(self._commands)

    def forget(self) -> None:
        """Take what was seen so far as not seen."""
        self._catch_up()
        self._commands.clear()

    def close(self) -> None:
        """End the watch, without waiting for its thread."""
        self._closed.set()

    def _catch_up(self, deadline_s: float = _CATCH_UP_S) -> None:
        """Put a mark into what is watched, and wait until it is seen; not for ever: Redis may
        be away.
        """
        mark = secrets.token_hex(8)
        with suppress(RedisError, OSError, WaitTimeout), self._connect() as client:
            until(partial(self._marked, client, mark), deadline_s=deadline_s, what=_MARKS)

    def _marked(self, client: Any, mark: str) -> bool:
        """Whether the mark was seen; it is put again, as the watch may not have listened yet."""
        client.publish(_MARKS, mark)
        with self._news:
            return self._news.wait_for(lambda: self._seen == mark, _LOOK_S)

    def _see(self, mark: str) -> None:
        with self._news:
            self._seen = mark
            self._news.notify_all()

    def _keep(self) -> None:
        while not self._closed.is_set():
            with suppress(RedisError, OSError), self._connect() as client:
                self._monitor(client)
            self._closed.wait(_AGAIN_S)

    def _monitor(self, client: Any) -> None:
        with client.monitor() as monitor:
            while not self._closed.is_set():
                # Asked first: a read that runs out of time would cost the connection.
                if not monitor.connection.can_read(timeout=_LOOK_S):
                    continue
                command = monitor.next_command()
                text = command["command"]
                if text.startswith(f"PUBLISH {_MARKS} "):
                    self._see(text.rpartition(" ")[2])
                elif QUEUE in text:  # others may be many: a loop that polls its own list
                    self._commands.append(_command(command))


def _command(command: dict[str, Any]) -> Command:
    return Command(
        time=datetime.fromtimestamp(command["time"], UTC),
        address=f"{command['client_address']}:{command['client_port']}",
        text=command["command"],
    )
