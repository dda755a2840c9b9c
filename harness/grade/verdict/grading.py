"""One grading session: what the suite tells of each check, gathered into the verdict.

A check that raises ``Failure`` is false, one that passes is true. One that cannot tell is null: the
kit's, the Engine's or a witness's fault, or a check that it rests on did not hold.
"""

import traceback
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from harness.grade.finding.cause import FirstCause, RunFacts, at_start, find_cause
from harness.grade.finding.looking import look_at_services
from harness.grade.finding.sources import StudentCode
from harness.grade.submission.handed_in import Submission
from harness.grade.verdict.results import (
    Cause,
    CheckResult,
    Evidence,
    Failure,
    GradeVerdict,
    points_of,
    told,
)
from harness.grade.verdict.rubric import Rubric, load_rubric
from harness.grade.whose_fault import is_the_works
from harness.lateness import Spell, Timed, too_busy
from harness.stack.base import Stack
from harness.stack.errors import StackError
from harness.texts import explain, has, number, say
from harness.texts.three_values import WhyNull
from harness.trace.ids import as_written

_LONGEST = 500  #: characters of one piece of evidence
_TRACE = 20_000  #: characters of the kit's own traceback: its end says what happened
_MOST = 200  #: pieces of evidence of one check
_SET_UP = frozenset(["lab"])  #: checks that name it ask it questions; its own time decides none


class Share(NamedTuple):
    """The part of its points that a check which holds is worth."""

    part: float = 1.0
    timed: Timed | None = None  #: how time takes part in its not being whole


class Grading:
    """Filled while the suite runs; ``verdict`` is asked for at its end."""

    def __init__(self, *, lab: Path, seed: int, rubric: Rubric | None = None) -> None:
        self.lab = lab
        self.seed = seed
        self.rubric = rubric or load_rubric()
        self.stack: Stack | None = None  #: None until one was needed
        self.submission: Submission | None = None  #: None until it was read
        self.versions: dict[str, str] = {}
        self.results: dict[str, CheckResult] = {}
        self.finding: FirstCause | None = None  #: the first that explains something
        self.crossed = 0  #: events published while the demonstration ran
        self.took: dict[str, float] = {}  #: seconds of each experiment
        self.spells: dict[str, Spell] = {}  #: how slow the machine was during each of them
        self.broken: set[str] = set()  #: those that did not come to their end
        self.lateness = Spell()  #: of the whole session so far
        self._started = datetime.now(UTC)
        self._clock = monotonic()
        self._evidence: dict[str, list[Evidence]] = {}
        self._shares: dict[str, Share] = {}
        self._alone: set[str] = set()  # checks that do not hold, by what concerns nothing else

    def found(self, finding: FirstCause | None) -> None:
        """Keep the first cause: what comes later may be its consequence."""
        self.finding = self.finding or finding

    def look_for_the_ended(self) -> None:
        """Find the cause where a service of the work has ended by now."""
        if self.stack is not None and self.finding is None:
            ended = look_at_services(self.stack, ended=True)
            self.found(find_cause(RunFacts(services=ended), self.sources()))

    def look_at_start(self, facts: Mapping[str, object]) -> None:
        """Find the cause in what a start that failed says of it."""
        self.found(find_cause(at_start(facts), self.sources()))

    def sources(self) -> StudentCode:
        """The code of the work."""
        return StudentCode(self.submission.folder if self.submission else None)

    def _something_fails(self) -> bool:
        return any(result.passed is not True for result in self.results.values())

    def note(self, check: str) -> "Note":
        """Where a check leaves its evidence."""
        return Note(self._evidence.setdefault(check, []), self._shares, check)

    def broken_dependency(self, needs: tuple[str, ...]) -> str | None:
        """Why a check cannot be judged: the first of those it rests on that ran and did not hold,
        unless what is wrong there concerns nothing else."""
        for needed in needs:
            result = self.results.get(needed)
            if result is not None and result.passed is not True and needed not in self._alone:
                return _resting_on(result)
        return None

    def record(
        self,
        check: str,
        *,
        error: BaseException | None,
        skipped: bool,
        seconds: float,
        depends_on: tuple[str, ...],
        uses: Collection[str] = (),
    ) -> CheckResult:
        """Judge one check by how its test ended, and the experiments that it ``uses``; the first
        word about a check stands."""
        item, why = self.rubric.items[check], None
        share, slowest = self._shares.get(check, Share()), self._slowest(uses)
        if error is None and too_busy(share.timed, slowest):
            passed, cause = None, _too_busy(say("checks.partly"), slowest)
            why = WhyNull.NOT_JUDGED
        elif error is None:
            passed, cause = True, None
        elif skipped:
            passed, cause = None, Cause(rationale=str(error))
            why = self._why_skipped(depends_on)
        else:
            passed, cause = self._judged(error, item.hint, slowest)
            why = WhyNull.NOT_JUDGED if passed is None else None
            if isinstance(error, Failure) and error.alone and passed is False:
                self._alone.add(check)
        result = CheckResult(
            item=item,
            passed=passed,
            points=points_of(item, passed, share.part),
            seconds=seconds,
            depends_on=depends_on,
            cause=cause,
            evidence=tuple(self._evidence.get(check, ())),
            why_null=why,
        )
        return self.results.setdefault(check, result)

    def experiments_of(
        self, *, named: Iterable[str], needed: Iterable[str], ran_before: Collection[str]
    ) -> frozenset[str]:
        """Those that decided a check: which it names, which were run for it, and which it needs,
        by whatever way, and which broke. A slow one that it only comes after excuses nothing."""
        asked = frozenset(named) - _SET_UP
        return asked | (self.spells.keys() - set(ran_before)) | (self.broken & set(needed))

    def verdict(self) -> GradeVerdict:
        """What is known by now."""
        return GradeVerdict(
            submission=self.lab.resolve().name,
            runtime=self.stack.runtime if self.stack else "none",
            seed=self.seed,
            started=self._started,
            seconds=monotonic() - self._clock,
            versions=self.versions,
            experiments=dict(self.took),
            changes=() if self.submission is None else self.submission.changed,
            tasks=self.rubric.tasks,
            checks=tuple(self.results[name] for name in self.rubric.items if name in self.results),
            finding=self.finding if self._something_fails() else None,
            lateness=self.lateness,
        )

    def _why_skipped(self, needs: tuple[str, ...]) -> WhyNull:
        """What rests on an obstacle meets the same one; anything else waits for what fails."""
        rests = [self.results[name] for name in needs if name in self.results]
        first = next((result for result in rests if result.passed is not True), None)
        return (first and first.why_null) or WhyNull.NOT_CHECKED

    def _slowest(self, uses: Collection[str]) -> Spell:
        """The experiment of these in which the machine was the slowest."""
        spells = [spell for name, spell in self.spells.items() if name in uses]
        return max(spells, key=lambda spell: spell.slowness, default=Spell())

    def _judged(self, error: BaseException, hint: str, spell: Spell) -> tuple[bool | None, Cause]:
        """False where the error is about the work under test, else None."""
        if isinstance(error, Failure):
            if too_busy(error.timed, spell):
                return None, _too_busy(error, spell)
            return False, Cause(
                rationale=as_written(error.rationale),
                help=error.help or hint,
                expected=_bounded(error.expected),
                actual=_bounded(error.actual),
            )
        reference = getattr(error, "reference", None)
        known = isinstance(reference, str) and has(f"errors.{reference}.what")
        rationale = explain(error)[0] if known else say("checks.own-fault")  # type: ignore[arg-type]
        if is_the_works(error) and self._runtime_answers():
            if reference == "api-silent" and too_busy(Timed.WAITED, spell):
                return None, _too_busy(error, spell)
            return False, Cause(rationale=rationale, help=hint)
        trace = "".join(traceback.format_exception(error))[-_TRACE:]
        return None, Cause(rationale=rationale, error=trace)

    def _runtime_answers(self) -> bool:
        """Whether the machinery under the lab still works: if not, no silence is the lab's own."""
        try:
            return self.stack is None or bool(self.stack.state("api"))
        except StackError:
            return False


class Note:
    """Keeps what a witness saw as evidence of one check, and the check's share of its points."""

    def __init__(self, evidence: list[Evidence], shares: dict[str, Share], check: str) -> None:
        self._evidence = evidence
        self._shares = shares
        self._check = check

    def __call__(
        self,
        witness: str,
        text: object,
        *,
        where: object = "",
        time: datetime | None = None,
    ) -> None:
        if len(self._evidence) >= _MOST:
            return  # a report is read by people; what decided is in the rationale
        words = told(text)[:_LONGEST]
        self._evidence.append(
            Evidence(witness=witness, text=words, where=as_written(str(where or "")), time=time)
        )

    def partly(self, share: float, *, timed: Timed | None = None) -> None:
        """The check holds, for this share of its points; ``timed`` as of a ``Failure``."""
        self._shares[self._check] = Share(share, timed)


def _resting_on(result: CheckResult) -> str:
    """What is told of a check that rests on this one: the first cause, not the link between."""
    if result.why_null is WhyNull.NOT_JUDGED:
        return say("checks.depends-obstacle", title=result.item.title)
    if result.passed is None and result.cause is not None:
        return result.cause.rationale
    return say("checks.depends", title=result.item.title)


def _too_busy(error: object, spell: Spell) -> Cause:
    """Why nobody can tell. What was found all the same stands where the grader's own faults do, so
    that the work is graded once more."""
    times, late = number(round(spell.slowness, 1)), number(round(spell.late_s))
    return Cause(rationale=say("checks.too-busy", times=times, seconds=late), error=str(error))


def _bounded(value: object) -> str | None:
    return None if value is None else told(value)[:_LONGEST]
