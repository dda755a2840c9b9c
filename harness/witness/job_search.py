"""Which table of a database holds a job, and what its columns are called: found by looking at
the row; and the words that a column of it only refers to.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from psycopg2 import sql

from harness.trace.ids import is_foreign, ways_written
from harness.witness.connections import connect_postgres, in_database, postgres_errors
from harness.witness.errors import WitnessError
from harness.witness.members import with_members

#: A partition's rows are its table's.
_TABLES = """
SELECT n.nspname::pg_catalog.text, c.relname::pg_catalog.text
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'lab6_witness')
  AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
ORDER BY n.nspname <> 'public', c.relname LIMIT 50
"""
#: Columns that refer to a row of another table: the column, that table, and its key.
_REFERENCES = """
SELECT a.attname::pg_catalog.text, n.nspname::pg_catalog.text, r.relname::pg_catalog.text,
  k.attname::pg_catalog.text
FROM pg_catalog.pg_constraint c
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
  JOIN pg_catalog.pg_attribute k ON k.attrelid = c.confrelid AND k.attnum = c.confkey[1]
  JOIN pg_catalog.pg_class r ON r.oid = c.confrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
WHERE c.contype = 'f' AND pg_catalog.cardinality(c.conkey) = 1
  AND c.conrelid = pg_catalog.to_regclass(%s)
ORDER BY a.attnum LIMIT 10
"""
_DATABASES = """
SELECT datname::pg_catalog.text FROM pg_catalog.pg_database
WHERE datallowconn AND NOT datistemplate AND datname <> pg_catalog.current_database()
ORDER BY oid DESC LIMIT 5
"""
_LONGEST = 4000  #: characters of one value
#: Columns where an id that is no UUID may stand: in another, the same number is there by chance.
_NAMES = "^id|id$|job|number|code|key|name|token|slug"
_MOST_WORDS = 50  #: rows of a table of words; one with more is none


@dataclass(frozen=True, slots=True, kw_only=True)
class NamingRow:
    """A row that names the job."""

    schema: str
    table: str
    database: str | None = None  #: another than the one that was asked first
    values: Mapping[str, str]  #: column, or column.member → its value as text, "" for NULL
    count: int = 1  #: of this table's rows that name it
    #: column that refers to another table → its keys → what else their rows say
    referred: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)


def rows_naming(dsn: str, job_id: str) -> tuple[NamingRow, ...]:
    """The rows of all tables one of whose columns is this id; where the database has none, those of
    another that the submission has made for itself. ``WitnessError("witness-postgres")``.
    """
    with _asked(dsn) as cursor:
        rows = _rows(cursor, job_id)
        if rows:
            return rows
        cursor.execute(_DATABASES)
        others = [str(name) for (name,) in cursor.fetchall()]
    for name in others:
        with suppress(WitnessError), _asked(in_database(dsn, name)) as cursor:
            rows = tuple(replace(row, database=name) for row in _rows(cursor, job_id))
        if rows:
            return rows
    return ()


@contextmanager
def _asked(dsn: str) -> Iterator[Any]:
    with (
        postgres_errors(),
        closing(connect_postgres(dsn)) as connection,
        connection.cursor() as cursor,
    ):
        yield cursor


def _rows(cursor: Any, job_id: str) -> tuple[NamingRow, ...]:
    cursor.execute(_TABLES)
    rows = [_row(cursor, schema, table, job_id) for schema, table in cursor.fetchall()]
    return tuple(row for row in rows if row is not None)


def _row(cursor: Any, schema: str, table: str, job_id: str) -> NamingRow | None:
    query = sql.SQL(
        "SELECT to_jsonb(t), count(*) OVER () FROM {table} t WHERE EXISTS"
        " (SELECT 1 FROM jsonb_each_text(to_jsonb(t)) WHERE lower(value) = ANY(%s) AND key ~* %s)"
        " LIMIT 1"
    ).format(table=sql.Identifier(schema, table))
    cursor.execute(query, (ways_written(job_id), _NAMES if is_foreign(job_id) else ""))
    row = cursor.fetchone()
    if row is None:
        return None
    values = {
        name: (value or "")[:_LONGEST] for name, value in with_members(_texts(row[0])).items()
    }
    count, referred = int(row[1]), _referred(cursor, schema, table)
    return NamingRow(schema=schema, table=table, values=values, count=count, referred=referred)


def _texts(record: Mapping[str, Any]) -> dict[str, str | None]:
    return {
        name: json.dumps(value) if isinstance(value, dict | list) else value and str(value)
        for name, value in record.items()
    }


def _referred(cursor: Any, schema: str, table: str) -> dict[str, dict[str, tuple[str, ...]]]:
    """Of each column that refers to a small table: its keys, and the other values of their rows."""
    cursor.execute(_REFERENCES, (f'"{schema}"."{table}"',))
    tables = cursor.fetchall()
    words = {column: _words(cursor, other, key) for column, *other, key in tables}
    return {column: known for column, known in words.items() if 0 < len(known) <= _MOST_WORDS}


def _words(cursor: Any, table: list[str], key: str) -> dict[str, tuple[str, ...]]:
    query = sql.SQL(
        # Its size first: what is packed small may be large.
        "SELECT to_jsonb(t) FROM {table} t WHERE CASE WHEN pg_catalog.pg_column_size(t) < {size}"
        " THEN pg_catalog.octet_length(t::pg_catalog.text) < {size} ELSE false END LIMIT {most}"
    ).format(
        table=sql.Identifier(*table), size=sql.Literal(_LONGEST), most=sql.Literal(_MOST_WORDS + 1)
    )
    cursor.execute(query)
    rows = [row for (row,) in cursor.fetchall()]
    return {
        str(row[key]): tuple(str(value) for name, value in row.items() if name != key and value)
        for row in rows
    }
