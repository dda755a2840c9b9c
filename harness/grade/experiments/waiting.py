"""Waiting for what may never come: that it did not is for a check to judge."""

from collections.abc import Callable
from time import monotonic

from harness.stack.base import Stack
from harness.stack.waiting import WaitTimeout, until
from harness.witness.errors import WaitTimeoutError
from harness.witness.redis import RedisWitness

_LOOK_S = 0.5
#: After the last worker's end: what it wrote just before is on its way to the witnesses.
_GONE_S = 1.0


class Stillness:
    """Whether anything can still come: not when no worker runs, nor when one has waited for
    messages in Redis for ``quiet_s``."""

    def __init__(self, stack: Stack, redis: RedisWitness, *, quiet_s: float) -> None:
        self._stack = stack
        self._redis = redis
        self._quiet_s = quiet_s
        self._state: object = None
        self._since = self._looked = monotonic()
        self._gone = False

    def over(self, state: object) -> bool:
        """Whether it has lasted long enough; it begins anew when ``state`` differs from the
        last one.
        """
        now = monotonic()
        if state != self._state:
            self._state, self._since = state, now
        elif now - self._looked >= _LOOK_S:
            self._looked = now
            self._gone = not worker_runs(self._stack)
            if not self._gone and not self._waits():
                self._since = now
        return now - self._since >= (_GONE_S if self._gone else self._quiet_s)

    def _waits(self) -> bool:
        """In Redis; a message that lies there meanwhile is in a list that nobody asks for."""
        return bool(self._redis.blocked())


def worker_runs(stack: Stack) -> bool:
    """Whether any worker does."""
    return any(state.status == "running" for state in stack.state("worker"))


def came(condition: Callable[[], object], *, deadline_s: float, what: str) -> bool:
    """Whether the condition came to hold before its deadline."""
    try:
        until(condition, deadline_s=deadline_s, what=what, interval_s=0.02)
    except (WaitTimeout, WaitTimeoutError):
        return False
    return True
