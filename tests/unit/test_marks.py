"""From points to a mark: scale, rounding and lateness are the assignment's data."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.grade.submission.assignment import ASSIGNMENT
from report import ReportError
from report.marks import MarkRule, load_mark_rule, mark_of

DEADLINE = datetime.fromisoformat("2026-12-01T23:59:00+02:00")
LATE = MarkRule(deadline=DEADLINE, grace_minutes=15, late_percent_per_day=10, late_percent_most=50)


@pytest.mark.parametrize(
    ("rule", "score", "mark"),
    [
        (MarkRule(), 87.25, 87.25),
        (MarkRule(step=1), 86.5, 87),
        (MarkRule(step=1, rounding="down"), 86.99, 86),
        (MarkRule(step=1, rounding="up"), 86.01, 87),
        (MarkRule(step=0.5), 86.74, 86.5),
        (MarkRule(out_of=12, step=1), 87, 10),
        (MarkRule(out_of=5, step=0.1), 100, 5),
        (MarkRule(step=0.01), 2.675, 2.68),
    ],
)
def test_a_mark_is_the_score_on_the_scale_and_rounded(rule, score, mark):
    """Of 100 points."""
    assert mark_of(score, 100, rule).value == mark


@pytest.mark.parametrize(
    ("late", "days", "mark"),
    [
        (timedelta(minutes=-1), 0, 80),
        (timedelta(minutes=15), 0, 80),
        (timedelta(minutes=16), 1, 72),
        (timedelta(days=1), 1, 72),
        (timedelta(days=1, seconds=1), 2, 64),
        (timedelta(days=30), 30, 40),
    ],
)
def test_each_day_begun_after_the_grace_costs_its_percent(late, days, mark):
    """Up to the most that it may; what was taken is told."""
    told = mark_of(80, 100, LATE, DEADLINE + late)
    assert (told.days_late, told.value, told.penalty) == (days, mark, 80 - mark)


def test_a_time_without_zone_is_the_deadlines():
    """A table of Moodle's says none."""
    assert mark_of(80, 100, LATE, datetime(2026, 12, 1, 23, 0)).days_late == 0  # noqa: DTZ001
    assert mark_of(80, 100, LATE, datetime(2026, 12, 2, 1, 0)).days_late == 1  # noqa: DTZ001


def test_without_a_time_nothing_is_taken():
    """Nobody is late whose time is not known."""
    assert mark_of(80, 100, LATE).value == 80


@given(st.floats(0, 100), st.sampled_from([0.01, 0.1, 0.5, 1, 5]), st.floats(-5, 400))
def test_a_mark_stays_within_its_scale(score, step, days):
    """Neither below zero nor above the best."""
    rule = MarkRule(step=step, rounding="up", deadline=DEADLINE, late_percent_per_day=7)
    mark = mark_of(score, 100, rule, DEADLINE + timedelta(days=days))
    assert 0 <= mark.value <= 100
    assert mark.penalty >= 0


def test_the_assignments_own_rule_is_read():
    """What stands in the repository can be meant."""
    assert load_mark_rule(ASSIGNMENT).title == "Лабораторна 6"


@pytest.mark.parametrize(
    "text",
    ["[mark]\nsteps = 1", "[mark]\nrounding = 'best'", "[mark]\nstep = 0", "[mark]\nout_of = -1", "[mark",
     "[mark]\ndeadline = 2026-12-01T23:59:00", "[mark]\nstep = 'one'"],
)  # fmt: skip
def test_a_rule_that_cannot_be_meant_is_told(tmp_path, text):
    """Before anything is graded by it."""
    (tmp_path / "a.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ReportError) as told:
        load_mark_rule(tmp_path / "a.toml")
    assert told.value.reference == "mark-rule"
