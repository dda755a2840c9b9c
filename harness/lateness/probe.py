"""What the machine is asked, to see how late it is: a little honest work, done over and over.

A sleeper's late waking says little of a busy machine: the scheduler favours who slept. Work of
about ten milliseconds has to share a processor as a work under test does, with whatever weight,
priority or quota this process has: the seconds that it took, over the seconds that it should take.
"""

import hashlib
import time
from collections.abc import Callable
from time import monotonic, thread_time

_ROUNDS = 16_000  #: of a hash, which lets other threads of this process run meanwhile: about 10 ms
_EXACT_S = 1e-3  #: a finer clock tells what this thread itself has used; that of Windows does not
_SLOW_ANSWER_S = 0.25  #: an Engine at rest answers within some milliseconds


class WorkProbe:
    """Does a little work each time, and knows how long it should take."""

    def __init__(self) -> None:
        self._exact = time.get_clock_info("thread_time").resolution < _EXACT_S
        self._best_s = float("inf")  # that it ever took: what it should take, where nothing better

    def __call__(self) -> float:
        """How many times longer it took than it should have."""
        began, used = monotonic(), thread_time()
        hashlib.pbkdf2_hmac("sha256", b"lab", b"6", _ROUNDS)
        took, used = monotonic() - began, thread_time() - used
        self._best_s = min(self._best_s, took)
        should = used if self._exact else self._best_s
        return max(took / should, 1.0) if should > 0 else 1.0


def answer_slowness(ask: Callable[[], object]) -> float:
    """How many times longer a cheap question took than the longest that is usual."""
    began = monotonic()
    ask()
    return max((monotonic() - began) / _SLOW_ANSWER_S, 1.0)
