"""Exercises of 06_report."""

from typing import Any

from harness.lesson.exercises import NotYet, Wrong

_FIRST, _RESTING = "queue-message", ("asynchronous", "fifo")


def first_cause(answer: Any) -> None:
    """The check to mend first: the one that the others rest on."""
    name = str(answer or "").strip()
    if not name:
        raise NotYet
    if name in _RESTING:
        raise Wrong("rests", name=name)
    if name != _FIRST:
        raise Wrong("other", name=name)


CHECKS = {"first-cause": first_cause}
