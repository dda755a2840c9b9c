"""The one way to wait: for a condition, with a deadline, saying what is awaited."""

import threading
from collections.abc import Callable
from time import monotonic
from typing import TypeVar

from harness.stack.errors import StackError

T = TypeVar("T")


class WaitTimeout(StackError):  # noqa: N818 - its reference says that it is an error
    """What was awaited did not come before its deadline. ``timed-out``, with ``what`` and ``seconds``."""


def until(
    condition: Callable[[], T], *, deadline_s: float, what: str, interval_s: float = 0.03
) -> T:
    """The first truthy value of ``condition``; ``WaitTimeout`` at the deadline.

    An exception of the condition passes at once: what can no longer come is not waited for.
    """
    end = monotonic() + deadline_s
    pause = threading.Event()  # never set: Ctrl-C interrupts it everywhere, as it does not a sleep
    while not (value := condition()):
        if monotonic() >= end:
            raise WaitTimeout("timed-out", what=what, seconds=f"{deadline_s:g}")
        pause.wait(interval_s)
    return value
