"""Everything started at once: does it come up by itself?"""

from dataclasses import dataclass
from time import monotonic

from harness.grade.whose_fault import is_the_works
from harness.stack.base import SERVICES, Progress, ServiceState, Stack
from harness.stack.errors import StackError
from harness.texts import explain


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdStart:
    """Everything started at once."""

    seconds: float
    error: str | None  #: why it did not come up; None when it did
    #: what to do about a build that failed, or a silent service; None where the check's own hint
    #: helps
    remedy: str | None
    failure: StackError | None = None  #: the same as the runtime told it
    states: tuple[ServiceState, ...]  #: of every service, when the api had answered


def cold_start(stack: Stack, progress: Progress) -> ColdStart:
    """Start everything at once."""
    began = monotonic()
    try:
        stack.up(progress)
    except StackError as failure:
        if not is_the_works(failure, starting=True):
            raise
        why, remedy = explain(failure)
        helps = failure.reference in ("build-failed", "never-ready")
        return ColdStart(
            seconds=monotonic() - began,
            error=why,
            remedy=remedy if helps else None,
            failure=failure,
            states=(),
        )
    states = tuple(state for service in SERVICES for state in stack.state(service))
    return ColdStart(seconds=monotonic() - began, error=None, remedy=None, states=states)
