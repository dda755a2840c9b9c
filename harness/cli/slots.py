"""How many works are graded at a time on this computer: a number, or what the machine bears.

Works that are graded side by side make each other late. ``auto`` begins with as many as cores and
free memory bear, takes one fewer when the machine answers late, and one more when it is quick
again. What runs is never stopped for it: fewer are begun.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from harness.stack.waiting import looking

MOST = 16  #: works at a time, whatever the machine
_WORK_BYTES = 1024**3  #: the containers and the suite of one, with what the Engine needs for them
_EACH_CORE = 2  #: works at the most: one that is graded mostly waits
_LATE = 2.5  #: times slower: one work fewer
_QUICK = 1.5  #: one more
_LOOKS = 10  #: that are averaged before anything changes
_LOOK_S = 1.0


def bearable(cores: int, free_bytes: int) -> tuple[int, int]:
    """How many works to begin with, and how many at the most."""
    by_memory = max(free_bytes // _WORK_BYTES, 1)
    return min(cores, by_memory, MOST), min(cores * _EACH_CORE, by_memory, MOST)


def next_limit(limit: int, slowness: float, most: int, *, full: bool) -> int:
    """How many from now on, when the machine was so slow with this many; more only where as many as
    may be are under way."""
    if slowness >= _LATE:
        return max(limit - 1, 1)
    return min(limit + 1, most) if full and slowness < _QUICK else limit


class Slots:
    """Places for works: as many as ``limit``, which may change meanwhile up to ``most``."""

    def __init__(self, limit: int, most: int | None = None) -> None:
        self.limit = limit
        self.most = most or limit
        self._taken = 0
        self._closed = False
        self._news = threading.Condition()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Wait for a place, and hold it; after ``close`` nobody waits."""
        with self._news:
            self._news.wait_for(lambda: self._closed or self._taken < self.limit)
            self._taken += 1
        try:
            yield
        finally:
            with self._news:
                self._taken -= 1
                self._news.notify_all()

    def adapt(self, slowness: float) -> None:
        """As many from now on as the machine bears, which was so slow."""
        with self._news:
            full = self._taken >= self.limit
            self.limit = next_limit(self.limit, slowness, self.most, full=full)
            self._news.notify_all()

    def close(self) -> None:
        """Let nobody wait any more."""
        with self._news:
            self._closed = True
            self._news.notify_all()


def slots_by_machine() -> Slots:
    """As many as this machine bears now."""
    import psutil

    free = int(psutil.virtual_memory().available)
    return Slots(*bearable(psutil.cpu_count() or 1, free))


@contextmanager
def governed(slots: Slots) -> Iterator[None]:
    """Within it the places are as many as the machine bears, by how late it is."""
    from harness.lateness.probe import WorkProbe

    probe, seen = WorkProbe(), list[float]()

    def look() -> None:
        seen.append(probe())
        if len(seen) == _LOOKS:
            slots.adapt(sum(seen) / _LOOKS)
            seen.clear()

    with looking(look, every_s=_LOOK_S, name="slots"):
        yield
