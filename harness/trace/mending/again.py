"""Whether a verdict may be the way's fault, by which the log came here, and not the worker's; and
the verdict on the log as the worker wrote it.
"""

from collections.abc import Callable
from dataclasses import replace

from harness.trace.judge import Judge, Verdict
from harness.trace.mending.look import Mended, second_look
from harness.trace.reading.survey import survey


def is_suspect(verdict: Verdict) -> bool:
    """Whether half of the jobs break rules, or nobody can judge."""
    if verdict.ok is not False:
        return verdict.ok is None
    jobs = {one.job_id or str(one.lines) for one in verdict.violations}
    return 2 * len(jobs) >= verdict.jobs


def looked_again(verdict: Verdict, data: bytes, judge: Callable[[], Judge]) -> Verdict:
    """The verdict on the log as it was before it was spoilt; ``judge`` makes one who has read
    nothing.
    """
    again = judge()
    mended = second_look(data, again.profile)
    if mended is None:
        return verdict
    if mended.doubt is not None:
        return replace(verdict, ok=None, reason=mended.doubt, violations=(), mended=())
    again.wear(survey(mended.lines, again.profile))
    again.feed_all(mended.lines)
    return _as_numbered(again.finish(), mended)


def _as_numbered(told: Verdict, mended: Mended) -> Verdict:
    """With the numbers that lines have in the file."""
    violations = (
        replace(one, lines=tuple(sorted(mended.number(line) for line in one.lines)))
        for one in told.violations
    )
    near = (one._replace(line=mended.number(one.line)) for one in told.near)
    return replace(told, violations=tuple(violations), near=tuple(near), mended=tuple(mended.by))
