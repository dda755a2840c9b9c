"""The one way to wait: for a condition, with a deadline, saying what is awaited; or for time to
pass.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TypeVar

from harness.lateness import fair_now
from harness.stack.errors import StackError

T = TypeVar("T")
_LOOK_S = 0.1


class WaitTimeout(StackError):  # noqa: N818 - its reference says that it is an error
    """What was awaited did not come before its deadline. ``timed-out``, with ``what`` and
    ``seconds``.
    """


def until(
    condition: Callable[[], T], *, deadline_s: float, what: str, interval_s: float = 0.03
) -> T:
    """The first truthy value of ``condition``; ``WaitTimeout`` at the deadline.

    An exception of the condition passes at once: what can no longer come is not waited for. The
    deadline is the fair clock's: a machine that others keep busy takes nothing of it.
    """
    end = fair_now() + deadline_s
    pause = threading.Event()  # never set: Ctrl-C interrupts it everywhere, as it does not a sleep
    while not (value := condition()):
        if fair_now() >= end:
            raise WaitTimeout("timed-out", what=what, seconds=f"{deadline_s:g}")
        pause.wait(interval_s)
    return value


def until_clock(due: float) -> None:
    """Wait for a moment of ``monotonic()``: where time itself is the condition. A past one is
    not waited for.
    """
    pause = threading.Event()  # never set, and short, as above
    while (left := due - monotonic()) > 0:
        pause.wait(min(left, _LOOK_S))


def let_pass(seconds: float) -> float:
    """Let this time pass while nothing is done; the seconds that did pass."""
    began = monotonic()
    until_clock(began + seconds)
    return monotonic() - began


@contextmanager
def looking(look: Callable[[], object], *, every_s: float, name: str) -> Iterator[None]:
    """Within it ``look`` is called again and again in a thread of its own, until it returns
    something truthy: it has seen what it looks for."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(every_s) and not look():
            pass

    watcher = threading.Thread(target=watch, name=name, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
