"""What the notebooks' drawings are drawn from, by hand-made jobs."""

import pandas as pd
import pytest

from harness.lesson.gantt import bars, worker_of
from harness.lesson.lanes import draw_timeline, way
from harness.lesson.plots import queue_length
from harness.lesson.tables import decimal

BEGIN = pd.Timestamp("2026-01-01T12:00:00Z")


def at(ms):
    """So many milliseconds after the beginning."""
    return BEGIN + pd.Timedelta(milliseconds=ms)


def test_the_queue_grows_with_who_comes_and_falls_with_who_is_begun():
    """Two wait at once, then one, then none."""
    jobs = pd.DataFrame(
        {"arrived": [at(0), at(100), at(400)], "started": [at(200), at(300), at(500)]}
    )
    length = queue_length(jobs)
    assert list(length.index) == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5])
    assert list(length) == [1, 2, 1, 0, 1, 0]


def test_who_is_begun_at_once_leaves_no_queue():
    """Who comes is counted before who goes, and nobody waits less than not at all."""
    length = queue_length(pd.DataFrame({"arrived": [at(0)], "started": [at(0)]}))
    assert list(length) == [1, 0]


def events(**times):
    """One job's events at these milliseconds."""
    return pd.DataFrame({"event": list(times), "time": [at(ms) for ms in times.values()]})


def test_a_job_waits_and_is_worked_on():
    """From its message to its receipt, from there to its end."""
    done = events(submitted=10, RPUSH=12, received=20, processing=22, completed=70)
    assert bars(done, BEGIN) == {"queued": (12, 8), "worked": (20, 50)}


def test_a_failed_job_ends_too():
    """GradedWork that came to nothing was work."""
    assert bars(events(RPUSH=0, received=5, failed=9), BEGIN)["worked"] == (5, 4)


def test_what_nobody_saw_the_end_of_is_not_drawn():
    """A job that a killed worker held."""
    assert bars(events(RPUSH=0, received=5), BEGIN) == {"queued": (0, 5)}
    assert bars(events(RPUSH=0), BEGIN) == {}


def test_a_job_received_twice_is_drawn_from_its_first_receipt():
    """So the pause between is seen as work that took long."""
    again = pd.concat([events(RPUSH=0, received=5), events(received=500, completed=520)])
    assert bars(again, BEGIN)["worked"] == (5, 515)


def test_a_bar_is_of_the_worker_that_received_the_job():
    """With one worker there is nobody to tell apart."""
    job = pd.DataFrame({"event": ["RPUSH", "received"], "worker": ["", "worker-2"]})
    assert worker_of(job, ["worker-1", "worker-2"]) == 1
    assert worker_of(job, ["worker-2"]) is None
    assert worker_of(job[:1], ["worker-1", "worker-2"]) is None


def test_the_second_push_is_a_workers():
    """The api pushes a job once; whoever does it again has found it lost."""
    assert way("RPUSH", pushed=False) == ("api", "redis")
    assert way("RPUSH", pushed=True) == ("worker", "redis")


def test_every_event_has_its_way_and_words():
    """All that the witnesses of a job tell, on one drawing."""
    told = [
        *("sent", "QUEUED", "RPUSH", "answered", "received", "PROCESSING", "processing"),
        *("LPUSH", "redelivered", "COMPLETED", "completed", "FAILED", "failed"),
    ]
    drawn = draw_timeline(events(**{name: ms for ms, name in enumerate(told)})).data
    assert drawn.count("marker-end") == 9
    assert drawn.count("<circle") == 4
    assert "12,0" in drawn


@pytest.mark.parametrize(
    ("value", "told"),
    [(17.9, "17,9"), (30.0, "30"), (0.1 + 0.2, "0,3"), (0.0, "0"), (float("inf"), "∞")],
)
def test_a_table_writes_numbers_as_ukrainian_does(value, told):
    """A comma before the decimals, no zeros after them."""
    assert decimal(value) == told
