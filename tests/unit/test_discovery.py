"""What a submission calls its things is read off the row that names the job."""

import uuid
from datetime import UTC, datetime

import pytest

from harness.grade.experiments.discovery import best_profile, named, nearest, ranked, told_tries
from harness.grade.submission.assignment import load_assignment
from harness.trace import Judge, lab_profile
from harness.witness.dialect import Dialect
from harness.witness.http import Answer
from harness.witness.job_search import NamingRow

JOB = str(uuid.uuid4())


@pytest.mark.parametrize(
    ("row", "columns", "status"),
    [
        ({"id": JOB, "status": "COMPLETED"}, {"id": "id", "status": "status"}, "COMPLETED"),
        ({"id": "17", "job_id": JOB.upper(), "state": "pending"}, {"id": "job_id", "status": "state"}, "QUEUED"),
        ({"id": JOB.replace("-", ""), "status": "COMPLETED"}, {"id": "id", "status": "status"}, "COMPLETED"),
        ({"key": JOB, "phase": "Done", "file_path": "a", "result": "b"}, {"id": "key", "status": "phase", "input": "file_path", "output": "result"}, "COMPLETED"),
        ({"id": JOB, "status": "new"}, {"id": "id", "status": "status"}, "QUEUED"),
        ({"id": JOB, "status": "bereit"}, {"id": "id"}, None),
        ({"id": JOB, "status": "DONE", "note": "ready"}, {"status": "status"}, "COMPLETED"),
        ({"id": JOB, "job.state": "DONE", "job": "{}"}, {"id": "id", "status": "job.state"}, "COMPLETED"),
        ({"id": JOB, "status": "FAILED", "error_message": "", "error_code": "ERROR"}, {"status": "status", "error": "error_message"}, "FAILED"),
    ],
)  # fmt: skip
def test_columns_are_named_by_what_they_hold(row, columns, status):
    """The id by its value, the status by its value or name, the rest by the assignment's names."""
    found = NamingRow(schema="public", table="t", values=row)
    dialect, seen = named(load_assignment(), Dialect(), found, JOB)
    assert seen == status
    assert dialect.table == "t"
    assert {holds: dialect.columns[holds] for holds in columns} == columns


KEYS = {
    "1": ("QUEUED",),
    "2": ("processing", "in hand"),
    "3": ("Done",),
    "4": ("ERROR",),
    "9": ("?",),
}


@pytest.mark.parametrize(("key", "status"), [("1", "QUEUED"), ("3", "COMPLETED"), ("9", None)])
def test_a_status_may_be_the_key_of_a_table_of_words(key, status):
    """Normalised tables: the row holds a number, and the word stands where that leads."""
    values = {"id": JOB, "width": "3", "state_id": key, "error": ""}
    referred = {"size_id": {"3": ("large",)}, "state_id": KEYS}
    found = NamingRow(schema="public", table="jobs", values=values, referred=referred)
    dialect, seen = named(load_assignment(), Dialect(), found, JOB)
    assert seen == status
    if status:
        assert dialect.columns["status"] == "state_id"
        told = [dialect.status(told) for told in ("1", "2", "3", "4", "QUEUED")]
        assert told == ["QUEUED", "PROCESSING", "COMPLETED", "FAILED", "QUEUED"]
        assert dialect.word("PROCESSING") == "PROCESSING"


def test_a_word_of_the_rows_own_stands_above_what_it_refers_to():
    """Else a table of words that nobody asks would judge the row."""
    values = {"id": JOB, "status": "COMPLETED", "was": "1"}
    found = NamingRow(schema="public", table="t", values=values, referred={"was": KEYS})
    dialect, seen = named(load_assignment(), Dialect(), found, JOB)
    assert (seen, dialect.columns["status"], dialect.status("1")) == ("COMPLETED", "status", "1")


def test_a_trail_of_events_is_not_the_jobs_table():
    """Filled by a trigger, sorting first, with a status too: several rows a job, or the first
    status for ever.
    """
    jobs = {"id": JOB, "status": "COMPLETED", "input_path": "a", "output_path": "b"}
    rows = [
        NamingRow(schema="public", table="audit", values={"job_id": JOB, "status": "QUEUED"}),
        NamingRow(
            schema="public", table="events", values={"job_id": JOB, "status": "DONE"}, count=3
        ),
        NamingRow(schema="public", table="latest", values={"job_id": JOB, "status": "COMPLETED"}),
        NamingRow(schema="public", table="tasks", values=jobs),
    ]
    found = ranked(load_assignment(), Dialect(), rows, JOB)
    assert [one.dialect.table for one in found] == ["tasks", "latest", "audit", "events"]
    renamed = [
        *rows[:3],
        NamingRow(schema="public", table="jobs", values={"id": JOB, "status": "FAILED"}),
    ]
    assert ranked(load_assignment(), Dialect(), renamed, JOB)[0].dialect.table == "jobs"


def test_of_paths_that_refuse_the_one_that_exists_is_the_nearest_and_all_are_told():
    """404, 422: the second is there."""
    asked = [
        (Dialect(submit=path), reply(status))
        for path, status in (("/a", 404), ("/a", 404), ("/b", 422), ("/c", 500))
    ]
    assert nearest(asked)[0].submit == "/b"
    assert nearest(asked[:2])[0].submit == "/a"
    assert told_tries(asked) == ("POST /a → 404", "POST /b → 422", "POST /c → 500")


def reply(status):
    """An answer without a body."""
    now = datetime.now(UTC)
    return Answer(status=status, body=b"", media_type="", sent=now, answered=now)


WORDS = (
    "Worker started listening for events...",
    f"Received New Event: Job Submitted. Data: {JOB}|/data/{JOB}.png|grayscale|",
    f"Status updated to PROCESSING for job {JOB}",
    f"Job {JOB} COMPLETED. Result saved to: /data/processed_{JOB}.png",
)
PREFIXES = (
    "2026-11-27 11:42:28,259 [INFO] worker: ",
    "consumer-0 | 2026-11-27 11:46:14,983 | INFO     | ",
    "INFO 2026-11-27 11:50:12,501 runworker ",
    "<2026-11-27> INFO [main.py:33] - ",
    "11:42:28.123 | INFO     | __main__:main:42 - ",
    "воркер: ",
)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_log_behind_an_unknown_prefix_is_read(prefix):
    """Logging's formats are without number: what stands before one job's lines is known from then
    on.
    """
    lines = [f"{prefix}{words}\n".encode() for words in WORDS]
    judge = Judge(best_profile(lines, [lab_profile()]))
    assert sum(judge.feed(line).event is not None for line in lines) >= 3


def test_a_quotation_makes_no_prefix():
    """Where the log speaks plainly, the same words behind something else are no events."""
    lines = [f"{before}{words}\n".encode() for words in WORDS for before in ("", "sent on: ")]
    assert best_profile(lines, [lab_profile()]) == lab_profile()
