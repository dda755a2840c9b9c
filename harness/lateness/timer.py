"""A deadline that somebody must keep who cannot wait: by the fair clock, in a thread of its own."""

import threading
from collections.abc import Callable

from harness.lateness.clock import fair_now

_LOOK_S = 0.5


class FairTimer:
    """Calls ``late`` once, so many seconds after ``start``, unless it was cancelled."""

    def __init__(self, seconds: float, late: Callable[[], object]) -> None:
        self._seconds = seconds
        self._late = late
        self._over = threading.Event()

    def start(self) -> None:
        """Begin to count."""
        end = fair_now() + self._seconds
        threading.Thread(target=self._wait, args=(end,), name="deadline", daemon=True).start()

    def cancel(self) -> None:
        """Call nobody any more."""
        self._over.set()

    def _wait(self, end: float) -> None:
        while (left := end - fair_now()) > 0:
            if self._over.wait(min(max(left, 0.01), _LOOK_S)):
                return
        if not self._over.is_set():
            self._late()
