"""05_scaling measures throughput and waiting with one to eight workers, and holds them against
the law.
"""

import re

import pytest

from tests.notebooks.conftest import value

NOTEBOOK = "05_scaling"


@pytest.fixture
def table(ran):
    """ρ, measured, replayed, law: a list a number of workers."""
    found = re.findall(r"<tr>(.*?)</tr>", ran.html("told.round(3)"), re.DOTALL)
    rows = [re.findall(r"<td>(.*?)</td>", row) for row in found if "<td>" in row]
    return [[value(cell) for cell in row] for row in rows]


def test_waiting_work_gains_from_workers(ran):
    """Eight do half as much again as one at the very least, and no more than eight times."""
    assert 1.5 < ran.number("grew(waiting_work)", r"чекає на сховище: у ([0-9,]+)") < 8.8


def test_work_that_waits_gains_more_than_work_that_computes(ran):
    """The sentence is computed."""
    assert "більше виграло очікування" in ran.shown("grew(waiting_work)")


def test_the_load_falls_with_the_workers(table):
    """One is overloaded; each doubling about halves ρ."""
    rho = [row[0] for row in table]
    assert rho[0] > 1
    assert rho == sorted(rho, reverse=True)


def test_the_measured_waiting_is_what_the_queues_rule_says(table):
    """For the same sequence, but for what a worker needs between two jobs: that adds up in a
    long queue.
    """
    for rho, measured, replayed, _ in table:
        between_s = 0.15 if rho > 0.6 else 0.06
        assert measured == pytest.approx(replayed, rel=0.35, abs=between_s)


def test_more_workers_wait_less(table):
    """One worker's jobs wait longest by far."""
    assert table[0][1] > 3 * table[2][1]
    assert table[0][3] == float("inf")


def test_everything_is_drawn(ran):
    """Throughput, queue, jobs, waiting, latency."""
    for part in (
        "draw_throughput({",
        "draw_queue({",
        "draw_gantt(",
        "draw_waiting(t",
        "draw_latency(r",
    ):
        assert len(ran.pictures(part)) == 1


def test_unsolved_exercises_wait_with_a_hint(ran):
    """Two of them."""
    assert ran.shown('exercise("').count("Ще не розв’язано") == 2
