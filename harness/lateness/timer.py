"""A deadline that somebody must keep who cannot wait: by the fair clock, in a thread of its own."""

import threading
from collections.abc import Callable
from time import monotonic

from harness.lateness.clock import fair_now
from harness.lateness.slowness import LONGEST

_LOOK_S = 0.5


class FairTimer:
    """Calls ``late`` once, so many seconds after ``start``, unless it was cancelled; after
    ``longest`` times as many by the wall at the latest."""

    def __init__(
        self, seconds: float, late: Callable[[], object], *, longest: float = LONGEST
    ) -> None:
        self._seconds = seconds
        self._late = late
        self._longest = longest
        self._over = threading.Event()

    def start(self) -> None:
        """Begin to count."""
        ends = (fair_now() + self._seconds, monotonic() + self._seconds * self._longest)
        threading.Thread(target=self._wait, args=ends, name="deadline", daemon=True).start()

    def cancel(self) -> None:
        """Call nobody any more."""
        self._over.set()

    def _wait(self, fair_end: float, end: float) -> None:
        while (left := min(fair_end - fair_now(), end - monotonic())) > 0:
            if self._over.wait(min(max(left, 0.01), _LOOK_S)):
                return
        if not self._over.is_set():
            self._late()
