"""The PostgreSQL witness: the rows of the table ``jobs``, as any other session sees them
(committed).
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import psycopg2
import psycopg2.extras
from psycopg2 import sql

from harness.trace.ids import uuid_of, ways_written
from harness.witness.connections import connect_postgres, in_database, postgres_errors
from harness.witness.dialect import Dialect
from harness.witness.members import with_members

_LONGEST = 4000  #: characters of one value
_COLUMNS = """
SELECT a.attname::pg_catalog.text AS name, t.typcategory::pg_catalog.text AS kind
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = pg_catalog.to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""

#: Where nobody could see what the columns are called, a table of that name may have others.
_HOLDS_IDS = """
SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute
    WHERE attrelid = pg_catalog.to_regclass(%s) AND attname = %s AND NOT attisdropped)
"""
_OF_A_FILE = re.compile("path|file|output|result", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A job's row. What the table has no column for is None."""

    id: str
    status: str
    action: str | None
    params: str | None
    input_path: str | None
    output_path: str | None
    error: str | None
    times: dict[str, datetime]  #: every timestamp column by its name
    word: str = ""  #: the status as it stands there


class PostgresWitness:
    """Reads one database. A context manager; every method may raise
    ``WitnessError("witness-postgres")``.

    It connects anew when the server was restarted meanwhile: each question stands for itself.
    """

    def __init__(self, dsn: str, dialect: Dialect | None = None) -> None:
        self._dialect = dialect or Dialect()
        self._dsn = in_database(dsn, self._dialect.database)
        self._table = sql.Identifier(self._dialect.schema, self._dialect.table)
        self._connection: Any = None

    def row(self, job_id: str) -> Row | None:
        """The job's row; None where the table holds none with that id."""
        return self.rows([job_id]).get(job_id.lower())

    def rows(self, job_ids: Sequence[str] | None = None) -> dict[str, Row]:
        """Rows by their ids (small letters, hyphens): those of ``job_ids``, or all. Empty where no
        table is.
        """
        if not self._is_there():
            return {}
        query = sql.SQL("SELECT {columns} FROM {table}").format(
            columns=self._columns(), table=self._table
        )
        if job_ids is None:
            records = self._ask(query, ())
        else:
            column = sql.Identifier(self._dialect.columns["id"])
            query += sql.SQL(
                " WHERE pg_catalog.lower({column}::pg_catalog.text) OPERATOR(pg_catalog.=) ANY(%s)"
            ).format(column=column)
            records = self._ask(
                query, ([written for job_id in job_ids for written in ways_written(job_id)],)
            )
        return {row.id: row for row in (_row(record, self._dialect) for record in records)}

    def count(self) -> int:
        """How many rows the table holds; 0 where no table is."""
        if not self._is_there():
            return 0
        return int(
            self._one(sql.SQL("SELECT pg_catalog.count(*) FROM {table}").format(table=self._table))
        )

    def position(self) -> str:
        """Where the server's log ends: while that stays, nothing was written to any table."""
        return str(self._one("SELECT pg_catalog.pg_current_wal_insert_lsn()"))

    def close(self) -> None:
        """Close the connection to PostgreSQL."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _columns(self) -> sql.Composable:
        """Every column; a text of the work's own is cut by the server, so that no row can be of
        any size.
        """
        columns = self._ask(_COLUMNS, (f'"{self._dialect.schema}"."{self._dialect.table}"',))
        return sql.SQL(", ").join(
            sql.Identifier(column["name"])
            if column["kind"] == "D"  # a time
            else sql.SQL("pg_catalog.left({name}::pg_catalog.text, {most}) AS {name}").format(
                name=sql.Identifier(column["name"]), most=sql.Literal(_LONGEST)
            )
            for column in columns
        )

    def _is_there(self) -> bool:
        name = f'"{self._dialect.schema}"."{self._dialect.table}"'
        return bool(self._one(_HOLDS_IDS, name, self._dialect.columns["id"]))

    def _one(self, query: str | sql.Composable, *values: Any) -> Any:
        return next(iter(self._ask(query, values)[0].values()))

    def _ask(self, query: str | sql.Composable, values: tuple[Any, ...]) -> list[dict[str, Any]]:
        fresh = self._connection is None
        with postgres_errors():
            try:
                return self._fetch(query, values)
            except psycopg2.Error as error:
                self.close()
                dead = isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError)
                if fresh or not dead:
                    raise
        return self._ask(query, values)  # the old connection was dead: once more on a new one

    def _fetch(self, query: str | sql.Composable, values: tuple[Any, ...]) -> list[dict[str, Any]]:
        if self._connection is None:
            self._connection = connect_postgres(
                self._dsn, cursor_factory=psycopg2.extras.RealDictCursor
            )
            self._connection.set_session(readonly=True)
        with self._connection.cursor() as cursor:
            cursor.execute(query, values)
            rows = [dict(row) for row in cursor.fetchall()]
        # What a view of the work's own has set meanwhile goes with the transaction.
        self._connection.rollback()
        return rows

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _row(record: dict[str, Any], dialect: Dialect) -> Row:
    columns, record = dialect.columns, with_members(record)

    def text(name: str) -> str | None:
        value = record.get(columns.get(name, name))
        return None if value is None else str(value)

    return Row(
        id=uuid_of(str(record[columns["id"]]).lower()),
        status=dialect.status(text("status") or ""),
        action=text("action"),
        params=text("params"),
        input_path=text("input"),
        output_path=text("output") if not dialect.message.has_file else _file_in(text("output")),
        error=text("error"),
        word=text("status") or "",
        times={name: value for name, value in record.items() if isinstance(value, datetime)},
    )


def _file_in(told: str | None) -> str | None:
    """The path in what a row says of its result: JSON may hold it among other facts, and then the
    one whose key speaks of a file comes first."""
    if told is None or told[:1] != "{":
        return told
    try:
        facts = json.loads(told)
    except (ValueError, RecursionError):
        return told
    paths = {key: value for key, value in facts.items() if isinstance(value, str) and "/" in value}
    named = [value for key, value in paths.items() if _OF_A_FILE.search(key)]
    return next(iter([*named, *paths.values()]), told)
