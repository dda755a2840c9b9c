"""Which table of a database holds a job, and what its columns are called: found by looking at
the row.
"""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from psycopg2 import sql

from harness.witness.connections import connect_postgres, postgres_errors

_TABLES = """
SELECT table_schema, table_name FROM information_schema.tables
WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')
  AND table_schema <> 'lab6_witness'
ORDER BY table_schema <> 'public', table_name LIMIT 50
"""
_LONGEST = 4000  #: characters of one value


@dataclass(frozen=True, slots=True, kw_only=True)
class NamingRow:
    """A row that names the job."""

    schema: str
    table: str
    values: Mapping[str, str]  #: column → its value as text, "" for NULL
    count: int = 1  #: of this table's rows that name it


def rows_naming(dsn: str, job_id: str) -> tuple[NamingRow, ...]:
    """The rows of all tables one of whose columns is this id.
    ``WitnessError("witness-postgres")``.
    """
    with (
        postgres_errors(),
        closing(connect_postgres(dsn)) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(_TABLES)
        rows = [_row(cursor, schema, table, job_id) for schema, table in cursor.fetchall()]
        return tuple(row for row in rows if row is not None)


def _row(cursor: Any, schema: str, table: str, job_id: str) -> NamingRow | None:
    query = sql.SQL(
        "SELECT to_jsonb(t), count(*) OVER () FROM {table} t WHERE EXISTS"
        " (SELECT 1 FROM jsonb_each_text(to_jsonb(t)) WHERE lower(value) = %s) LIMIT 1"
    ).format(table=sql.Identifier(schema, table))
    cursor.execute(query, (job_id.lower(),))
    row = cursor.fetchone()
    if row is None:
        return None
    told = {name: "" if value is None else str(value) for name, value in row[0].items()}
    values = {name: value[:_LONGEST] for name, value in told.items()}
    return NamingRow(schema=schema, table=table, values=values, count=int(row[1]))
