"""A verdict as a table of tasks and points, in plain lines: pytest's own terminal prints them."""

from collections.abc import Iterator, Sequence

from harness.cli.terminal import printable
from harness.grade.finding.words import to_document
from harness.grade.verdict.results import CheckResult, GradeVerdict
from harness.texts import number, say
from harness.texts.finding_lines import finding_lines
from harness.texts.three_values import COLOUR, MARK, WhyNull

_WIDTH = 60  #: columns before the points: all fits 80
_LONGEST = 300  #: characters of a reason

#: The two kinds of null: what is told of their points, in which colour.
_NULL = (
    (WhyNull.NOT_CHECKED, "checks.unchecked", "cyan"),
    (WhyNull.NOT_JUDGED, "checks.unjudged", "yellow"),
)
#: How the parts of a finding are dressed.
_PARTS = {
    "headline": ("bold", "red"),
    "place": ("bold",),
    "code": ("purple",),
    "hint": ("cyan",),
}
_INDENT = {"headline": "✗ ", "code": "      "}
#: A line and its styles in pytest's words: ``bold``, ``green``, ``red``, ``yellow``.
Line = tuple[str, tuple[str, ...]]


def points_lines(verdict: GradeVerdict) -> Iterator[Line]:
    """The cause first, then each task with its checks, why one does not hold, and the total: the
    verdict's own score. What waits for something else is folded into a line a task; what kept
    others from being judged stands first, too.
    """
    if verdict.finding is not None:
        document = {**to_document(verdict.finding), "waits": verdict.waits}
        for part, text in finding_lines(document):
            yield f"{_INDENT.get(part, '  ')}{printable(text)}", _PARTS.get(part, ())
        yield "", ()
    waiting = _waiting(verdict)
    yield from _obstacles(verdict, waiting)
    for task, title in sorted(verdict.tasks.items()):
        checks = verdict.of_task(task)
        if not checks:
            continue
        most = sum(check.item.points for check in checks)
        points = sum(check.points for check in checks)
        yield _line(f"{task}. {title}", points, most), ("bold",)
        waits = [check for check in checks if check.item.id in waiting]
        for check in checks:
            if check not in waits:
                yield from _check(check, hinted=verdict.finding is None)
        if waits:
            yield from _folded(waits)
    yield _line(say("checks.total"), verdict.score, verdict.max_score), ("bold",)
    for why, words, colour in _NULL:
        points = verdict.null_points(why)
        if points:
            yield say(words, points=number(points)), (colour,)


def _waiting(verdict: GradeVerdict) -> set[str]:
    """The checks that nobody judged because of another that did not hold, or was not judged."""
    held = {check.item.id for check in verdict.checks if check.passed is True}
    return {
        check.item.id
        for check in verdict.checks
        if check.why_null is WhyNull.NOT_CHECKED
        or (check.why_null is WhyNull.NOT_JUDGED and not held.issuperset(check.depends_on))
    }


def _obstacles(verdict: GradeVerdict, waiting: set[str]) -> Iterator[Line]:
    """What was in the way of checks that others rest on, each reason once."""
    unjudged = [check for check in verdict.checks if check.why_null is WhyNull.NOT_JUDGED]
    roots = [check for check in unjudged if check.item.id not in waiting]
    if len(roots) == len(unjudged):
        return
    for why in dict.fromkeys(check.cause.rationale for check in roots if check.cause):
        yield f"? {say('checks.obstacle', why=_short(why))}", ("bold", "yellow")
    yield "", ()


def _folded(waits: Sequence[CheckResult]) -> Iterator[Line]:
    """The checks of a task that wait, as one: how many, and for what. What was in the way of the
    kit itself stands above all.
    """
    most = sum(check.item.points for check in waits)
    unchecked = [check for check in waits if check.why_null is WhyNull.NOT_CHECKED]
    colour = "cyan" if len(unchecked) == len(waits) else "yellow"
    yield _line(f"  ? {say('checks.wait', count=len(waits))}", 0, most), (colour,)
    for reason in dict.fromkeys(check.cause.rationale for check in unchecked if check.cause):
        yield f"      {_short(reason)}", ()


def _check(check: CheckResult, *, hinted: bool) -> Iterator[Line]:
    """``hinted``: with what to look at; a cause that is known already says that better."""
    partly = check.passed is True and check.points < check.item.points
    colour = "yellow" if partly else COLOUR[check.passed]
    text = f"  {MARK[check.passed]} {check.item.title}"
    yield _line(text, check.points, check.item.points), (colour,)
    if check.cause:
        yield f"      {_short(check.cause.rationale)}", ()
        if check.cause.help and hinted:
            yield f"      → {_short(check.cause.help)}", ()
    if partly:
        yield f"      {say('checks.partly')}", ()


def _line(text: str, points: float, most: float) -> str:
    return f"{text:<{_WIDTH}} {number(points):>6} / {number(most)}"


def _short(text: str) -> str:
    text = printable(" ".join(text.split()))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
