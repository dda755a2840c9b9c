"""The logs of several named workers that went by one another on their way here, as ``docker service
logs`` and ``kubectl logs -l`` give them: each goes on in time, all together do not.
"""

from collections.abc import Sequence
from itertools import pairwise

from harness.trace.mending.moments import Moments
from harness.trace.reading.reader import Reader

_ASKED = 1000  #: lines that are asked for their time at first
_DIGITS = 3  #: of a second's fraction: a job's steps lie within one second


def by_time(lines: Sequence[bytes], reader: Reader) -> list[int] | None:
    """The lines in the order of time, by where they stand; None where they are in order, or their
    times do not tell it: one worker goes back in time, has no name or no exact times.

    A line that is no event stays behind the last one that is.
    """
    if not _goes_back(_times(lines[:: max(len(lines) // _ASKED, 1)], reader)):
        return None
    times = _times(lines, reader)
    return sorted(range(len(lines)), key=times.__getitem__) if _goes_back(times) else None


def _times(lines: Sequence[bytes], reader: Reader) -> list[int]:
    """When each line was told, in nanoseconds; nothing where that is not certain of all."""
    moments = Moments(lines)
    times, latest = [], 0
    last: dict[str, int] = {}  # by worker
    for line in lines:
        if (event := reader.read(line)) is not None:
            moment = moments.of(line, event)
            if not event.stream or moment is None or moment.sort != "zone":
                return []
            if moment.digits < _DIGITS or moment.at < last.get(event.stream, 0):
                return []
            latest = last[event.stream] = moment.at
        times.append(latest)
    return times


def _goes_back(times: Sequence[int]) -> bool:
    return any(one > two for one, two in pairwise(times))
