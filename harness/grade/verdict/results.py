"""The verdict: every check's result, merged into points; the ``lab6/verdict/v1`` object made of
it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from harness.grade.experiments.sending import FINAL
from harness.grade.finding.cause import FirstCause
from harness.grade.finding.words import to_document as finding_document
from harness.grade.submission.sandbox.changes import ComposeChange
from harness.grade.verdict.rubric import Item
from harness.lateness import Spell, Timed
from harness.texts import number, say
from harness.texts.three_values import WhyNull
from harness.trace.ids import as_written

_LONGEST = 2000  #: characters of a fact within a sentence
_MOST = 1000  #: facts of a list
SCHEMA = "lab6/verdict/v1"


class Failure(AssertionError):  # noqa: N818 - it is no error: it is a finding about the work under test
    """The work under test falls short. Raised by a check, on purpose; anything else is not a
    failure.

    ``alone``: what rests on the check can be judged all the same. ``timed``: how time takes part
    in what was found; None where a slow machine could not have brought it about.
    """

    def __init__(
        self,
        rationale: str,
        *,
        expected: object = None,
        actual: object = None,
        help_: str | None = None,
        alone: bool = False,
        timed: Timed | None = None,
    ) -> None:
        super().__init__(rationale)
        self.alone = alone
        self.timed = timed
        self.rationale = rationale
        self.help = help_  #: what to do about just this; None for the check's own hint
        self.expected = expected
        self.actual = actual


def require(
    holds: object,
    why: str,
    *,
    expected: object = None,
    actual: object = None,
    help_: str | None = None,
    alone: bool = False,
    timed: Timed | None = None,
) -> None:
    """Raise ``Failure`` unless ``holds``; ``why`` is the reference of its sentence
    (``checks.why.…``)."""
    if not holds:
        sentence = say(f"checks.why.{why}", expected=told(expected), actual=told(actual))
        raise Failure(
            sentence, expected=expected, actual=actual, help_=help_, alone=alone, timed=timed
        )


def require_end(ended: str | None, wanted: str, why: str) -> None:
    """The job's status must be this one at its end. One that has not ended was waited for; one that
    has, ended otherwise than it must."""
    require(ended == wanted, why, expected=wanted, actual=ended, timed=timed_end(ended))


def timed_end(ended: str | None) -> Timed | None:
    """How time takes part in a job's having this status."""
    return None if ended in FINAL else Timed.WAITED


def timed_refusal(status: int) -> Timed | None:
    """How time takes part in an answer. One of 5xx may come of the work's own time-outs on a slow
    machine; 501 says that nobody has written it, and nothing else of it."""
    return Timed.MEASURED if status >= 500 and status != HTTPStatus.NOT_IMPLEMENTED else None


def told(value: object) -> str:
    """A fact as people read it, in so many characters at most."""
    words = as_written(_words(value))
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"


def _words(value: object) -> str:
    if value is None:
        return "—"
    if isinstance(value, datetime):
        return _time(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(map(_words, list(value)[:_MOST]))
    if isinstance(value, float):
        return number(value)
    return str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a witness saw, and where."""

    witness: str  #: http, redis, postgres, log, storage, compose
    text: str
    where: str = ""
    time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why a check did not hold, or could not be judged."""

    rationale: str
    help: str = ""
    expected: str | None = None
    actual: str | None = None
    error: str | None = None  #: the kit's own traceback


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One check, judged. ``passed`` is None where nobody could judge: no pass, and no fault."""

    item: Item
    passed: bool | None
    points: float
    seconds: float
    depends_on: tuple[str, ...] = ()
    cause: Cause | None = None
    evidence: tuple[Evidence, ...] = field(default_factory=tuple)
    why_null: WhyNull | None = None  #: where ``passed`` is None: which of the two


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeVerdict:
    """All checks of one submission."""

    submission: str
    runtime: str
    seed: int
    started: datetime
    seconds: float
    versions: dict[str, str]
    experiments: dict[str, float]  #: seconds that each took
    changes: tuple[ComposeChange, ...]  #: what the sandbox dropped or changed of the submission
    tasks: dict[int, str]  #: the lab's tasks by number: their titles
    checks: tuple[CheckResult, ...]
    finding: FirstCause | None = None  #: what explains the most of what does not hold
    lateness: Spell = field(default_factory=Spell)  #: how slow the machine was meanwhile

    @property
    def waits(self) -> int:
        """How many checks wait until something else is mended."""
        return sum(check.why_null is WhyNull.NOT_CHECKED for check in self.checks)

    def of_task(self, number: int) -> tuple[CheckResult, ...]:
        """The checks of one task of the lab."""
        return tuple(check for check in self.checks if check.item.task == number)

    @property
    def score(self) -> float:
        """The points of all checks that hold, or hold in part."""
        return sum(check.points for check in self.checks)

    @property
    def max_score(self) -> float:
        """The points of all checks that were run."""
        return sum(check.item.points for check in self.checks)

    @property
    def unjudged(self) -> float:
        """The points of the checks that nobody could judge: neither won nor lost."""
        return sum(check.item.points for check in self.checks if check.passed is None)

    def null_points(self, why: WhyNull) -> float:
        """The points of the checks that were not checked, or of those not judged."""
        return sum(check.item.points for check in self.checks if check.why_null is why)

    @property
    def ok(self) -> bool | None:
        """False over None over True."""
        return merged(check.passed for check in self.checks)


def merged(values: Iterable[bool | None]) -> bool | None:
    """False where any is False, else None where any is None, else True."""
    verdicts = list(values)
    if False in verdicts:
        return False
    return None if None in verdicts or not verdicts else True


def points_of(item: Item, passed: bool | None, share: float = 1.0) -> float:
    """Points of a check that holds (for its ``share``); 0 where it does not, or nobody knows."""
    return round(item.points * share, 2) if passed is True else 0.0


def to_document(verdict: GradeVerdict) -> dict[str, Any]:
    """The verdict as JSON's types."""
    return {
        "schema": SCHEMA,
        "submission": verdict.submission,
        "runtime": verdict.runtime,
        "started": _time(verdict.started),
        "seconds": round(verdict.seconds, 3),
        "score": round(verdict.score, 2),
        "max_score": verdict.max_score,
        "versions": verdict.versions,
        "checks": [_check(check) for check in verdict.checks],
        "tasks": [_task(verdict, number) for number in sorted(verdict.tasks)],
        "ok": verdict.ok,
        "unjudged": verdict.unjudged,
        "seed": verdict.seed,
        "experiments": {name: round(took, 3) for name, took in verdict.experiments.items()},
        "lateness": {
            "slowness": round(verdict.lateness.slowness, 2),
            "late_s": round(verdict.lateness.late_s, 3),
        },
        "finding": _finding(verdict),
        "changes": [{"where": change.where, "what": change.sentence} for change in verdict.changes],
    }


def _finding(verdict: GradeVerdict) -> dict[str, Any] | None:
    if verdict.finding is None:
        return None
    return {**finding_document(verdict.finding), "waits": verdict.waits}


def _task(verdict: GradeVerdict, number: int) -> dict[str, Any]:
    checks = verdict.of_task(number)
    return {
        "task": number,
        "title": verdict.tasks[number],
        "points": sum(check.points for check in checks),
        "max_points": sum(check.item.points for check in checks),
    }


def _check(check: CheckResult) -> dict[str, Any]:
    cause = check.cause
    return {
        "id": check.item.id,
        "task": check.item.task,
        "title": check.item.title,
        "passed": check.passed,
        "why_null": check.why_null,
        "points": check.points,
        "max_points": check.item.points,
        "visibility": check.item.visibility,
        "depends_on": list(check.depends_on),
        "seconds": round(check.seconds, 3),
        "cause": None
        if cause is None
        else {
            "rationale": cause.rationale,
            "help": cause.help,
            "expected": cause.expected,
            "actual": cause.actual,
            "error": cause.error,
        },
        "evidence": [
            {
                "witness": piece.witness,
                "time": _time(piece.time) if piece.time else None,
                "where": piece.where,
                "text": piece.text,
            }
            for piece in check.evidence
        ],
    }


def _time(time: datetime) -> str:
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")
