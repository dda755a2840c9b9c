"""Exercises of 04_failures."""

import re
from itertools import product
from typing import Any

from harness.lesson.exercises import NotYet, Wrong, returned

_LOSES = set("бвг")  #: from BLPOP on, until the last status stands in the row
_MOMENTS = set("абвгд")
_FINAL = ("COMPLETED", "FAILED")
_STATUSES = ("QUEUED", "PROCESSING", *_FINAL)


def moments(answer: Any) -> None:
    """The letters of the moments at which a kill loses the job."""
    letters = set(re.sub(r"[^а-яґєії]", "", str(answer or "").lower()))
    if not letters:
        raise NotYet
    if letters - _MOMENTS:
        raise Wrong("letters")
    if "а" in letters:
        raise Wrong("waits")
    if "д" in letters:
        raise Wrong("done")
    if letters != _LOSES:
        raise Wrong("some", right=len(letters & _LOSES))


def is_lost(function: Any) -> None:
    """Every combination of status, in_list, worker_alive, lease_over."""
    yes_no = (True, False)
    for status, in_list, alive, over in product(_STATUSES, yes_no, yes_no, yes_no):
        facts = {"in_list": in_list, "worker_alive": alive, "lease_over": over}
        got = returned(function, status, in_list, alive, over)
        if not isinstance(got, bool):
            raise Wrong("type", got=type(got).__name__)
        wanted = _lost(status, in_list, alive, over)
        if got is not wanted:
            raise Wrong("accepted" if got else "missed", status=status, **facts)


def _lost(status: str, in_list: bool, worker_alive: bool, lease_over: bool) -> bool:
    if status in _FINAL or in_list:
        return False
    return status == "QUEUED" or not worker_alive or lease_over


CHECKS = {"moments": moments, "is-lost": is_lost}
