"""Whether a verdict may be the way's fault, by which the log came here, and not the worker's; and
the verdict on the log as the worker wrote it.
"""

from collections.abc import Callable
from dataclasses import replace

from harness.trace.judge import Judge, Verdict
from harness.trace.mending.look import Mended, parts_in_time, second_look
from harness.trace.reading.survey import survey

_SHARE = 20  #: one in so many jobs out of its turn, or a job over this part of a log's lines
_FAR = 4


def is_suspect(verdict: Verdict) -> bool:
    """Whether the log seems spoilt, one way or the other."""
    return _is_spoilt(verdict) or _is_out_of_turn(verdict)


def _is_spoilt(verdict: Verdict) -> bool:
    """Whether half of the jobs break rules, or nobody can judge."""
    if verdict.ok is not False:
        return verdict.ok is None
    jobs = {violation.job_id or str(violation.lines) for violation in verdict.violations}
    return 2 * len(jobs) >= verdict.jobs


def _is_out_of_turn(verdict: Verdict) -> bool:
    """Whether files of the log may stand in the wrong order: jobs that go over from one to the next
    begin far behind their ends.
    """
    if verdict.ok is not False:
        return False
    late = [violation for violation in verdict.violations if violation.rule in ("order", "fifo")]
    far = (violation for violation in late if violation.rule == "order" and violation.lines)
    return _SHARE * len(late) >= verdict.jobs or any(
        _FAR * (max(violation.lines) - min(violation.lines)) > verdict.lines for violation in far
    )


def looked_again(verdict: Verdict, data: bytes, judge: Callable[[], Judge]) -> Verdict:
    """The verdict on the log as it was before it was spoilt; ``judge`` makes one who has read
    nothing.
    """
    again = judge()
    look = second_look if _is_spoilt(verdict) else parts_in_time
    mended = look(data, again.profile)
    if mended is None:
        return verdict
    if mended.doubt is not None:
        return replace(verdict, ok=None, reason=mended.doubt, violations=(), mended=())
    again.wear(survey(mended.lines, again.profile))
    again.feed_all(mended.lines)
    return _as_numbered(again.finish(), mended)


def _as_numbered(verdict: Verdict, mended: Mended) -> Verdict:
    """With the numbers that lines have in the file."""
    violations = (
        replace(violation, lines=tuple(sorted(mended.number(line) for line in violation.lines)))
        for violation in verdict.violations
    )
    near = (event._replace(line=mended.number(event.line)) for event in verdict.near)
    return replace(verdict, violations=tuple(violations), near=tuple(near), mended=tuple(mended.by))
