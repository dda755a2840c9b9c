"""A log out of which some tool has cut a piece, and says so in a line, or of which a command
printed the end alone: what stood there, nobody knows.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from harness.trace.ids import WHOLE_ID, leading_key
from harness.trace.judge import Verdict, Violation
from harness.trace.profile import FINAL, Kind, Profile
from harness.trace.reading.reader import Reader
from harness.trace.reading.survey import survey

_AMOUNT = r"[\d.,]+\s?(?:bytes?|[KM]i?B|characters?|chars?|lines?|rows?)\b"
_MARK = re.compile(
    rf"""\b truncated \s+ to \s+ the \s+ (?:last|first) \b | \b truncated \s+ {_AMOUNT}
      | {_AMOUNT} \s+ (?:were \s+|are \s+)? (?:truncated|omitted|skipped|removed|elided|hidden) \b
      | [\[<] \W* (?:output\s+|log\s+)? (?:truncated|snip(?:ped)?) \W* [\]>]
      | \b logs \b .* \s (?:--tail[=\s]|-n\s?)\d | \b tail \s+ -(?:n\s?)?\d""",
    re.VERBOSE | re.IGNORECASE,
)
_LONGEST = 200  #: bytes of a line that says it
#: rules that say that something is missing
_ABSENCE = ("missing-step", "unfinished", "phantom")


def but_for_gaps(verdict: Verdict, lines: Sequence[bytes], profile: Profile) -> Verdict:
    """The verdict without what a piece that was cut out of the log may explain: a job that nobody
    is told of, a step of one that was at work there, a line that was cut in two.
    """
    if verdict.ok is not False:
        return verdict
    marks = [at for at, line in enumerate(lines, 1) if len(line) < _LONGEST and _is_mark(line)]
    reader = Reader(profile, survey(lines, profile)) if marks else Reader(profile)
    marks = [at for at in marks if reader.read(lines[at - 1]) is None]
    if not marks:
        return verdict
    cut_jobs = _jobs_at(marks, lines, reader)
    halves = {at for mark in marks for at in _beside(mark, lines)}
    left = tuple(each for each in verdict.violations if not _may_be_cut(each, cut_jobs, halves))
    if left:
        return replace(verdict, violations=left)
    return replace(verdict, ok=None, reason="maybe-cut", violations=())


def _is_mark(line: bytes) -> bool:
    text = line.decode("utf-8", "replace")
    return _MARK.search(text) is not None and WHOLE_ID.search(text) is None


def _may_be_cut(violation: Violation, cut_jobs: set[str], halves: set[int]) -> bool:
    if violation.rule == "lost" or halves & set(violation.lines):
        return True
    return violation.rule in _ABSENCE and leading_key(violation.job_id or "") in cut_jobs


def _beside(mark: int, lines: Sequence[bytes]) -> list[int]:
    """The lines with words on both sides of a mark, from 1."""
    before = next((at for at in range(mark - 1, 0, -1) if lines[at - 1].strip()), None)
    after = next((at for at in range(mark + 1, len(lines) + 1) if lines[at - 1].strip()), None)
    return [at for at in (before, after) if at is not None]


def _jobs_at(marks: Sequence[int], lines: Sequence[bytes], reader: Reader) -> set[str]:
    """The jobs (keys of their ids) of which a step may have stood at a mark: begun before it and
    not ended there, or not begun behind it.
    """
    steps: dict[str, list[tuple[int, Kind]]] = defaultdict(list)
    begun: set[str] = set()  # workers that have taken another job since the last mark
    late: set[str] = set()  # jobs that are told of first after that
    at_marks = set(marks)
    for at, line in enumerate(lines, 1):
        if at in at_marks:
            begun.clear()
        if (event := reader.read(line)) is not None and event.job is not None:
            if event.kind is Kind.RECEIVED:
                begun.add(event.stream)
            elif event.job.key not in steps and event.stream in begun:
                late.add(event.job.key)
            steps[event.job.key].append((at, event.kind))
    found: set[str] = set()
    for job, told in steps.items():
        begins_behind = told[0][1] is not Kind.RECEIVED and told[0][0] > marks[0]
        begins_behind &= job not in late
        ends_before = told[-1][1] not in FINAL and told[-1][0] < marks[-1]
        between = any(one[0] < mark < two[0] for one, two in pairwise(told) for mark in marks)
        if begins_behind or ends_before or between:
            found.add(job)
    return found
