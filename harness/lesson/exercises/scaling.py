"""Exercises of 05_scaling."""

from math import isclose
from typing import Any

from harness.lesson.exercises import NotYet, Wrong, returned
from harness.lesson.queueing import utilisation

_RATE, _SERVICE_S, _ENOUGH = 30, 0.2, 7


def enough_workers(answer: Any) -> None:
    """The least number of workers with which the queue does not grow for ever."""
    if answer in (None, ""):
        raise NotYet
    if answer == _RATE * _SERVICE_S:
        raise Wrong("exactly")
    if not isinstance(answer, int) or answer != _ENOUGH:
        raise Wrong("few" if str(answer).isdigit() and int(answer) < _ENOUGH else "other")


def rho(function: Any) -> None:
    """ρ by rate, time of work and workers."""
    for rate, service_s, workers in ((10, 0.15, 2), (30, 0.2, 8), (1, 0.5, 1)):
        got = returned(function, rate, service_s, workers)
        if not isinstance(got, int | float) or isinstance(got, bool):
            raise Wrong("type", got=type(got).__name__)
        wanted = utilisation(rate, service_s, workers)
        if not isclose(got, wanted, rel_tol=1e-6):
            facts = {"rate": rate, "service_s": service_s, "workers": workers}
            raise Wrong("value", got=round(got, 3), wanted=round(wanted, 3), **facts)


CHECKS = {"enough-workers": enough_workers, "rho": rho}
