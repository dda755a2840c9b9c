"""Exercises of 02_consumer. ``take_message`` is tried on the open lab's Redis, on a list of its
own.
"""

import threading
import uuid
from contextlib import closing, suppress
from typing import Any

from harness.lesson.errors import LessonError
from harness.lesson.exercises import Crashed, NotYet, Wrong, readers_code, returned
from harness.lesson.opening import current_lab
from harness.stack.waiting import WaitTimeout, until
from harness.witness.connections import connect_redis

_LIST = "lesson:take-message"
_READER = "lesson-reader"  #: the reader's connection, in CLIENT LIST
_TAKE_S = 5.0  #: a message that is there is taken at once
_BLOCK_S = 3.0
_PAUSE_S, _HOUR_S = 0.4, 3600


def parse_job_data(function: Any) -> None:
    """Four fields of a good message; ``ValueError`` for a bad one."""
    job_id = str(uuid.uuid4())
    for action, params in (("resize", "640x480"), ("grayscale", "")):
        fields = (job_id, f"./storage/{job_id}.png", action, params)
        parsed = returned(function, "|".join(fields))
        if not isinstance(parsed, tuple | list):
            raise Wrong("type", got=type(parsed).__name__)
        if len(parsed) != len(fields):
            raise Wrong("count", got=len(parsed))
        if tuple(map(str, parsed)) != fields:
            raise Wrong("fields", wanted=fields, got=tuple(parsed))
    _must_refuse(function, f"{job_id}|./storage/{job_id}.png|grayscale", "few")
    _must_refuse(function, f"{job_id}|./storage/{job_id}.png|grayscale||", "many")
    _must_refuse(function, "42|./storage/42.png|grayscale|", "no-uuid")


def _must_refuse(function: Any, message: str, case: str) -> None:
    try:
        with readers_code():
            function(message)
    except Crashed as crash:
        if isinstance(crash.__cause__, ValueError):
            return
        raise
    raise Wrong(case, message=message)


def take_message(function: Any) -> None:
    """Takes the head of the list as text; where it is empty, waits in Redis."""
    stack = _lab().stack
    client = connect_redis(
        stack.redis_address, stack.redis_password, name=_READER, decoded=True, answer_s=None
    )
    with closing(client):
        try:
            client.delete(_LIST)
            client.rpush(_LIST, "перше", "друге")
            taken = _Call(function, client)
            if not taken.ended(_TAKE_S):
                raise Wrong("hangs")
            _judge_taken(taken.value(), client.lrange(_LIST, 0, -1))
            client.delete(_LIST)
            _must_block(function, client)
        finally:
            client.delete(_LIST)


def _judge_taken(value: Any, left: list[str]) -> None:
    if isinstance(value, tuple | list):
        raise Wrong("pair", got=value)
    if value == "друге":
        raise Wrong("tail")
    if value != "перше":
        raise Wrong("other", got=value)
    if left != ["друге"]:
        raise Wrong("left", left=left)


def _must_block(function: Any, client: Any) -> None:
    """With an empty list it is blocked in Redis, and woken by the next message."""
    waiting = _Call(function, client)
    blocked = False
    with suppress(WaitTimeout):
        until(lambda: blocked_reader(client) or waiting.ended(0), deadline_s=_BLOCK_S, what="BLPOP")
        blocked = blocked_reader(client)
    client.rpush(_LIST, "третє")
    woken = waiting.ended(_TAKE_S)
    if not blocked:
        raise Wrong("polls" if woken and waiting.got == "третє" else "no-wait")
    if not woken or waiting.value() != "третє":
        raise Wrong("not-woken")


def blocked_reader(client: Any) -> bool:
    """Whether the reader's connection waits in Redis now."""
    return any(
        connection["name"] == _READER and "b" in connection["flags"]
        for connection in client.client_list()
    )


class _Call:
    """The reader's function, called in a thread of its own: it may never return."""

    def __init__(self, function: Any, client: Any) -> None:
        self.got: Any = None
        self._raised: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(function, client), daemon=True)
        self._thread.start()

    def ended(self, seconds: float) -> bool:
        """Whether it has returned after so long."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def value(self) -> Any:
        """What it returned, or what it raised."""
        if self._raised is not None:
            raise self._raised
        return self.got

    def _run(self, function: Any, client: Any) -> None:
        try:
            self.got = returned(function, client, _LIST)
        except (NotYet, Wrong, Crashed) as error:
            self._raised = error


def polling_cost(answer: Any) -> None:
    """Half the pause; an hour divided by the pause."""
    delay, commands = answer
    if delay is None or commands is None:
        raise NotYet
    with readers_code():
        delay, commands = float(delay), float(commands)
    if abs(delay - _PAUSE_S) < 1e-9:
        raise Wrong("worst")
    if abs(delay - _PAUSE_S / 2) > 1e-9:
        raise Wrong("delay")
    if abs(commands - _HOUR_S * _PAUSE_S) < 1e-6:
        raise Wrong("multiplied")
    if abs(commands - _HOUR_S / _PAUSE_S) > 1e-6:
        raise Wrong("commands")


def _lab() -> Any:
    lab = current_lab()
    if lab is None:
        raise LessonError("lesson-closed")
    return lab


CHECKS = {
    "parse-job-data": parse_job_data,
    "take-message": take_message,
    "polling-cost": polling_cost,
}
