"""The verdict of a work that has nothing to run: told at once, no check left open."""

from datetime import UTC, datetime

from harness.cli.batch import Verdict
from harness.grade.verdict.results import Cause, CheckResult, GradeVerdict, to_document
from harness.grade.verdict.rubric import Rubric


def absent_verdict(given: str, reason: str, rubric: Rubric) -> Verdict:
    """No check passes, for that one reason."""
    checks = tuple(
        CheckResult(
            item=item,
            passed=False,
            points=0.0,
            seconds=0.0,
            cause=Cause(rationale=reason, help=item.hint),
        )
        for item in rubric.items.values()
    )
    return to_document(
        GradeVerdict(
            submission=given,
            runtime="none",
            seed=0,
            started=datetime.now(UTC),
            seconds=0.0,
            versions={},
            experiments={},
            changes=(),
            tasks=rubric.tasks,
            checks=checks,
        )
    )
