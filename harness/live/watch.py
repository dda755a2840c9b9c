"""The witnesses of a live lab, each in a thread of its own, telling the board what they see.

A witness that lost what it looks at (a server that was restarted) looks again; it never makes
anything up.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from harness.live.board import Board
from harness.live.cause import CauseWatch
from harness.stack.base import SERVICES, Stack
from harness.stack.errors import StackError
from harness.trace import Judge, lab_profile
from harness.trace.decorations import undecorated
from harness.witness.errors import WitnessError
from harness.witness.history import HistoryWitness
from harness.witness.monitor import monitored
from harness.witness.postgres import PostgresWitness
from harness.witness.redis import QUEUE, RedisWitness

_LOOK_S = 0.08  #: between two looks at the list and at the rows
_STATES_S = 0.5
_CAUSE_S = 1.0
_AGAIN_S = 0.3  #: before a witness that lost its sight looks again
_MOST_MESSAGES = 200
_CLOSING_S = 3.0


class LabWatch:
    """Watches from ``__enter__`` to ``__exit__``. ``code`` is the work's folder, where a line of
    it is to be quoted.
    """

    def __init__(self, stack: Stack, board: Board, code: Path | None = None) -> None:
        self._stack = stack
        self._causes = CauseWatch(stack, board, code)
        self._board = board
        self._over = threading.Event()
        self._source = stack.logs("worker", follow=True, timestamps=True)
        self._threads = [
            threading.Thread(target=self._ever, args=(look,), name=f"live-{name}", daemon=True)
            for name, look in {
                "log": self._log,
                "pushes": self._pushes,
                "queue": self._queue,
                "rows": self._rows,
                "states": self._states,
                "cause": self._cause,
            }.items()
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        with suppress(AttributeError, ValueError):
            self._source.close()  # type: ignore[attr-defined]
        for thread in self._threads:
            thread.join(_CLOSING_S)

    def _ever(self, look: Callable[[], None]) -> None:
        while not self._over.is_set():
            with suppress(WitnessError, StackError):
                look()
            self._over.wait(_AGAIN_S)

    def _log(self) -> None:
        judge = Judge(lab_profile())
        for raw in self._source:
            seen = judge.feed(raw)
            text = undecorated(raw.decode("utf-8", "replace")).text
            self._board.logged(seen, text)
        self._over.wait()  # the source ends with the stack alone

    def _pushes(self) -> None:
        with monitored(self._stack.redis_address, self._stack.redis_password) as monitor:
            while not self._over.is_set():
                push = monitor.next_push()
                if push is not None and push.key == QUEUE:
                    self._board.pushed(push.message, push.time)

    def _queue(self) -> None:
        address, password = self._stack.redis_address, self._stack.redis_password
        with RedisWitness(address, password=password) as redis:
            while not self._over.wait(_LOOK_S):
                messages = redis.queue(_MOST_MESSAGES)
                shown = {
                    "length": redis.queue_length(),
                    "messages": [message[:300] for message in messages],
                    "blocked": [client.command for client in redis.blocked()],
                }
                self._board.section("queue", shown)

    def _rows(self) -> None:
        """Each commit, out of the server's own log; where that cannot be read, the table as it
        is.
        """
        with PostgresWitness(self._stack.postgres_dsn) as postgres:
            history = self._history()
            seen = ""
            while not self._over.is_set():
                looked, position = datetime.now(UTC), postgres.position()
                if position != seen:
                    changes = history.news() if history is not None and seen else ()
                    if changes:
                        ids = {change.job_id for change in changes}
                        self._board.committed(changes, postgres.rows(sorted(ids)))
                    elif history is None or not seen:
                        self._board.rows(postgres.rows(), looked)
                    seen = position
                self._over.wait(_LOOK_S)

    def _history(self) -> HistoryWitness | None:
        try:
            return HistoryWitness(self._stack.postgres_dsn)
        except WitnessError:
            return None

    def _states(self) -> None:
        while not self._over.is_set():
            states = {
                service: [
                    {"name": state.name, "status": state.status, "replica": state.replica}
                    for state in self._stack.state(service)
                ]
                for service in SERVICES
            }
            self._board.section("services", states)
            self._over.wait(_STATES_S)

    def _cause(self) -> None:
        while not self._over.wait(_CAUSE_S):
            self._causes.look()
