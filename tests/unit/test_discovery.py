"""What a submission calls its things is read off the row that names the job."""

import uuid

import pytest

from harness.grade.experiments.discovery import named, ranked
from harness.grade.submission.assignment import load_assignment
from harness.witness.dialect import Dialect
from harness.witness.job_search import NamingRow

JOB = str(uuid.uuid4())


@pytest.mark.parametrize(
    ("row", "columns", "status"),
    [
        ({"id": JOB, "status": "COMPLETED"}, {"id": "id", "status": "status"}, "COMPLETED"),
        ({"id": "17", "job_id": JOB.upper(), "state": "pending"}, {"id": "job_id", "status": "state"}, "QUEUED"),
        ({"key": JOB, "phase": "Done", "file_path": "a", "result": "b"}, {"id": "key", "status": "phase", "input": "file_path", "output": "result"}, "COMPLETED"),
        ({"id": JOB, "status": "new"}, {"id": "id"}, None),
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


def test_a_trail_of_events_is_not_the_jobs_table():
    """Filled by a trigger, sorting first, with a status too: several rows a job, or the first status for ever."""
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
