"""Waiting for what may never come: that it did not is for a check to judge."""

from collections.abc import Callable

from harness.lateness import fair_now
from harness.stack.base import Stack
from harness.stack.waiting import WaitTimeout, until
from harness.witness.errors import WaitTimeoutError
from harness.witness.redis import RedisWitness

_LOOK_S = 0.5
#: After the last worker's end: what it wrote just before is on its way to the witnesses.
_GONE_S = 1.0


class Absence:
    """How long no worker has run, as far as it was looked at. One whose container the Engine is
    about to start again is not gone."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._since: float | None = None

    def looked_at(self) -> float | None:
        """The moment since which none runs, by the fair clock; None while one does."""
        if worker_runs(self._stack):
            self._since = None
        elif self._since is None:
            self._since = fair_now()
        return self._since

    def over(self) -> bool:
        """Whether no worker will run any more."""
        since = self.looked_at()
        return since is not None and fair_now() - since >= _GONE_S


class Stillness:
    """Whether nothing can come any more: no worker has run for a moment, or one has waited for
    messages in Redis for ``quiet_s``."""

    def __init__(self, stack: Stack, redis: RedisWitness, *, quiet_s: float) -> None:
        self._absence = Absence(stack)
        self._redis = redis
        self._quiet_s = quiet_s
        self._state: object = None
        self._since = self._looked = fair_now()
        self._gone_since: float | None = None

    def over(self, state: object) -> bool:
        """Whether it has lasted long enough; it begins anew when ``state`` differs from the
        last one.
        """
        now = fair_now()
        if state != self._state:
            self._state, self._since = state, now
        elif now - self._looked >= _LOOK_S:
            self._looked = now
            self._gone_since = self._absence.looked_at()
            if self._gone_since is None and not self._redis.at_rest():
                self._since = now
        if self._gone_since is not None:
            return now - max(self._gone_since, self._since) >= _GONE_S
        return now - self._since >= self._quiet_s


def worker_runs(stack: Stack) -> bool:
    """Whether any worker does, or will in a moment: ``restart: always`` pauses for longer and
    longer.
    """
    return any(state.status in ("running", "restarting") for state in stack.state("worker"))


def came(condition: Callable[[], object], *, deadline_s: float, what: str) -> bool:
    """Whether the condition came to hold before its deadline."""
    try:
        until(condition, deadline_s=deadline_s, what=what, interval_s=0.02)
    except (WaitTimeout, WaitTimeoutError):
        return False
    return True
