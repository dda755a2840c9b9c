"""A log that a viewer shows with its newest line first."""

from collections import defaultdict
from itertools import pairwise

from harness.trace.events import Parsed
from harness.trace.profile import FINAL, Kind
from harness.trace.reading.reader import Reader

_LEAST = 3  #: jobs, all of them told backwards


def is_backwards(lines: list[bytes], reader: Reader) -> tuple[bool, bool | None]:
    """Whether nearly every job is told backwards, and whether the stamps fall; None where there
    are none.
    """
    events = [event for line in lines if (event := reader.read(line)) is not None]
    steps: dict[str, list[Kind]] = defaultdict(list)
    for event in events:
        if event.job is not None:
            steps[event.job.key].append(event.kind)
    ways = [way for kinds in steps.values() if (way := _way(kinds)) is not None]
    return len(ways) >= _LEAST and ways.count(False) * 10 >= 9 * len(ways), _stamps_fall(events)


def _way(kinds: list[Kind]) -> bool | None:
    """Whether a job's receipt comes before its end; None where one of them is missing."""
    final = next((at for at, kind in enumerate(kinds) if kind in FINAL), None)
    if final is None or Kind.RECEIVED not in kinds:
        return None
    return kinds.index(Kind.RECEIVED) < final


def _stamps_fall(events: list[Parsed]) -> bool | None:
    times = [time for event in events if (time := event.time) is not None]
    pairs = [(time, following) for time, following in pairwise(times) if time != following]
    if len(pairs) < _LEAST:
        return None
    return sum(time > following for time, following in pairs) * 10 >= 9 * len(pairs)
