"""Jobs that overlap in a log whose lines tell workers apart by a field that nobody knew: the log
judged by it, where that is certain; else no overlap is told that several workers would explain.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import compress

from harness.trace.ids import leading_key
from harness.trace.judge import Judge, Verdict, Violation
from harness.trace.mending.nameless import started_together
from harness.trace.profile import Profile
from harness.trace.reading.reader import Reader
from harness.trace.reading.survey import survey
from harness.trace.reading.workers import (
    MarkedLine,
    Naming,
    Pair,
    differing,
    may_be_apart,
    namings,
    rows_of,
)

_FEW = 8  #: jobs of a short log, in which a worker may have one alone
_SOME = 60  #: jobs of a log in which one overlap is enough to look at it again
_OFTEN = 20  #: of so many further jobs one must overlap
_LOOKED_AT = 500  #: overlaps by which a field is looked for
_TRIED = 3  #: fields by which the log is judged


def has_overlaps(verdict: Verdict) -> bool:
    """Whether a worker does two jobs at once: two workers may be meant."""
    return _overlaps_in(verdict) > 0


def may_be_several(verdict: Verdict) -> bool:
    """The same, so often that several workers may be meant: these are busy at once again and
    again.
    """
    return _OFTEN * _overlaps_in(verdict) >= max(verdict.jobs - _SOME, 1)


def told_apart(
    verdict: Verdict, lines: Sequence[bytes], profile: Profile, judge: Callable[[], Judge]
) -> Verdict:
    """The verdict with these workers told apart, or without what they may explain; where nothing is
    left then, nobody judges. ``judge`` makes one who has read nothing.
    """
    overlaps = [each for each in verdict.violations if each.rule == "overlap"]
    pairs = [_pair(each) for each in overlaps]
    some = {number - 1 for each in overlaps[:_LOOKED_AT] for number in each.lines}
    fields = differing(list(rows_of(lines, profile, some)), pairs[:_LOOKED_AT])
    rows = list(rows_of(lines, profile, fields=fields)) if fields else []
    tried = [
        (naming, _judged_by(naming, rows, lines, judge)) for naming in namings(rows, pairs)[:_TRIED]
    ]
    best = min(tried, key=lambda each: _overlaps_in(each[1]), default=None)
    if best is not None:
        naming, named = best
        left = _overlaps_in(named)
        if naming.keeps_apart(pairs, left) or (naming.is_called_so and not left):
            return replace(named, mended=(*verdict.mended, "workers"))
        if not naming.may_keep_apart(pairs, left):
            best = None
    if verdict.jobs <= _FEW:
        apart = may_be_apart(rows, pairs)
    else:
        apart = [best is not None and best[0].tells_apart(pair) for pair in pairs]
    if any(apart):
        return _without(verdict, list(compress(overlaps, apart)), "maybe-workers")
    reader = Reader(profile, survey(lines, profile))
    together = started_together(lines, reader)
    of_several = [each for each in overlaps if _stream(lines, each, reader) in together]
    return _without(verdict, of_several, "maybe-nameless")


def _stream(lines: Sequence[bytes], overlap: Violation, reader: Reader) -> str | None:
    """The worker that is said to do two jobs at once."""
    parsed = reader.read(lines[overlap.lines[0] - 1])
    return parsed.stream if parsed else None


def _pair(overlap: Violation) -> Pair:
    one, two = overlap.job_id or "", str(overlap.facts.get("other", ""))
    return leading_key(one) or "", leading_key(two) or ""


def _overlaps_in(verdict: Verdict) -> int:
    return sum(each.rule == "overlap" for each in verdict.violations)


def _judged_by(
    naming: Naming, rows: Sequence[MarkedLine], lines: Sequence[bytes], judge: Callable[[], Judge]
) -> Verdict:
    """The verdict where this field names the workers."""
    again = judge()
    named = _named(lines, rows, naming)
    again.wear(survey(named, again.profile))
    again.feed_all(named)
    return again.finish()


def _named(lines: Sequence[bytes], rows: Sequence[MarkedLine], naming: Naming) -> list[bytes]:
    """The lines behind their worker's name."""
    numbers: dict[str, int] = {}
    named = list(lines)
    for row in rows:
        if value := row.fields.get(naming.field):
            number = numbers.setdefault(value, len(numbers) + 1)
            named[row.line] = b"[pod/worker-%d] " % number + named[row.line]
    return named


def _without(verdict: Verdict, overlaps: Sequence[Violation], reason: str) -> Verdict:
    """Without overlaps of jobs that two workers may have done, nor what their order may be; of the
    last violations nobody judges, for this reason.
    """
    if not overlaps:
        return verdict
    excused = {id(each) for each in overlaps}
    left = [each for each in verdict.violations if id(each) not in excused and each.rule != "fifo"]
    if left:
        return replace(verdict, violations=tuple(left))
    return replace(verdict, ok=None, reason=reason, violations=(), mended=())
