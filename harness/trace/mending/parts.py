"""Files of one log put together in the wrong order, as ``cat worker.log worker.log.1`` does: each
part goes on in time, and all of a later one happened before the first. Or the logs of several
workers, one below the other.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from harness.trace.events import Parsed
from harness.trace.mending.moments import Moment, Moments
from harness.trace.profile import FINAL, Kind
from harness.trace.reading.reader import Reader

_ASKED = 1000  #: lines that are asked for their time at first
_MOST = 20  #: parts
_WORKERS = 8  #: whose lines stand one below the other
_JOBS = 2  #: of each, at least
_FARTHEST = 200  #: lines after one that has no time
_SURE = ("zone", "date")  #: moments that are no other day's


def in_time(lines: Sequence[bytes], reader: Reader) -> tuple[list[int], bool] | None:
    """Where each part of the log begins, in the order of time, and whether that is certain; None
    where the log is in order, or is no parts of one.
    """
    log = _Timed(lines, reader, Moments(lines))
    order = _order(log)
    if not log.moments.is_ambiguous:
        return order
    other = _order(_Timed(lines, reader, Moments(lines, is_month_first=True)))
    found = order or other
    return (found[0], order == other and found[1]) if found else None


def _order(log: "_Timed") -> tuple[list[int], bool] | None:
    """The same by one way to read days. Clocks that name no day may be another day's, unless some
    job goes over from one part to the next.
    """
    parts = log.parts()
    if parts is None:
        return None
    ordered = sorted(parts)
    if any(part[0][1] > following[0][0] for part, following in pairwise(ordered)):
        return None
    begins = [begin for _, begin in ordered]
    ends = dict(pairwise([*sorted(begins), len(log.lines)]))
    seams = [(ends[one], two) for one, two in pairwise(begins) if ends[one] != two]
    return begins, log.sort in _SURE or all(log.goes_over(end, begin) for end, begin in seams)


def side_by_side(lines: Sequence[bytes], reader: Reader) -> list[int] | None:
    """Where each part of the log begins, of parts that happened at one time and share no job:
    several workers, one below the other; None where it is something else.
    """
    log = _Timed(lines, reader, Moments(lines))
    parts = log.parts()
    is_sure = log.sort in _SURE and not log.moments.is_ambiguous
    if parts is None or len(parts) > _WORKERS or not is_sure:
        return None
    begins = [begin for _, begin in parts]
    works = [log.work(begin, end) for begin, end in pairwise([*begins, len(lines)])]
    alone = sum(map(len, works)) == len({job for work in works for job in work})
    if not alone or any(len(work) < _JOBS for work in works):
        return None
    # The jobs' time, not the log's: a worker may have listened long before its neighbour began.
    spans = [(min(work.values()), max(work.values())) for work in works]
    together = all(
        following[0] < span[0] + (span[1] - span[0]) / 2 for span, following in pairwise(spans)
    )
    return begins if together else None


class _Timed:
    """A log whose lines are asked for their time, as few as will do."""

    def __init__(self, lines: Sequence[bytes], reader: Reader, moments: Moments) -> None:
        self.lines = lines
        self.moments = moments
        self._reader = reader
        self.sort = ""  #: of the moments that count; those of all sorts as long as it is not known

    def work(self, begin: int, end: int) -> dict[str, int]:
        """By job, when these lines last told of it."""
        return {
            event.job.key: moment.at
            for at, event in self._events(begin, end)
            if event.job and (moment := self._moment(at, event))
        }

    def goes_over(self, end: int, begin: int) -> bool:
        """Whether a job that is begun before the one line goes on behind the other."""
        before = self._events(max(end - _FARTHEST, 0), end)
        after = self._events(begin, min(begin + _FARTHEST, len(self.lines)))
        begun: set[str] = set()
        for _, event in before:
            if event.job and event.kind is Kind.RECEIVED:
                begun.add(event.job.key)
            elif event.job and event.kind in FINAL:
                begun.discard(event.job.key)
        first = next((event for _, event in after if event.job), None)
        return bool(
            first and first.job and first.kind is not Kind.RECEIVED and first.job.key in begun
        )

    def parts(self) -> list[tuple[tuple[int, int], int]] | None:
        """The times from first to last of each part in which time goes on, and where it begins;
        None where there is one part, or they are too many.
        """
        lines = self.lines
        step = max(len(lines) // _ASKED, 1)
        starts = range(0, len(lines), step)
        asked = [told for at in starts if (told := self._told(at))]
        sorts = Counter(moment.sort for _, moment in asked)
        self.sort = (
            "zone" if "zone" in sorts else max(sorts, key=lambda sort: sorts[sort], default="")
        )
        asked = [told for told in asked if told[1].sort == self.sort]
        drops = [(one, two) for one, two in pairwise(asked) if one[1].is_after(two[1])]
        if not drops or len(drops) >= _MOST:
            return None
        begins = [0, *(self._between(one[0], two[0]) for one, two in drops)]
        spans = [self._span(begin, end, asked) for begin, end in pairwise([*begins, len(lines)])]
        parts = [(span, begin) for span, begin in zip(spans, begins, strict=True) if span]
        return parts if len(parts) == len(begins) else None

    def _told(self, at: int) -> tuple[int, Moment] | None:
        """The first line from here that tells its time, and that."""
        end = min(at + _FARTHEST, len(self.lines))
        events = self._events(at, end)
        return next(
            ((at, moment) for at, event in events if (moment := self._moment(at, event))), None
        )

    def _between(self, low: int, high: int) -> int:
        """The line between two at which time goes back."""
        latest = None
        for at, event in self._events(low, high + 1):
            moment = self._moment(at, event)
            if moment is not None and latest is not None and latest.is_after(moment):
                return at
            latest = moment or latest
        return high

    def _span(
        self, begin: int, end: int, asked: Sequence[tuple[int, Moment]]
    ) -> tuple[int, int] | None:
        """The times from a part's first line to its last."""
        first = self._told(begin)
        inside = [moment.at for at, moment in asked if begin <= at < end]
        tail = [
            moment.at
            for at, event in self._events(max(end - _FARTHEST, begin), end)
            if (moment := self._moment(at, event))
        ]
        times = [*([first[1].at] if first else []), *inside, *tail]
        return (min(times), max(times)) if times else None

    def _moment(self, at: int, event: Parsed) -> Moment | None:
        moment = self.moments.of(self.lines[at], event)
        return moment if moment is not None and self.sort in ("", moment.sort) else None

    def _events(self, begin: int, end: int) -> Iterator[tuple[int, Parsed]]:
        for at in range(begin, end):
            if (event := self._reader.read(self.lines[at])) is not None:
                yield at, event
