"""Files of one log put together in the wrong order, as ``cat worker.log worker.log.1`` does: each
part goes on in time, and all of a later one happened before the first. Or the logs of several
workers, one below the other.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from harness.trace.reading.reader import Reader

_ASKED = 1000  #: lines that are asked for their time at first
_MOST = 20  #: parts
_WORKERS = 8  #: whose lines stand one below the other
_JOBS = 2  #: of each, at least
_FARTHEST = 200  #: lines after one that has no time


def in_time(lines: Sequence[bytes], reader: Reader) -> list[int] | None:
    """Where each part of the log begins, in the order of time; None where the log is in order, or
    is no parts of one.
    """
    parts = _parts(lines, reader)
    if parts is None:
        return None
    ordered = sorted(parts)
    apart = all(part[0][1] <= following[0][0] for part, following in pairwise(ordered))
    return [begin for _, begin in ordered] if apart else None


def side_by_side(lines: Sequence[bytes], reader: Reader) -> list[int] | None:
    """Where each part of the log begins, of parts that happened at one time and share no job:
    several workers, one below the other; None where it is something else.
    """
    parts = _parts(lines, reader)
    if parts is None or len(parts) > _WORKERS:
        return None
    begins = [begin for _, begin in parts]
    works = [_work(lines[begin:end], reader) for begin, end in pairwise([*begins, len(lines)])]
    alone = sum(map(len, works)) == len({job for work in works for job in work})
    if not alone or any(len(work) < _JOBS for work in works):
        return None
    # The jobs' time, not the log's: a worker may have listened long before its neighbour began.
    spans = [(min(work.values()), max(work.values())) for work in works]
    together = all(
        following[0] < span[0] + (span[1] - span[0]) / 2 for span, following in pairwise(spans)
    )
    return begins if together else None


def _work(lines: Sequence[bytes], reader: Reader) -> dict[str, datetime]:
    """By job, when the lines last told of it."""
    events = (reader.read(line) for line in lines)
    return {event.job.key: event.time for event in events if event and event.job and event.time}


def _parts(
    lines: Sequence[bytes], reader: Reader
) -> list[tuple[tuple[datetime, datetime], int]] | None:
    """The times from first to last of each part in which time goes on, and where it begins; None
    where there is one part, or they are too many.
    """
    step = max(len(lines) // _ASKED, 1)
    asked = [moment for at in range(0, len(lines), step) if (moment := _timed(lines, at, reader))]
    drops = [(before, after) for before, after in pairwise(asked) if after[1] < before[1]]
    if not drops or len(drops) >= _MOST:
        return None
    begins = [0, *(_between(lines, before[0], after[0], reader) for before, after in drops)]
    spans = [
        _span(lines, begin, end, asked, reader) for begin, end in pairwise([*begins, len(lines)])
    ]
    parts = [(span, begin) for span, begin in zip(spans, begins, strict=True) if span]
    return parts if len(parts) == len(begins) else None


def _timed(lines: Sequence[bytes], at: int, reader: Reader) -> tuple[int, datetime] | None:
    """The first line from here that tells its time, and that."""
    for number in range(at, min(at + _FARTHEST, len(lines))):
        if (time := _time(lines[number], reader)) is not None:
            return number, time
    return None


def _between(lines: Sequence[bytes], low: int, high: int, reader: Reader) -> int:
    """The line between two at which time goes back."""
    latest = None
    for number in range(low, high + 1):
        time = _time(lines[number], reader)
        if time is not None and latest is not None and time < latest:
            return number
        latest = time or latest
    return high


def _span(
    lines: Sequence[bytes],
    begin: int,
    end: int,
    asked: Sequence[tuple[int, datetime]],
    reader: Reader,
) -> tuple[datetime, datetime] | None:
    """The times from a part's first line to its last."""
    first = _timed(lines, begin, reader)
    inside = [time for at, time in asked if begin <= at < end]
    ends = range(max(end - _FARTHEST, begin), end)
    tail = [time for at in ends if (time := _time(lines[at], reader)) is not None]
    times = [*([first[1]] if first else []), *inside, *tail]
    return (min(times), max(times)) if times else None


def _time(line: bytes, reader: Reader) -> datetime | None:
    event = reader.read(line)
    return event.time if event is not None else None
