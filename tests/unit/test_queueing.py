"""The law of queues gives the values of the textbooks, and agrees with a queue that is worked
through.
"""

import random
from itertools import accumulate
from math import inf

import pytest

from harness.lesson.queueing import cv2, erlang_c, fifo_waits, mmc_wait_s, utilisation, wait_s


@pytest.mark.parametrize(
    ("servers", "load", "known"),
    [
        (1, 0.5, 0.5),  # M/M/1: ρ itself
        (2, 1.0, 1 / 3),
        (3, 2.0, 4 / 9),
        (5, 4.0, 0.5541),
        (10, 8.0, 0.4092),
        (3, 3.0, 1.0),
    ],
)
def test_erlang_c_has_the_known_values(servers, load, known):
    """To four digits."""
    assert erlang_c(servers, load) == pytest.approx(known, abs=5e-5)


def test_mm1_waits_as_its_closed_form():
    """ρS / (1 − ρ)."""
    assert mmc_wait_s(8, 0.1, 1) == pytest.approx(0.8 * 0.1 / 0.2)


def test_constant_work_waits_half_as_long():
    """M/D/1, which is exact for one server: ρS / 2(1 − ρ)."""
    assert wait_s(8, 0.1, 1, arrivals_cv2=1, service_cv2=0) == pytest.approx(0.8 * 0.1 / 0.4)


def test_who_is_overloaded_waits_for_ever():
    """From ρ = 1 on."""
    assert utilisation(10, 0.2, 2) == 1
    assert mmc_wait_s(10, 0.2, 2) == inf


def test_jobs_wait_for_the_first_free_server():
    """By hand: two servers, the third job gets the one that is free at 2, the fourth the one
    free at 3.
    """
    assert fifo_waits([0, 0, 1, 1], [3, 2, 2, 1], 2) == (0, 0, 1, 2)


def test_a_long_queue_worked_through_agrees_with_the_law():
    """M/D/1 at ρ = 0.7, 100 000 jobs: within a twentieth."""
    chance = random.Random(6)
    arrivals = list(accumulate(chance.expovariate(7) for _ in range(100_000)))
    waits = fifo_waits(arrivals, [0.1] * len(arrivals), 1)
    law = wait_s(7, 0.1, 1, arrivals_cv2=1, service_cv2=0)
    assert sum(waits) / len(waits) == pytest.approx(law, rel=0.05)


def test_the_coefficient_of_variation_is_that_of_the_distribution():
    """0 for a constant; 0.25 for 1 and 3."""
    assert cv2([2, 2, 2]) == 0
    assert cv2([1, 3]) == pytest.approx(0.25)
