"""Whether a verdict may be the way's fault, by which the log came here, and not the worker's; and
the verdict on the log as the worker wrote it.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from io import BytesIO
from itertools import pairwise

from harness.trace.ids import WHOLE_ID
from harness.trace.judge import Judge, Verdict
from harness.trace.lines import read_lines
from harness.trace.mending.apart import has_overlaps, may_be_several, told_apart
from harness.trace.mending.cut_off import without_cut_off
from harness.trace.mending.look import Mended, light_look, second_look
from harness.trace.mending.messages import is_in_messages
from harness.trace.mending.unread import names_jobs, why_unread
from harness.trace.profile import Profile
from harness.trace.reading.survey import survey

_SHARE = 20  #: one in so many jobs out of its turn, or a job over this part of a log's lines
_FAR = 4
_FEW = 8  #: jobs of a short log
_TOGETHER = 10  #: lines from one step of a copy to the next
#: rules that a copy breaks wherever it stands, if it is the original that is left out
_BY_PLACE = ("order", "fifo", "overlap")
_GLUED = re.compile(rf"(?:{WHOLE_ID.pattern})[\"'\\\\<>]")
_INDENTED = re.compile(rf"(?<=\s{{4}})(?:{WHOLE_ID.pattern})")  #: below a column of words
_PLACE = re.compile(r"[\w<>-]+\.\w+:\d+$")  #: in the code, at the right edge of a row
_BELOW = 4  #: rows


def is_suspect(verdict: Verdict, head: bytes) -> bool:
    """Whether the log, which begins so, seems spoilt, one way or the other."""
    if _is_spoilt(verdict) or _is_out_of_turn(verdict) or _told_again(verdict):
        return True
    return verdict.ok is False and (may_be_several(verdict) or is_in_messages(head))


def _is_spoilt(verdict: Verdict) -> bool:
    """Whether half of the jobs break rules, or nobody can judge."""
    if verdict.ok is not False:
        return verdict.ok is None
    jobs = {violation.job_id or str(violation.lines) for violation in verdict.violations}
    return 2 * len(jobs) >= verdict.jobs or (verdict.jobs <= _FEW and has_overlaps(verdict))


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


def _told_again(verdict: Verdict) -> list[int]:
    """The lines of steps that are told twice, where some stand together: part of the log may be
    in it again.
    """
    twice = [each.lines for each in verdict.violations if each.rule == "duplicate"]
    later = sorted(max(lines) for lines in twice)
    together = any(two - one <= _TOGETHER for one, two in pairwise(later))
    return sorted({line for lines in twice for line in lines}) if together else []


def looked_again(verdict: Verdict, data: bytes, judge: Callable[[], Judge]) -> Verdict:
    """The verdict on the log as it was before it was spoilt; ``judge`` makes one who has read
    nothing.
    """
    again = judge()
    mended = _look(verdict, data, again.profile)
    if mended is None:
        return _but_for_doubts(verdict, list(read_lines(BytesIO(data))), judge)
    if mended.doubt is not None and not mended.may_be_so:
        return _unjudged(verdict, mended.doubt)
    again.wear(survey(mended.lines, again.profile))
    again.feed_all(mended.lines)
    if mended.doubt is not None:
        return _in_both(verdict, again.finish(), mended.doubt)
    verdict = again.finish()
    if _is_misread(verdict, mended.lines, again.profile, was_broken="wrapped" in mended.by):
        return _unjudged(verdict, "maybe-misread")
    verdict = _but_for_doubts(replace(verdict, mended=tuple(mended.by)), mended.lines, judge)
    return _as_numbered(verdict, mended)


def _look(verdict: Verdict, data: bytes, profile: Profile) -> Mended | None:
    """What is the matter with the log."""
    if _is_spoilt(verdict):
        return second_look(data, profile)
    copied, is_late = _told_again(verdict), _is_out_of_turn(verdict)
    return light_look(data, profile, copied=copied, is_out_of_turn=is_late)


def _but_for_doubts(
    verdict: Verdict, lines: Sequence[bytes], judge: Callable[[], Judge]
) -> Verdict:
    """The verdict without what the log does not tell."""
    profile = judge().profile
    if not verdict.mended and _is_misread(verdict, lines, profile):
        return _unjudged(verdict, "maybe-misread")
    if reason := _why_unread(verdict, lines, profile):
        return _unjudged(verdict, reason)
    verdict = without_cut_off(verdict, lines)
    if may_be_several(verdict):
        return told_apart(verdict, lines, profile, judge)
    return verdict


def _why_unread(verdict: Verdict, lines: Sequence[bytes], profile: Profile) -> str | None:
    """Why no job was read in a log that holds some; a worker's banner alone does not mean that it
    lost them.
    """
    if verdict.jobs or (verdict.ok is None and verdict.reason != "no-events"):
        return None
    lost = {each.job_id or "" for each in verdict.violations}
    reason = why_unread(lines, profile)
    return "no-events" if reason is None and names_jobs(lines, lost, profile) else reason


def _in_both(verdict: Verdict, mended: Verdict, doubt: str) -> Verdict:
    """What is wrong with the log as it is and as it may have been; where that is nothing, nobody
    can judge.
    """
    unsure = _BY_PLACE if doubt == "maybe-twice" else ()
    wrong = {(each.rule, each.job_id) for each in mended.violations if each.rule not in unsure}
    both = tuple(each for each in verdict.violations if (each.rule, each.job_id) in wrong)
    return replace(verdict, violations=both) if both else _unjudged(verdict, doubt)


def _unjudged(verdict: Verdict, reason: str) -> Verdict:
    return replace(verdict, ok=None, reason=reason, violations=(), mended=())


def _is_misread(
    verdict: Verdict, lines: Sequence[bytes], profile: Profile, *, was_broken: bool = False
) -> bool:
    """Whether in half of the jobs what was read as the id is none, and a whole one stands right
    there: before what some format has put behind it, or in a row below that was broken off. It is
    the reading's fault then, and not the worker's. Where rows ``was_broken``, one is enough.
    """
    broken = [each for each in verdict.violations if each.rule == "malformed" and each.lines]
    misread = [
        each
        for each in broken
        if _GLUED.match(each.job_id or "")
        or _is_below(lines, each.lines[0], WHOLE_ID if was_broken else _INDENTED, profile)
    ]
    is_place = any(_PLACE.match(each.job_id or "") for each in broken)  # counts as one job
    return is_place or (bool(misread) and (was_broken or 2 * len(misread) >= verdict.jobs))


def _is_below(
    lines: Sequence[bytes], number: int, sought: re.Pattern[str], profile: Profile
) -> bool:
    """Whether a line has no id, and a row below has one and is no event by itself."""
    rows = [row.decode("utf-8", "replace") for row in lines[number - 1 : number + _BELOW]]
    if not rows or WHOLE_ID.search(rows[0]):
        return False
    below = next((row for row in rows[1:] if sought.search(row)), None)
    return below is not None and not any(words.search(below) for _, words in profile.patterns)


def _as_numbered(verdict: Verdict, mended: Mended) -> Verdict:
    """With the numbers that lines have in the file."""
    violations = (
        replace(violation, lines=tuple(sorted(mended.number(line) for line in violation.lines)))
        for violation in verdict.violations
    )
    near = (event._replace(line=mended.number(event.line)) for event in verdict.near)
    return replace(verdict, violations=tuple(violations), near=tuple(near))
