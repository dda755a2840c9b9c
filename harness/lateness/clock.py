"""The fair clock: it goes with the clock on the wall while the machine is quick, and slower while
others make it slow. What is waited for by it has as much of the machine as it would have alone.

A process has one, as it has one machine. Before ``measured`` it is the clock on the wall: a
demonstration, a notebook, a command of the student's wait as they always did.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from harness.lateness.probe import WorkProbe, answer_slowness
from harness.lateness.slowness import LONGEST, Spell, Use, others_share, slowness
from harness.lateness.use import OwnUse

PULSE_S = 1.0  #: between two looks: each costs about ten milliseconds of one processor
_OVERDUE_S = 1.0  #: a look that comes so much later tells by itself how late the machine is


class LatenessClock:
    """Looks at the machine in a thread of its own, once it has begun."""

    def __init__(self, own: OwnUse | None = None) -> None:
        self.own = own or OwnUse()
        self.ask: Callable[[], object] | None = None  #: a cheap question to the Engine
        self._probe = WorkProbe()
        self._lock = threading.Lock()
        self._looking = threading.Lock()
        self._spell = Spell()
        self._at = monotonic()
        self._used: Use | None = None  #: at the last look
        self._slow = 1.0
        self._over = threading.Event()

    def begin(self) -> None:
        """Count from now on; what was before was no grading."""
        with self._lock:
            self._at = monotonic()

    def so_far(self) -> Spell:
        """Everything since it began."""
        with self._lock:
            return self._until(monotonic(), self._slow)

    def slow_now(self) -> float:
        """The slowness of this moment, not more than deadlines are stretched by."""
        with self._lock:
            return min(self._slow, LONGEST)

    def run(self) -> None:
        """Look again and again, until ``stop``."""
        self.look()
        while not self._over.wait(PULSE_S):
            self.look()

    def look(self) -> Spell:
        """Look now, so that what was until here is told apart from what comes; as ``so_far``."""
        with self._looking:
            measured = max(self._probe(), self._answered())
            used = self.own.so_far()
            share = others_share(self._used or used, used)
            self._used = used
            self._turn(slowness(measured, share))
        return self.so_far()

    def stop(self) -> None:
        """Look no more; from now on the clock goes as the one on the wall."""
        self._over.set()
        with self._lock:
            now = monotonic()
            self._spell, self._at, self._slow = self._until(now, self._slow), now, 1.0

    def _answered(self) -> float:
        if self.ask is None:
            return 1.0
        try:
            return answer_slowness(self.ask)
        except Exception:  # noqa: BLE001 - an Engine that does not answer is another's matter
            return 1.0

    def _turn(self, slow: float) -> None:
        with self._lock:
            now = monotonic()
            self._spell, self._at = self._until(now, slow), now
            self._slow = 1.0 if self._over.is_set() else slow

    def _until(self, now: float, slow: float) -> Spell:
        """With the time since the last look, in which the machine was ``slow``; deadlines went by
        what was known. What is overdue stretches, and excuses nothing: it may be this process that
        is busy, with what a work gave it to read."""
        since = now - self._at
        usual = since if self._over.is_set() else min(since, PULSE_S + _OVERDUE_S)
        spell = self._spell.with_interval(usual, slow, known=self.own.known, stretched=self._slow)
        overdue = since - usual
        return spell.longer(overdue, overdue / LONGEST) if overdue > 0 else spell


class _Machine:
    """The one clock of this process."""

    clock: LatenessClock | None = None
    began = 0.0  #: by the clock on the wall, when the fair one began


def fair_now() -> float:
    """A moment of the fair clock, in seconds; only differences mean anything."""
    clock = _Machine.clock
    return monotonic() if clock is None else _Machine.began + clock.so_far().fair_s


def stretched(seconds: float) -> float:
    """A deadline that somebody else keeps, by how slow the machine is at this moment."""
    clock = _Machine.clock
    return seconds if clock is None else seconds * clock.slow_now()


@contextmanager
def measured(clock: LatenessClock) -> Iterator[LatenessClock]:
    """Within it this process waits by that clock."""
    clock.begin()
    _Machine.began, _Machine.clock = monotonic(), clock
    threading.Thread(target=clock.run, name="lateness", daemon=True).start()
    try:
        yield clock
    finally:
        clock.stop()
