"""Every status that a row of ``jobs`` ever had, kept by a trigger: it needs nothing of the server's
settings.

A grader must not trust what lies in the submission's own database (it reads the server's log
instead); here the reader owns the database, and may look at the table ``lesson.history`` as well.
"""

from contextlib import closing
from typing import Any

from harness.witness.connections import connect_postgres

_MADE = """
CREATE SCHEMA IF NOT EXISTS lesson;
CREATE TABLE IF NOT EXISTS lesson.history (
    number bigserial PRIMARY KEY, job_id uuid NOT NULL, status text NOT NULL,
    time timestamptz NOT NULL);
CREATE OR REPLACE FUNCTION lesson.remember() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' OR OLD.status IS DISTINCT FROM NEW.status THEN
        INSERT INTO lesson.history (job_id, status, time)
        VALUES (NEW.id, NEW.status, clock_timestamp());
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER lesson_history AFTER INSERT OR UPDATE ON jobs
    FOR EACH ROW EXECUTE FUNCTION lesson.remember();
"""
_NO_LIMIT_MS = 0  #: the reader's own statement may take its time


def remember_statuses(dsn: str) -> None:
    """Keep the history of ``jobs`` from now on. A second call does nothing new."""
    ask(dsn, _MADE)


def forget_jobs(dsn: str) -> None:
    """Empty the table of jobs and its history."""
    ask(dsn, "TRUNCATE jobs, lesson.history")


def ask(dsn: str, query: str, values: Any = None) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Run one statement and commit it; the names of its columns, and its rows."""
    with (
        closing(connect_postgres(dsn, statement_ms=_NO_LIMIT_MS, settings={})) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(query, values)
        names = [column.name for column in cursor.description or ()]
        return names, cursor.fetchall() if names else []
