"""Part of a log that stands in the file again: saved twice and joined, an excerpt beside the whole
log, the same log in two forms.

The same events with the same times are the same events, where time does not go on to the copy or
stands still. Without times a worker may have done some jobs again; of one job alone it has,
unless that is an example beside the log.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from harness.trace.events import Parsed
from harness.trace.mending.moments import Moment, Moments
from harness.trace.profile import Kind
from harness.trace.reading.reader import Reader

_ONE_JOB = 3  #: events
_SOME = 2  #: events: a worker may write one line twice
_JOBS = 2  #: of which without times nobody can tell
_FINE = 3  #: digits of a second's fraction, by which events of a job have different times
_EXACT = 7  #: digits by which no two lines have one time
_COPIES = 20  #: of one stretch
_SHORT = 20_000  #: lines
_AROUND = 100  #: lines
_ASKED = 4  #: first and last occurrences of an event that are compared with a later one


@dataclass(frozen=True, slots=True)
class _Told:
    """An event, where it stands, and when it was told."""

    line: int
    event: Parsed
    moment: Moment | None

    def is_as(self, other: "_Told") -> bool:
        """Whether the two may be one event."""
        one, two = self.event, other.event
        return (one.kind, one.text) == (two.kind, two.text) and not (
            self.moment and other.moment and self.moment.is_other(other.moment)
        )


def without_copies(
    lines: Sequence[bytes], reader: Reader, near: Sequence[int] = ()
) -> tuple[list[bytes], bool] | None:
    """The log without what stands in it again, empty lines in its place, and whether times prove
    all of that; None where nothing does. ``near``: the lines, from 0, that a long log is looked at
    around; none means all of it.
    """
    moments = Moments(lines)
    told = [
        _Told(at, event, moments.of(lines[at], event))
        for at in _windows(len(lines), near)
        if (event := reader.read(lines[at])) is not None and event.kind is not Kind.REDIS_ERROR
    ]
    kept = list(lines)
    is_certain = True
    for _ in range(_COPIES):
        dropped, is_proven = _dropped(lines, told)
        if not dropped:
            break
        is_certain = is_certain and is_proven
        for at in dropped:
            kept[told[at].line] = b""
        told = [each for at, each in enumerate(told) if at not in dropped]
    return (kept, is_certain) if kept != lines else None


def _windows(many: int, near: Sequence[int]) -> Sequence[int]:
    """The lines to look at: all of a short log."""
    if not near or many <= _SHORT:
        return range(many)
    asked: list[int] = []
    for middle in (0, *sorted(near), many - 1):
        begin = max(middle - _AROUND, asked[-1] + 1 if asked else 0)
        asked.extend(range(begin, min(middle + _AROUND, many)))
    return asked


def _dropped(lines: Sequence[bytes], told: Sequence[_Told]) -> tuple[set[int], bool]:
    """Which of these events are told again, and whether times prove it of all."""
    dropped: set[int] = set()
    is_certain = True
    falls = _falls(told)
    for first, again, many in _runs(told):
        drop = _proven(told, falls, first, again, many)
        if drop is None and _may_be_copy(lines, told, first, again, many):
            drop, is_certain = again, False
        if drop is not None:
            dropped.update(range(drop, drop + many))
    return dropped, is_certain


def _runs(told: Sequence[_Told]) -> Iterator[tuple[int, int, int]]:
    """Stretches of events that come again: where the first one begins, and the later one, and how
    many events they are.
    """
    seen: dict[tuple[Kind, str], list[int]] = defaultdict(list)
    done = 0  #: events known to be in a stretch
    for at, each in enumerate(told):
        before = seen[each.event.kind, each.event.text]
        if at >= done and before:
            some = {*before[:_ASKED], *before[-_ASKED:]}
            many, first = max((_length(told, start, at), start) for start in some)
            if many:
                yield first, at, many
                done = at + many
        before.append(at)


def _length(told: Sequence[_Told], first: int, again: int) -> int:
    """How many events from the one on are those from the other on."""
    most = len(told) - again
    return next(
        (many for many in range(most) if not told[again + many].is_as(told[first + many])), most
    )


@dataclass(frozen=True, slots=True)
class _Falls:
    """Where, within one stream, time goes back: the events behind that place and before it."""

    behind: frozenset[int]
    before: frozenset[int]

    def surround(self, first: int, many: int) -> bool:
        """Whether time goes back where this stretch begins, or where it ends."""
        return first in self.behind or first + many - 1 in self.before


def _falls(told: Sequence[_Told]) -> _Falls:
    streams: dict[str, list[tuple[int, Moment]]] = defaultdict(list)
    for at, each in enumerate(told):
        if each.moment is not None:
            streams[each.event.stream].append((at, each.moment))
    pairs = [pair for some in streams.values() for pair in pairwise(some)]
    falls = [(one, two) for (one, before), (two, after) in pairs if before.is_after(after)]
    return _Falls(frozenset(two for _, two in falls), frozenset(one for one, _ in falls))


def _proven(told: Sequence[_Told], falls: _Falls, first: int, again: int, many: int) -> int | None:
    """Where the stretch begins that is a copy for certain; None where times do not prove it."""
    moments = [each.moment for each in told[again : again + many]]
    known = [moment for moment in moments if moment is not None]
    if known != [each.moment for each in told[first : first + many]]:
        return None
    digits = min(moment.digits for moment in known)
    if many < (_ONE_JOB if digits < _FINE else _SOME):
        return None
    if falls.surround(again, many):
        return again
    if falls.surround(first, many):
        return first
    is_elsewhere = told[first].event.stream != told[again].event.stream
    is_told_apart = digits >= _FINE and len(set(known)) == many
    return again if is_told_apart and (is_elsewhere or digits >= _EXACT) else None


def _may_be_copy(
    lines: Sequence[bytes], told: Sequence[_Told], first: int, again: int, many: int
) -> bool:
    """Whether nobody can tell if a worker did this again."""
    is_restarted = told[again - 1].event.kind is Kind.STARTED
    if is_restarted and first > 0 and told[first - 1].event.kind is not Kind.STARTED:
        return False  # no copy has a start that its original has not
    return _jobs(told[again : again + many]) >= _JOBS or _is_excerpt(
        lines, told, first, again, many
    )


def _jobs(told: Sequence[_Told]) -> int:
    """Of how many jobs more than one step is told."""
    steps = Counter(each.event.id_text for each in told if each.event.id_text)
    return sum(many > 1 for many in steps.values())


def _is_excerpt(
    lines: Sequence[bytes], told: Sequence[_Told], first: int, again: int, many: int
) -> bool:
    """Whether the one stretch stands before the log or behind it, and empty lines set it apart
    from it, as an example in a report, and nothing else.
    """
    ends = [each.line for each in told]
    gaps = [at for at, (one, two) in enumerate(pairwise(ends)) if _sets_apart(lines[one + 1 : two])]
    is_before = first == 0 and many - 1 in gaps
    is_behind = again + many == len(told) and again - 1 in gaps
    return many > 1 and len(gaps) == 1 and (is_before or is_behind)


def _sets_apart(lines: Sequence[bytes]) -> bool:
    """Whether a reader of these lines sees two texts; a traceback belongs to the one before it."""
    has_gap = any(not line.strip() for line in lines)
    return has_gap and not any(line[:1].isspace() and line.strip() for line in lines)
