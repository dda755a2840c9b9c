"""Which table of a database holds a job, and what its columns are called: found by looking at the row."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import psycopg2
from psycopg2 import sql

from harness.witness.dialect import Dialect
from harness.witness.errors import WitnessError

_TABLES = """
SELECT table_schema, table_name FROM information_schema.tables
WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')
  AND table_name <> 'lab6_history'
ORDER BY table_schema <> 'public', table_name LIMIT 50
"""
_SCANS = """
SELECT coalesce(sum(coalesce(seq_scan, 0) + coalesce(idx_scan, 0)), 0)::bigint, clock_timestamp()
FROM pg_stat_user_tables WHERE schemaname = %s AND relname = %s
"""
_BUSY = """
SELECT count(*) FROM pg_stat_activity
WHERE backend_type = 'client backend' AND application_name <> 'lab6-witness' AND query_start > %s
"""
_CONNECT_S = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A row that names the job."""

    schema: str
    table: str
    values: Mapping[str, str]  #: column → its value as text, "" for NULL


def rows_naming(dsn: str, job_id: str) -> tuple[Found, ...]:
    """The rows of all tables one of whose columns is this id. ``WitnessError("witness-postgres")``."""
    try:
        with closing(_connected(dsn)) as connection, connection.cursor() as cursor:
            cursor.execute(_TABLES)
            return tuple(
                found
                for schema, table in cursor.fetchall()
                if (found := _row(cursor, schema, table, job_id)) is not None
            )
    except psycopg2.Error as error:
        raise WitnessError("witness-postgres", reason=str(error).strip()) from error


class Polls:
    """How often the table of jobs is looked through from now on, while any session asks anything at all.

    PostgreSQL counts that itself, so who polls cannot hide it, however short each question. It adds a
    session's own count up about once a second, or much later where the session then rests: so a count
    without any session at work tells of the past.
    """

    def __init__(self, dsn: str, dialect: Dialect) -> None:
        self._dsn = dsn
        self._table = (dialect.schema, dialect.table)
        self._before, self._since = self._look(_SCANS, *self._table)

    def since(self) -> int:
        """Scans so far. ``WitnessError("witness-postgres")``."""
        after, _ = self._look(_SCANS, *self._table)
        (busy,) = self._look(_BUSY, self._since)
        return after - self._before if busy else 0

    def _look(self, query: str, *values: Any) -> tuple[Any, ...]:
        with closing(_connected(self._dsn)) as connection, connection.cursor() as cursor:
            try:
                cursor.execute(query, values)
                row: tuple[Any, ...] = cursor.fetchone()
            except psycopg2.Error as error:
                raise WitnessError("witness-postgres", reason=str(error).strip()) from error
        return row


def _connected(dsn: str) -> Any:
    try:
        return psycopg2.connect(
            dsn,
            connect_timeout=_CONNECT_S,
            application_name="lab6-witness",
            options="-c statement_timeout=10000",
        )
    except psycopg2.Error as error:
        raise WitnessError("witness-postgres", reason=str(error).strip()) from error


def _row(cursor: Any, schema: str, table: str, job_id: str) -> Found | None:
    query = sql.SQL(
        "SELECT to_jsonb(t) FROM {table} t WHERE EXISTS"
        " (SELECT 1 FROM jsonb_each_text(to_jsonb(t)) WHERE lower(value) = %s) LIMIT 1"
    ).format(table=sql.Identifier(schema, table))
    cursor.execute(query, (job_id.lower(),))
    row = cursor.fetchone()
    if row is None:
        return None
    values = {name: "" if value is None else str(value) for name, value in row[0].items()}
    return Found(schema=schema, table=table, values=values)
