"""Which table of a database holds a job, and what its columns are called: found by looking at the row."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import psycopg2
from psycopg2 import sql

from harness.witness.errors import WitnessError

_TABLES = """
SELECT table_schema, table_name FROM information_schema.tables
WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')
  AND table_name <> 'lab6_history'
ORDER BY table_schema <> 'public', table_name LIMIT 50
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
        connection = psycopg2.connect(
            dsn,
            connect_timeout=_CONNECT_S,
            application_name="lab6-witness",
            options="-c statement_timeout=10000",
        )
        with closing(connection), connection.cursor() as cursor:
            cursor.execute(_TABLES)
            return tuple(
                found
                for schema, table in cursor.fetchall()
                if (found := _row(cursor, schema, table, job_id)) is not None
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
