"""A log in which each event stands twice in a row: a logger with two handlers, a console that is
shown twice.
"""

import re
from collections.abc import Sequence
from statistics import median

from harness.trace.events import Parsed
from harness.trace.mending.moments import Moment, Moments
from harness.trace.reading.reader import Reader

_LEAST = 6  #: pairs
_FINE = 3  #: digits of a second's fraction
_MS = 10**6  #: nanoseconds
_HANDLERS_MS = 1  #: between two handlers of one line; two workers at one job are apart by more
_WORD = re.compile(r"\w+")


def unpaired(lines: Sequence[bytes], reader: Reader) -> tuple[list[bytes], bool] | None:
    """The log with one line of each pair, an empty one in place of the other, and whether it is
    certain that they are one event; None where not every event is paired, or times show that each
    one happened twice.
    """
    told = [(at, event) for at, line in enumerate(lines) if (event := reader.read(line))]
    of_jobs = [(at, event) for at, event in told if event.job is not None]
    pairs = list(zip(of_jobs[::2], of_jobs[1::2], strict=False))
    if len(pairs) < _LEAST or len(of_jobs) % 2:
        return None
    if not all(_is_one(first, second) for (_, first), (_, second) in pairs):
        return None
    kept = list(lines)
    for _, (again, _) in pairs:
        kept[again] = b""
    if _in_two_forms([(lines[one], lines[two], event) for (one, event), (two, _) in pairs]):
        return kept, True
    moments = Moments(lines)
    times = [
        (moments.of(lines[one], event), moments.of(lines[two], again))
        for (one, event), (two, again) in pairs
    ]
    gaps = [gap for pair in times if (gap := _gap_ms(*pair)) is not None]
    if len(gaps) < len(pairs) or 2 * len({one for one, _ in times}) < len(pairs):
        return kept, False  # no times, or those of a collector, which has many lines at once
    return (kept, max(gaps) <= _HANDLERS_MS) if median(gaps) <= _HANDLERS_MS else None


def _is_one(one: Parsed, two: Parsed) -> bool:
    return (one.kind, one.job, one.text, one.stream) == (two.kind, two.job, two.text, two.stream)


def _gap_ms(one: Moment | None, two: Moment | None) -> float | None:
    """Between two times that are told exactly; None where they are not."""
    if one is None or two is None or one.sort != two.sort or min(one.digits, two.digits) < _FINE:
        return None
    return abs(two.at - one.at) / _MS


def _in_two_forms(pairs: Sequence[tuple[bytes, bytes, Parsed]]) -> bool:
    """Whether one line of each pair is written in one form and the other in another, names and
    numbers aside: of two workers both write alike.
    """
    ones = {_form(line, event) for line, _, event in pairs}
    twos = {_form(line, event) for _, line, event in pairs}
    return not ones & twos


def _form(line: bytes, event: Parsed) -> str:
    """What stands before the event's words, without letters and digits."""
    return _WORD.sub("w", line.decode("utf-8", "replace").partition(event.text)[0])
