"""What a student is told beside the mark: a line a check, in plain text."""

from collections import Counter
from collections.abc import Iterator

from harness.texts import say
from report.documents import Document
from report.group import GradedWork
from report.markdown import one_line
from report.numbers import number

_LONGEST = 300  #: characters of one reason
_MANY = 3  #: checks of one reason that are told one by one


def feedback(work: GradedWork, *, separator: str = "\n") -> str:
    """The mark in words, then every check that does not hold and its reason. Begins with a letter
    always, so that no spreadsheet takes it for a formula."""
    return separator.join(feedback_lines(work))


def feedback_lines(work: GradedWork) -> Iterator[str]:
    """The same by lines."""
    verdict, mark = work.verdict, work.mark
    if verdict is None or mark is None:
        yield say("report.feedback.none", problem=one_line(work.problem))
        return
    score, most = number(verdict["score"]), number(verdict["max_score"])
    yield say("report.score", score=score, most=most)
    if mark.days_late:
        penalty = number(mark.penalty)
        yield say("report.feedback.late", days=mark.days_late, penalty=penalty)
    yield from _reasons(list(shown_checks(verdict, False)))
    if verdict["unjudged"]:
        yield say("report.unjudged", points=number(verdict["unjudged"]))


def shown_checks(verdict: Document, passed: bool | None) -> Iterator[Document]:
    """The checks of that result that a student may see."""
    for check in verdict["checks"]:
        if check["passed"] is passed and visible(check):
            yield check


def visible(check: Document) -> bool:
    """Whether a check is for students' eyes, by the rubric's word that the verdict carries."""
    return str(check.get("visibility", "visible")) == "visible"


def _reasons(checks: list[Document]) -> Iterator[str]:
    """A line a check; one reason that many share is told once, with how many."""
    times = Counter(map(_reason, checks))
    told: set[str] = set()
    for check in checks:
        reason = _reason(check)
        if times[reason] <= _MANY:
            yield f"✗ {one_line(check['title'])}: {reason}"
        elif reason not in told:
            told.add(reason)
            yield f"✗ {reason} {say('report.feedback.many', count=times[reason])}"


def _reason(check: Document) -> str:
    reason = one_line((check["cause"] or {}).get("rationale", ""))
    return reason if len(reason) <= _LONGEST else f"{reason[:_LONGEST]}…"
