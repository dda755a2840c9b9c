"""The pipeline's figures: of each peer the better set-up, and the kit's ratios to the best of
them.
"""

from bench.pipeline import document, told
from bench.systems import SET_UPS

RATES = {
    "pillow": 200.0,
    "kit": 100.0,
    "celery": 40.0,
    "celery, solo": 50.0,
    "rq, simple worker": 20.0,
    "dramatiq, 8 threads": 45.0,
    "dramatiq, 1 thread": 30.0,
    "huey, 1 process": 25.0,
    "huey, 4 threads": 35.0,
}
ALL = RATES | {f"{name} × 2": 2 * rate for name, rate in RATES.items() if name != "pillow"}
ROUNDS = {name: [rate, rate / 2, 3 * rate] for name, rate in ALL.items()}
LATENCY = {"kit": [0.01] * 99 + [0.5]}


def test_the_better_set_up_of_a_peer_counts():
    """By itself for one process and for two."""
    assert set(SET_UPS) < set(RATES)
    made = document(ROUNDS, LATENCY, {"kit": 0.1}, 100)
    assert made["jobs_per_second"]["celery"] == 50
    assert made["jobs_per_second"]["celery_2"] == 100
    assert made["set_ups"]["dramatiq"] == "dramatiq, 8 threads"
    assert made["ratios"] == {
        "kit_to_best_peer": 2.0,
        "kit_2_to_best_peer_2": 2.0,
        "kit_to_pillow": 0.5,
    }


def test_latency_is_told_by_its_middle_and_its_worst_hundredth():
    """p50 and p99, seconds; every system a line."""
    made = document(ROUNDS, LATENCY, {"kit": 0.1}, 100)
    assert made["latency_s"]["kit"] == {"p50": 0.01, "p99": 0.5}
    assert (made["schema"], made["name"]) == ("lab6/bench/v1", "pipeline")
    assert any("kit" in line and "500,0" in line for line in told(made))


def test_the_spread_of_the_rounds_stands_beside_their_median():
    """The slowest, the middle and the quickest: in the document, and in the lines."""
    made = document(ROUNDS, LATENCY, {"kit": 0.1}, 100)
    assert made["spread"]["kit_2"] == {"min": 100.0, "median": 200.0, "max": 600.0}
    assert made["spread"]["celery"] == {"min": 25.0, "median": 50.0, "max": 150.0}
    assert made["all_rounds"]["kit"] == [100.0, 50.0, 300.0]
    assert any("200,0 (100,0–600,0)" in line for line in told(made))
