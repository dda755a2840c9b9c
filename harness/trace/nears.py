"""Lines that hold an event's words and could not be read: which of a verdict's violations hang on
them.

A line more can excuse a job from what it seems to lack (a step, a receipt, an end). It cannot
excuse a line that does not parse, and a step that came twice only where it announces a redelivery.
"""

from collections.abc import Mapping
from typing import Protocol

from harness.trace.profile import Kind
from harness.trace.reading.reader import Near

_KEPT = 200  #: lines that are told
_JOBS = 1 << 16  #: jobs that are remembered; beyond them any may be meant
_ADDS = frozenset({"duplicate", "conflict"})
_STANDS = frozenset({("malformed", None), ("phantom", "not-submitted")})


class _Broken(Protocol):
    @property
    def rule(self) -> str: ...

    @property
    def case(self) -> str: ...

    @property
    def job_id(self) -> str | None: ...

    @property
    def facts(self) -> Mapping[str, object]: ...


class Nears:
    """The near misses of one log."""

    def __init__(self) -> None:
        self.told: list[Near] = []  #: the first of them
        self._jobs: set[str] = set()
        self._redelivered: set[str] = set()
        self._full = False

    def __bool__(self) -> bool:
        return bool(self.told)

    def add(self, near: Near) -> None:
        """One more."""
        if len(self.told) < _KEPT:
            self.told.append(near)
        if len(self._jobs) < _JOBS:
            self._jobs.add(near.job)
            if near.kind is Kind.REDELIVERED:
                self._redelivered.add(near.job)
        elif near.job not in self._jobs:
            self._full = True

    def may_excuse(self, violation: _Broken) -> bool:
        """Whether the violation might not stand, could these lines be read."""
        if not self.told or _STANDS & {(violation.rule, None), (violation.rule, violation.case)}:
            return False
        jobs = self._redelivered if violation.rule in _ADDS else self._jobs
        named = (violation.job_id, violation.facts.get("other"))
        keys = [str(name).replace("-", "").lower() for name in named if name]
        return self._full or not keys or any(_meant(key, jobs) for key in keys)


def _meant(key: str, jobs: set[str]) -> bool:
    """Whether one of the jobs, perhaps abbreviated, is this one."""
    if key in jobs:
        return True
    return any(
        key.startswith(job) or job.startswith(key) for job in jobs if len(job) < 32 or len(key) < 32
    )
