"""How often sessions ask for a table, seen from outside, many times a second: what stands in a
transaction that stays open PostgreSQL adds to its counts only when that ends.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg2

from harness.witness.connections import connect_postgres, in_database, postgres_errors
from harness.witness.dialect import Dialect

#: By its process, and not by what a session calls itself.
_BEGUN = """
SELECT pid, query_start FROM pg_catalog.pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_catalog.pg_backend_pid()
    AND pg_catalog.strpos(pg_catalog.lower(query), pg_catalog.lower(%s)) > 0
"""


class TableStatements:
    """The statements that name a table, from now on; of those that are quicker than it looks,
    some.
    """

    def __init__(self, connection: Any, table: str) -> None:
        self._connection, self._table = connection, table
        self._before = self._begun()
        self._seen = set(self._before)

    def look(self) -> bool:
        """See what was begun meanwhile; whether there is no use in looking again."""
        try:
            self._seen |= self._begun()
        except psycopg2.Error:
            return True
        return False

    def count(self) -> int:
        """How many there were by now."""
        return len(self._seen - self._before)

    def _begun(self) -> set[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(_BEGUN, (self._table,))
            return set(cursor.fetchall())


@contextmanager
def table_statements(dsn: str, dialect: Dialect) -> Iterator[TableStatements]:
    """Those that name the table of jobs, while it is open. ``WitnessError("witness-postgres")``."""
    dsn = in_database(dsn, dialect.database)
    with postgres_errors(), closing(connect_postgres(dsn)) as connection:
        connection.set_session(readonly=True, autocommit=True)
        yield TableStatements(connection, dialect.table)
