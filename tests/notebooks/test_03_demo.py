"""03_demo follows the worker's log, judges it, and catches the forged ones."""

import re

from tests.notebooks.conftest import value

NOTEBOOK = "03_demo"


def job_ids(ran):
    """The three jobs, as they were sent."""
    return re.findall(r"<td>([0-9a-f-]{36})</td>", ran.html("lab.rows("))


def test_the_log_is_followed_until_all_jobs_are_completed(ran):
    """Nine lines, three a job, in the jobs' order."""
    told = ran.shown("lab.tail(")
    assert ("Docker SDK" in told and "контейнер lab6-" in told) is (ran.runtime == "compose")
    lines = [line for line in told.split("\n") if re.search(r"[0-9a-f]{8}-", line)]
    lines = [line for line in lines if "Docker SDK" not in line]
    wanted = [
        (job_id, step)
        for job_id in job_ids(ran)
        for step in ("Received New Event", "updated to PROCESSING", "COMPLETED. Result saved")
    ]
    assert len(lines) == len(wanted) == 9
    for line, (job_id, step) in zip(lines, wanted, strict=True):
        assert job_id in line
        assert step in line


def test_the_jobs_are_drawn_on_the_axis_of_time(ran):
    """As one picture, whose words say what it shows."""
    assert len(ran.pictures("draw_gantt(")) == 1


def test_the_rules_are_kept(ran):
    """By the real log, with the ids that were sent."""
    assert "Усіх правил дотримано. Завдань: 3" in ran.shown("lab.verdict(")


def test_a_missing_step_is_found(ran):
    """And the hint comes with it."""
    told = ran.shown("judge_log(without_step")
    assert "`missing-step`" in told
    assert "Підказка" in told


def test_swapped_lines_are_found(ran):
    """By the rule of order."""
    assert "`order`" in ran.shown("judge_log(swapped")


def test_an_invented_job_is_found_only_by_who_knows_what_was_sent(ran):
    """With the ids a phantom, without them a pass."""
    assert "`phantom`" in ran.shown("judge_log(log + invented, job_ids)")
    assert "Усіх правил дотримано. Завдань: 4" in ran.shown("judge_log(log + invented)")


def test_the_log_never_runs_ahead_of_the_facts(ran):
    """Each line comes after its commit."""
    table = ran.html("late_ms")
    late = [value(one) for one in re.findall(r"<td>(-?\d+(?:,\d+)?)</td>", table)]
    assert len(late) == 6
    assert min(late) >= 0


def test_unsolved_exercises_wait_with_a_hint(ran):
    """Three of them."""
    assert ran.shown("exercise(").count("Ще не розв’язано") == 3
