"""Gathers what a cause can be found in: the two services as they are now, and what lies in
Redis.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress

from harness.grade.finding.cause import ServiceFacts
from harness.stack.base import RunningLab, ServiceState
from harness.stack.errors import StackError
from harness.witness.errors import WitnessError
from harness.witness.redis import RedisWitness

_SERVICES = ("api", "worker")
_MOST_LINES = 2000  #: of a log's end
_LONGEST = 2000  #: bytes of one line


def look_at_services(lab: RunningLab, *, ended: bool = False) -> tuple[ServiceFacts, ...]:
    """Both services with the ends of their logs, or only those that have ended; of one that cannot
    be asked, nothing.
    """
    services = []
    for service in _SERVICES:
        with suppress(StackError):
            states = lab.state(service)
            if not ended or _codes(states):
                services.append(_service(lab, service, states))
    return tuple(services)


def _codes(states: Sequence[ServiceState]) -> list[int | None]:
    """Exit codes, where all of them have ended."""
    codes = [state.exit_code for state in states if state.has_ended]
    return codes if len(codes) == len(states) else []


def _service(lab: RunningLab, service: str, states: Sequence[ServiceState]) -> ServiceFacts:
    codes = _codes(states)
    ends = lab.logs(service, tail=_MOST_LINES)  # of each replica; of them all together no more
    lines = deque((line[:_LONGEST] for line in ends), maxlen=_MOST_LINES)
    return ServiceFacts(
        service=service,
        ended=bool(codes),
        exit_code=codes[0] if codes else None,
        log=b"\n".join(line.rstrip(b"\r\n") for line in lines),
    )


def look_at_lists(lab: RunningLab) -> Mapping[str, tuple[int, str]]:
    """Each list in Redis: how many messages lie there, and the first of them; none where Redis
    does not answer.
    """
    with (
        suppress(WitnessError),
        RedisWitness.of(lab) as redis,
    ):
        return redis.lists()
    return {}
