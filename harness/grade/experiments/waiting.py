"""Waiting for what may never come: that it did not is for a check to judge."""

from collections.abc import Callable
from time import monotonic

from harness.stack.waiting import WaitTimeout, until
from harness.witness.errors import WaitTimeoutError

_LOOK_S = 0.5


class Stillness:
    """How long nothing has changed while ``idle`` held: then nothing will come any more."""

    def __init__(self, idle: Callable[[], bool]) -> None:
        self._idle = idle
        self._state: object = None
        self._since = self._looked = monotonic()

    def lasts_s(self, state: object) -> float:
        """Seconds since the state last differed, or ``idle`` (asked twice a second) did not
        hold."""
        now = monotonic()
        if state != self._state:
            self._state, self._since = state, now
        elif now - self._looked >= _LOOK_S:
            self._looked = now
            if not self._idle():
                self._since = now
        return now - self._since


def came(condition: Callable[[], object], *, deadline_s: float, what: str) -> bool:
    """Whether the condition came to hold before its deadline."""
    try:
        until(condition, deadline_s=deadline_s, what=what, interval_s=0.02)
    except (WaitTimeout, WaitTimeoutError):
        return False
    return True
