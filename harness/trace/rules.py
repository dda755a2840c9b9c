"""The rules: what a job's trace must be, each a pure function from one job's facts to findings.

A rule that speaks of absence (``missing-step``, ``unfinished``, ``phantom``, ``lost``) waits for
the log's end, and is silent about a job that an ambiguous line may have spoken of.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import groupby

from harness.trace.ids import is_foreign, keys_in, show_id
from harness.trace.paths import ABBREVIATED, DEFAULT_STORAGE, below, inside
from harness.trace.profile import FINAL, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One event of a job: RECEIVED, PROCESSING, COMPLETED or FAILED."""

    kind: Kind
    line: int  #: from 1
    path: str | None = None  #: the result that COMPLETED names
    time: datetime | None = None  #: of its stamp; None where it has none, or no rule asks for times


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """The steps of a job from its receipt, or from an announced redelivery, to the next one."""

    steps: tuple[Step, ...]
    redelivered: int | None = None  #: line of the announcement

    def first(self, *kinds: Kind) -> Step | None:
        """Its first step of one of ``kinds``."""
        return next((step for step in self.steps if step.kind in kinds), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """This job began in a stream while another one was open there."""

    other: str  #: id of the job before it
    began: int  #: line of this job's first event in the stream
    other_ended: int  #: line of the other's first final event, after ``began``


@dataclass(frozen=True, slots=True, kw_only=True)
class Overtaken:
    """This job was received after a job of the same stream that was published later."""

    by: str
    by_line: int
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An event line of this job that does not parse."""

    line: int
    why: str  #: cut, fields, id
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTrace:
    """All that is known of one job, so far or (``ended``) at the end of the log."""

    job_id: str | None
    attempts: tuple[Attempt, ...] = ()
    ended: bool = True
    submitted: bool | None = None  #: None: nobody said what was submitted
    shielded: bool = False  #: an ambiguous line may have been about this job
    storage: str = DEFAULT_STORAGE  #: folder of the first input path that a message named
    tells_processing: bool = True  #: the profile has a pattern for PROCESSING
    finished: bool = False  #: a final line came, also after one that did not parse
    #: Result path → id of another job that has it.
    shared: dict[str, str] = field(default_factory=dict)
    meetings: tuple[Meeting, ...] = ()
    overtaken: Overtaken | None = None
    faults: tuple[Fault, ...] = ()

    @property
    def judged_for_absence(self) -> bool:
        """Whether what is not there is really not there: no ambiguous or unparsable line may be
        it.
        """
        return self.ended and not self.shielded and not self.faults

    @property
    def received(self) -> bool:
        """Whether any line gave the job to a worker."""
        return any(a.redelivered is not None or a.first(Kind.RECEIVED) for a in self.attempts)

    @property
    def statuses(self) -> tuple[Step, ...]:
        """All steps but receipts."""
        return tuple(s for a in self.attempts for s in a.steps if s.kind is not Kind.RECEIVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Where a rule is broken: ``case`` picks the sentence, ``facts`` fill it."""

    case: str
    lines: tuple[int, ...]
    facts: dict[str, object] = field(default_factory=dict)


class Sees(StrEnum):
    """Which jobs a rule must be shown; the fast paths stand aside for a rule that must see more."""

    #: those that depart from Received, PROCESSING, one final line, own result
    SUSPECTS = "suspects"
    CLEAN = "clean"  #: every job, also one that went as it should
    TIMES = "times"  #: every job, and the time of each step


@dataclass(frozen=True, slots=True)
class Rule:
    """A property of traces; its title, explanation and hint live in the texts under its id."""

    id: str
    check: Callable[[JobTrace], Iterator[Finding]]
    sees: Sees = Sees.SUSPECTS


def order(job: JobTrace) -> Iterator[Finding]:
    """Steps stand in another order than Received, PROCESSING, COMPLETED or FAILED."""
    for attempt in job.attempts:
        received = attempt.first(Kind.RECEIVED)
        status = attempt.first(Kind.PROCESSING, *FINAL)
        if received and status and status.line < received.line and attempt.redelivered is None:
            yield Finding(
                case="before-receipt",
                lines=(status.line, received.line),
                facts={"status": status.kind.upper()},
            )
        processing, final = attempt.first(Kind.PROCESSING), attempt.first(*FINAL)
        if processing and final and final.line < processing.line:
            yield Finding(
                case="final-first",
                lines=(final.line, processing.line),
                facts={"status": final.kind.upper()},
            )


def missing_step(job: JobTrace) -> Iterator[Finding]:
    """A final status whose PROCESSING never comes."""
    if not (job.judged_for_absence and job.tells_processing):
        return
    for attempt in job.attempts:
        final = attempt.first(*FINAL)
        if final and not attempt.first(Kind.PROCESSING):
            yield Finding(case="message", lines=(final.line,), facts={"status": final.kind.upper()})


def duplicate(job: JobTrace) -> Iterator[Finding]:
    """The same step twice for one job, and no redelivery announced between them."""
    for attempt in job.attempts:
        by_kind = sorted(attempt.steps, key=lambda step: step.kind)
        for kind, steps in groupby(by_kind, key=lambda step: step.kind):
            lines = tuple(step.line for step in steps)
            if len(lines) > 1:
                yield Finding(case="message", lines=lines, facts={"step": kind.upper()})


def conflict(job: JobTrace) -> Iterator[Finding]:
    """Both COMPLETED and FAILED."""
    for attempt in job.attempts:
        completed, failed = attempt.first(Kind.COMPLETED), attempt.first(Kind.FAILED)
        if completed and failed:
            yield Finding(case="message", lines=tuple(sorted((completed.line, failed.line))))


def unfinished(job: JobTrace) -> Iterator[Finding]:
    """Received, and no final status by the end of the log. A job that ended and came again may
    be left alone.
    """
    if not job.ended or job.shielded or job.finished or not job.received:
        return
    *before, last = job.attempts
    is_left = not last.first(Kind.PROCESSING) and any(each.first(*FINAL) for each in before)
    if not last.first(*FINAL) and not is_left:
        lines = tuple(step.line for step in last.steps)
        yield Finding(
            case="processing" if last.first(Kind.PROCESSING) else "message",
            lines=lines or (last.redelivered or 0,),
        )


def phantom(job: JobTrace) -> Iterator[Finding]:
    """A status line for a job that is never received, or was never submitted."""
    lines = tuple(step.line for step in job.statuses)
    if not lines or job.shielded:
        return
    if job.submitted is False:
        yield Finding(case="not-submitted", lines=lines)
    elif job.judged_for_absence and not job.received:
        yield Finding(case="not-received", lines=lines)


def lost(job: JobTrace) -> Iterator[Finding]:
    """Submitted, and never received."""
    if job.judged_for_absence and job.submitted and not job.received:
        yield Finding(case="message", lines=())


def fifo(job: JobTrace) -> Iterator[Finding]:
    """Received in a stream after a job that was published later."""
    if job.overtaken:
        yield Finding(
            case="message",
            lines=(job.overtaken.by_line, job.overtaken.line),
            facts={"other": job.overtaken.by},
        )


def overlap(job: JobTrace) -> Iterator[Finding]:
    """Begun in a stream before the job before it had ended there."""
    for meeting in job.meetings:
        yield Finding(
            case="message",
            lines=(meeting.began, meeting.other_ended),
            facts={"other": meeting.other},
        )


def malformed(job: JobTrace) -> Iterator[Finding]:
    """An event line that does not parse."""
    for fault in job.faults:
        yield Finding(case=fault.why, lines=(fault.line,), facts={"text": fault.text})


def result_path(job: JobTrace) -> Iterator[Finding]:
    """COMPLETED names a path outside the storage, with another job's id, or that another job
    has.
    """
    if not (job.received or job.ended):
        return  # the receipt that names the storage may still come
    for step in job.statuses:
        if step.path is None:
            continue
        facts: dict[str, object] = {"path": step.path}
        own = (job.job_id or "").replace("-", "")
        others = [key for key in keys_in(below(step.path, job.storage)) if not key.startswith(own)]
        if is_foreign(job.job_id or ""):
            others = []  # a UUID in its path names no job
        if job.received and not inside(step.path, job.storage):
            yield Finding(case="outside", lines=(step.line,), facts=facts)
        elif others:
            facts["other"] = show_id(min(others))
            yield Finding(case="other-id", lines=(step.line,), facts=facts)
        elif step.path in job.shared and not ABBREVIATED.search(step.path):
            facts["other"] = job.shared[step.path]
            yield Finding(case="shared", lines=(step.line,), facts=facts)


RULES: tuple[Rule, ...] = (
    Rule("order", order),
    Rule("missing-step", missing_step),
    Rule("duplicate", duplicate),
    Rule("conflict", conflict),
    Rule("unfinished", unfinished),
    Rule("phantom", phantom),
    Rule("lost", lost),
    Rule("fifo", fifo),
    Rule("overlap", overlap),
    Rule("malformed", malformed),
    Rule("result-path", result_path),
)
