"""The table of points in a terminal: what explains the rest stands first, and once."""

from datetime import UTC, datetime

from harness.cli.points_view import points_lines
from harness.grade.verdict.results import Cause, CheckResult, GradeVerdict
from harness.grade.verdict.rubric import Item
from harness.texts.three_values import WhyNull


def result(name, passed, why=None, *, rests=(), told=""):
    """A check of ten points."""
    item = Item(id=name, task=1, points=10, title=f"title of {name}", hint="?")
    return CheckResult(
        item=item,
        passed=passed,
        points=10 if passed else 0,
        seconds=0,
        depends_on=rests,
        cause=Cause(rationale=told) if told else None,
        why_null=why,
    )


def lines(*checks):
    """The table of these."""
    verdict = GradeVerdict(
        submission="work",
        runtime="none",
        seed=1,
        started=datetime(2026, 1, 1, tzinfo=UTC),
        seconds=0,
        versions={},
        experiments={},
        changes=(),
        tasks={1: "first"},
        checks=checks,
    )
    return [text for text, _ in points_lines(verdict)]


def test_what_kept_others_from_being_judged_stands_first_and_they_are_folded():
    told = lines(
        result("start", None, WhyNull.NOT_JUDGED, told="no engine"),
        result("answer", None, WhyNull.NOT_JUDGED, rests=("start",), told="rests on start"),
        result("row", None, WhyNull.NOT_JUDGED, rests=("answer",), told="rests on answer"),
    )
    assert told[0] == "? Не оцінено: no engine"
    assert [line for line in told if "rests on" in line] == []
    assert [line.split()[-3:] for line in told if "чекають" in line] == [["0", "/", "20"]]


def test_one_that_nothing_rests_on_tells_its_reason_at_its_own_line():
    told = lines(
        result("start", True),
        result("killed", None, WhyNull.NOT_JUDGED, rests=("start",), told="too busy"),
    )
    assert [line.strip() for line in told if "busy" in line] == ["too busy"]


def test_what_waits_for_a_failed_check_names_it():
    told = lines(
        result("start", False, told="ended"),
        result("answer", None, WhyNull.NOT_CHECKED, rests=("start",), told="first mend start"),
    )
    assert "      first mend start" in told
    assert not any("Не оцінено" in line for line in told)
