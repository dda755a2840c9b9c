"""The law of queues, as pure functions: how long one waits for one of several servers.

Times in seconds, rates in jobs a second. M/M/c is exact for Poisson arrivals and exponential times
of work. Pictures take nearly the same time each; Allen and Cunneen's correction scales the waiting
by the variability of both. ``fifo_waits`` needs no assumption: it works through one given sequence
of jobs.
"""

import heapq
from collections.abc import Sequence
from math import inf


def utilisation(rate: float, service_s: float, servers: int) -> float:
    """ρ: which part of the servers' time the work takes; from 1 on the queue grows for ever."""
    return rate * service_s / servers


def erlang_c(servers: int, load: float) -> float:
    """The probability that an arrival must wait; ``load`` in erlangs (rate · service time). 1
    from ρ = 1 on.
    """
    if load >= servers:
        return 1.0
    blocked = 1.0  # Erlang B by its recursion, which does not overflow
    for number in range(1, servers + 1):
        blocked = load * blocked / (number + load * blocked)
    return blocked / (1 - load / servers * (1 - blocked))


def mmc_wait_s(rate: float, service_s: float, servers: int) -> float:
    """The mean time in the queue of M/M/c; infinite from ρ = 1 on."""
    load = rate * service_s
    if load >= servers:
        return inf
    return erlang_c(servers, load) * service_s / (servers - load)


def wait_s(
    rate: float, service_s: float, servers: int, *, arrivals_cv2: float, service_cv2: float
) -> float:
    """The same for any distribution, nearly (Allen–Cunneen): ``cv2`` are squared coefficients
    of variation.
    """
    return mmc_wait_s(rate, service_s, servers) * (arrivals_cv2 + service_cv2) / 2


def fifo_waits(
    arrivals: Sequence[float], services: Sequence[float], servers: int
) -> tuple[float, ...]:
    """How long each of these jobs waits when the first to come is the first to be served."""
    free = [-inf] * servers  # when each server is done with what it has
    waits = []
    for arrival, service in zip(arrivals, services, strict=True):
        begin = max(arrival, heapq.heappop(free))
        heapq.heappush(free, begin + service)
        waits.append(begin - arrival)
    return tuple(waits)


def cv2(values: Sequence[float]) -> float:
    """The squared coefficient of variation: variance over squared mean. 1 for an exponential
    distribution.
    """
    mean = sum(values) / len(values)
    return sum((value - mean) ** 2 for value in values) / len(values) / mean**2
