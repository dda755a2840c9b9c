"""The live page's board: what witnesses tell, in whatever order, becomes one place and one way
for each job.
"""

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest

from harness.live.board import Board
from harness.live.recording import board_marks
from harness.trace import Judge, lab_profile
from harness.witness.history import StatusChange
from harness.witness.http import Answer
from harness.witness.postgres import Row

JOB = "0cb6da10-4760-4b41-861f-8c796139fe14"
OTHER = "1cb6da10-4760-4b41-861f-8c796139fe15"
START = datetime(2026, 1, 1, 12, tzinfo=UTC)


def at(seconds):
    """So long after the start."""
    return START + timedelta(seconds=seconds)


def message(job=JOB):
    """The lab's message."""
    return f"{job}|./storage/{job}.png|resize|10x10"


class WorkerLines:
    """A worker's log, judged as it comes, told to a board."""

    def __init__(self, board):
        self.board = board
        self.judge = Judge(lab_profile())

    def says(self, seconds, text):
        """One more line."""
        seen = self.judge.feed(f"{at(seconds):%Y-%m-%dT%H:%M:%S.%fZ} worker/main.go:1: {text}\n")
        self.board.logged(seen, text)


def row(status, job=JOB, error=None):
    """A row as it is now."""
    return Row(
        id=job,
        status=status,
        action="resize",
        params="10x10",
        input_path=None,
        output_path=None,
        error=error,
        times={},
    )


def change(seconds, status, job=JOB):
    """A commit."""
    return StatusChange(time=at(seconds), transaction=1, job_id=job, status=status)


def answer(seconds, job=JOB, status=202):
    """What the api said, 20 ms after it was asked."""
    body = json.dumps({"job_id": job}).encode()
    return Answer(
        status=status,
        body=body,
        media_type="application/json",
        sent=at(seconds - 0.02),
        answered=at(seconds),
    )


@pytest.fixture
def board():
    """An empty board."""
    return Board()


def test_a_job_goes_from_the_api_through_list_and_worker_to_its_end(board):
    """Its row puts it into the api's lane, its push into the list, its receipt into the
    worker's, its end to PostgreSQL.
    """
    log, places = WorkerLines(board), []

    def look():
        places.append(board.job(JOB)["place"])

    board.committed([change(0, "QUEUED")], {JOB: row("QUEUED")})
    look()
    board.pushed(message(), at(0.001))
    look()
    board.answered(answer(0.002), "resize", "10x10")
    look()
    log.says(0.003, f"Received New Event: Job Submitted. Data: {message()}")
    look()
    board.committed([change(0.004, "PROCESSING")], {JOB: row("PROCESSING")})
    log.says(0.005, f"Status updated to PROCESSING for job {JOB}")
    look()
    board.committed([change(0.006, "COMPLETED")], {JOB: row("COMPLETED")})
    look()
    assert places == ["api", "queue", "queue", "worker", "worker", "done"]
    told = [(mark["witness"], mark["what"]) for mark in board.job(JOB)["marks"]]
    assert told == [
        ("postgres", "QUEUED"),
        ("redis", "RPUSH"),
        ("http", "202"),
        ("log", "received"),
        ("postgres", "PROCESSING"),
        ("log", "processing"),
        ("postgres", "COMPLETED"),
    ]


def test_news_that_come_late_move_no_job_back(board):
    """MONITOR told after the log: the job stays with the worker, and its way is in the order of
    time.
    """
    WorkerLines(board).says(2, f"Received New Event: Job Submitted. Data: {message()}")
    board.pushed(message(), at(1))
    job = board.job(JOB)
    assert job["place"] == "worker"
    assert [mark["witness"] for mark in job["marks"]] == ["redis", "log"]


def test_an_event_put_back_moves_its_job_back(board):
    """A redelivery is newer than the receipt: the job waits in the list again."""
    log = WorkerLines(board)
    log.says(1, f"Received New Event: Job Submitted. Data: {message()}")
    log.says(2, f"Redelivered Event: Job Submitted. Data: {message()}")
    assert board.job(JOB)["place"] == "queue"


def test_rubbish_is_nobodys_job(board):
    """Neither in the list nor in the log does a message without an id make a job; that it was
    read is told.
    """
    board.pushed("rubbish|without|a job", at(0))
    board.pushed("x|y|z|w", at(0))
    log = WorkerLines(board)
    for seconds in (1, 2):  # the same again is no better
        log.says(seconds, "Received New Event: Job Submitted. Data: rubbish|without|a job")
    news = board.since(0)
    assert news["jobs"] == []
    for line in news["lines"]:
        (sentences,) = line["broken"]
        assert sentences["uk"].startswith("Пошкоджений рядок: у повідомленні інша кількість полів")
        assert "rubbish|without|a job" in sentences["en"]
    assert news["happened"][-1]["what"] == "malformed"


def test_the_end_is_what_the_row_says(board):
    """FAILED with its reason, wherever the log is."""
    board.committed([change(0, "FAILED")], {JOB: row("FAILED", error="broken picture")})
    job = board.job(JOB)
    assert (job["place"], job["status"], job["error"]) == ("done", "FAILED", "broken picture")


def test_the_table_alone_is_enough_where_its_history_cannot_be_read(board):
    """The same row told again is no news."""
    board.rows({JOB: row("PROCESSING")}, at(0))
    revision = board.since(0)["revision"]
    board.rows({JOB: row("PROCESSING")}, at(1))
    assert board.since(0)["revision"] == revision
    board.rows({JOB: row("COMPLETED")}, at(2))
    assert board.job(JOB)["place"] == "done"


def test_who_asks_for_what_is_newer_gets_that_alone(board):
    """And from the beginning, all of it."""
    board.pushed(message(), at(0))
    board.section("queue", {"length": 1})
    known = board.since(0)["revision"]
    board.pushed(message(OTHER), at(1))
    news = board.since(known)
    assert [job["id"] for job in news["jobs"]] == [OTHER]
    assert news["sections"] == {}
    assert {job["id"] for job in board.since(0)["jobs"]} == {JOB, OTHER}
    assert board.since(news["revision"])["jobs"] == []


def test_who_waits_for_news_is_woken_by_them(board):
    """From another thread, long before the time is over."""
    teller = threading.Thread(target=board.pushed, args=(message(), at(0)))
    known = board.since(0)["revision"]
    teller.start()
    board.await_news(known, 60)
    teller.join()
    assert board.since(known)["jobs"]


def test_the_same_deed_twice_is_told_twice(board):
    """Two pauses are two sentences; a section that stays as it was is none."""
    board.happened("pause-worker")
    known = board.since(0)["revision"]
    board.happened("pause-worker")
    assert [told["what"] for told in board.since(known)["happened"]] == ["pause-worker"]
    board.section("queue", {"length": 0})
    known = board.since(0)["revision"]
    board.section("queue", {"length": 0})
    assert board.since(known)["revision"] == known


def test_a_kill_that_is_known_after_the_rescue_has_the_time_at_which_it_was_done(board):
    """Both are told, though nobody asked in between."""
    before = datetime.now(UTC) - START
    board.noted("kill-worker", 1, left=1)
    log = WorkerLines(board)
    log.says(before.total_seconds() + 60, f"Redelivered Event: Job Submitted. Data: {message()}")
    board.happened("kill-worker", 1)
    rescued, killed = board.since(0)["happened"]
    assert (rescued["what"], rescued["number"]) == ("redelivered", 1)
    assert (killed["what"], killed["left"]) == ("kill-worker", 1)
    assert killed["at"] < rescued["at"]


def test_a_board_stays_small(board):
    """Of 3,000 jobs the latest 2,000 are kept, of long texts the beginning, of answers the last
    six.
    """
    ids = [f"{number:08x}-0000-4000-8000-000000000000" for number in range(3000)]
    for job_id in ids:
        board.pushed(f"{job_id}|p|resize|{'9' * 5000}", at(0))
        board.answered(answer(1, job_id), "resize", "")
    news = board.since(0)
    assert [job["id"] for job in news["jobs"]] == ids[1000:]
    assert board.job(ids[0]) is None
    assert max(len(job["params"]) for job in news["jobs"]) <= 300
    assert len(news["sections"]["answers"]) == 6


def test_a_message_whose_job_is_in_no_table_is_in_no_lane(board):
    """The worker says FAILED without ever having begun; its chip stands in no lane, and comes
    back with a row.
    """
    log = WorkerLines(board)
    board.pushed(message(), at(0))
    log.says(1, f"Received New Event: Job Submitted. Data: {message()}")
    assert board.job(JOB)["place"] == "worker"
    log.says(2, f"Job {JOB} FAILED. Error: no such job in PostgreSQL")
    assert board.job(JOB)["place"] == "nowhere"
    board.committed([change(1.5, "FAILED")], {JOB: row("FAILED")})
    assert board.job(JOB)["place"] == "done"


def test_a_job_that_fails_stands_at_its_end_also_before_its_row_was_seen(board):
    """It was begun, so it has a row."""
    log = WorkerLines(board)
    for second, text in enumerate(
        (
            f"Received New Event: Job Submitted. Data: {message()}",
            f"Status updated to PROCESSING for job {JOB}",
            f"Job {JOB} FAILED. Error: damaged",
        )
    ):
        log.says(second, text)
    assert board.job(JOB)["place"] == "done"


def with_worker(status):
    """The section of the services, with one worker."""
    return {"worker": [{"name": "worker-1", "status": status, "replica": 1}]}


def test_a_job_whose_worker_is_gone_is_with_nobody_until_it_is_put_back(board):
    """Its worker ends, or begins anew; a redelivery is told, and takes the mark away."""
    log = WorkerLines(board)
    log.says(1, f"Received New Event: Job Submitted. Data: {message()}")
    assert board.job(JOB)["stray"] is False
    board.section("services", with_worker("exited"))
    assert board.job(JOB)["stray"] is True
    log.says(2, f"Redelivered Event: Job Submitted. Data: {message()}")
    assert (board.job(JOB)["stray"], board.job(JOB)["place"]) == (False, "queue")
    assert board.since(0)["happened"][-1]["what"] == "redelivered"
    log.says(3, f"Received New Event: Job Submitted. Data: {message()}")
    log.says(4, "Worker started listening for events...")
    assert board.job(JOB)["stray"] is True


def test_what_was_done_to_the_system_is_remembered_for_a_replay(board):
    """With its worker, where one was meant; before it is told as done."""
    board.noted("kill-worker", 2)
    board.noted("restart-redis")
    jobs, deeds = board.record()
    assert jobs == ()
    assert [(deed.what, deed.replica) for deed in deeds] == [
        ("kill-worker", 2),
        ("restart-redis", None),
    ]
    assert [mark.replica for mark in board_marks(jobs, deeds)] == [2, None]
    assert board.since(0)["happened"] == []
    board.happened("kill-worker", 2)
    assert board.since(0)["happened"][-1]["replica"] == 2


def test_a_worker_is_held_until_it_works_again(board):
    """By its own word after the deed, or by a person's; another deed in between changes nothing,
    and a beginning is nobody's deed.
    """
    before = datetime.now(UTC) - START
    board.noted("kill-worker", held=["worker-1", "worker-2"])
    board.noted("push-malformed")
    log = WorkerLines(board)
    log.says(before.total_seconds() - 60, "Worker started listening for events...")
    assert board.held == {"worker-1", "worker-2"}
    log.says(before.total_seconds() + 60, "Worker started listening for events...")
    assert board.held == set()
    assert board.latest(1).deed.what == "push-malformed"
    board.noted("pause-worker", held=["worker-1"])
    board.released("kill-worker")
    assert board.held == {"worker-1"}
    board.released("pause-worker")
    assert board.held == set()
