"""A log that a viewer shows with its newest line first."""

from collections import defaultdict
from datetime import datetime
from itertools import pairwise

from harness.trace.events import Parsed
from harness.trace.mending.clocks import clock_of, has_fallen
from harness.trace.profile import FINAL, Kind
from harness.trace.reading.reader import Reader

_LEAST = 3  #: jobs, nearly all of them told backwards; of fewer, each step of all
_BACKWARDS = (Kind.PROCESSING, Kind.RECEIVED)  #: behind an end
_PAIRS = 2  #: of different stamps that tell a direction


def is_backwards(lines: list[bytes], reader: Reader) -> tuple[bool, bool | None]:
    """Whether nearly every job is told backwards, and whether the stamps fall; None where there
    are none.
    """
    read = ((line, reader.read(line)) for line in lines)
    told = [(line, event) for line, event in read if event is not None and event.job is not None]
    events = [event for _, event in told]
    falling = _stamps_fall(events)
    if falling is None:
        falling = _clocks_fall([line for line, _ in told])
    steps: dict[str, list[Kind]] = defaultdict(list)
    for event in events:
        if event.job is not None:
            steps[event.job.key].append(event.kind)
    ways = [way for kinds in steps.values() if (way := _way(kinds)) is not None]
    if len(ways) < _LEAST:
        told_of = list(steps.values())
        if falling:  # so that one thing is wrong with a job as well does not matter
            return any(map(_seems_reversed, told_of)) and not any(map(_goes_on, told_of)), True
        return bool(steps) and all(map(_is_reversed, told_of)), falling
    return ways.count(False) * 10 >= 9 * len(ways), falling


def _is_reversed(kinds: list[Kind]) -> bool:
    """Whether these are all the steps of one job, the last one first."""
    return kinds[0] in FINAL and tuple(kinds[1:]) == _BACKWARDS


def _seems_reversed(kinds: list[Kind]) -> bool:
    return len(kinds) > 1 and (kinds[0] in FINAL or kinds[-1] is Kind.RECEIVED)


def _goes_on(kinds: list[Kind]) -> bool:
    """Whether these are steps of a job as it goes on, whatever else is wrong with them."""
    return len(kinds) > 1 and kinds[0] is Kind.RECEIVED and kinds[-1] is not Kind.RECEIVED


def _way(kinds: list[Kind]) -> bool | None:
    """Whether a job's receipt comes before its end; None where one of them is missing."""
    final = next((at for at, kind in enumerate(kinds) if kind in FINAL), None)
    if final is None or Kind.RECEIVED not in kinds:
        return None
    return kinds.index(Kind.RECEIVED) < final


def _stamps_fall(events: list[Parsed]) -> bool | None:
    """Of each worker's own lines: several streams may stand one below the other."""
    times: dict[str, list[datetime]] = defaultdict(list)
    for event in events:
        if (time := event.time) is not None:
            times[event.stream].append(time)
    pairs = [pair for some in times.values() for pair in pairwise(some) if pair[0] != pair[1]]
    return _mostly([time > following for time, following in pairs])


def _clocks_fall(lines: list[bytes]) -> bool | None:
    """Of all lines together: a viewer that sorts them needs no zone to tell its times apart."""
    clocks = [clock_of(line.decode("utf-8", "replace")) for line in lines]
    if None in clocks:
        return None
    pairs = pairwise(clock for clock in clocks if clock is not None)
    return _mostly([has_fallen(*pair) for pair in pairs if pair[0] != pair[1]])


def _mostly(falls: list[bool]) -> bool | None:
    return None if len(falls) < _PAIRS else sum(falls) * 10 >= 9 * len(falls)
