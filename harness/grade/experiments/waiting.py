"""Waiting for what may never come: that it did not is for a check to judge."""

from collections.abc import Callable, Sequence
from itertools import islice

from harness.grade.finding.patterns import kind_of
from harness.lateness import fair_now
from harness.stack.base import Stack
from harness.stack.waiting import WaitTimeout, until
from harness.trace import Kind, Profile
from harness.trace.reading.reader import Reader
from harness.witness.errors import WaitTimeoutError
from harness.witness.redis import RedisWitness

_LOOK_S = 0.5
#: After the last worker's end: what it wrote just before is on its way to the witnesses.
_GONE_S = 1.0
_REFUSED = ("refused", "password")  #: kinds of complaints
_AGAIN = 2  #: so many of them are no accident
_AFTER = 3  #: so many lines may end with another word, as "trying again in 5 seconds"
_MOST_LINES = 5000  #: of a log; one that is longer tells of something else


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


class RefusedByRedis:
    """Whether a worker only complains, as it did before, that Redis refuses it, in the words that a
    profile has for that (``redis_error``). Redis answers by now, so that it asks at a wrong address
    or with a wrong password. In other words another server may be meant, which it does not need."""

    def __init__(self, stack: Stack, profiles: Sequence[Profile], *, quiet_s: float) -> None:
        self._stack = stack
        self._readers = [Reader(profile) for profile in profiles]
        self._quiet_s = quiet_s
        self._began = self._looked = fair_now()
        self._known = len(self._complaints())

    def lasts(self) -> bool:
        """Whether that is so after ``quiet_s``; the log is read anew every half second."""
        now = fair_now()
        if now - self._looked < _LOOK_S or now - self._began < self._quiet_s:
            return False
        self._looked = now
        refused = self._complaints()
        again = any(refused[self._known :])
        return again and sum(refused) >= _AGAIN and any(refused[-_AFTER:])

    def _complaints(self) -> list[bool]:
        """Of each line of the log, whether it is such a complaint."""
        lines = islice(self._stack.logs("worker"), _MOST_LINES)
        told = (line.decode("utf-8", "replace") for line in lines if line.strip())
        return [kind_of(line) in _REFUSED and self._is_of_redis(line) for line in told]

    def _is_of_redis(self, line: str) -> bool:
        read = (reader.read(line) for reader in self._readers)
        return any(parsed is not None and parsed.kind is Kind.REDIS_ERROR for parsed in read)


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
