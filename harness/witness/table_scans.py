"""How often a table is looked through, counted by PostgreSQL itself: who polls a table cannot
hide it.
"""

from contextlib import closing
from typing import Any

from harness.witness.connections import connect_postgres, in_database, postgres_errors
from harness.witness.dialect import Dialect

_SCANS = """
SELECT coalesce(sum(coalesce(seq_scan, 0) + coalesce(idx_scan, 0)), 0)::bigint, clock_timestamp(),
    (SELECT sessions FROM pg_catalog.pg_stat_database
        WHERE datname = pg_catalog.current_database())
FROM pg_catalog.pg_stat_user_tables WHERE relid = pg_catalog.to_regclass(%s) OR relid IN
    (SELECT relid FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass(%s)))
"""
#: By its process: any session may take a witness's name.
_BUSY = """
SELECT count(*) FROM pg_catalog.pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_catalog.pg_backend_pid() AND query_start > %s
"""
_OWN_SESSIONS = 5  #: a few of the grader's own are opened meanwhile


class TableScans:
    """How often the table of jobs is looked through from now on, while any session asks anything at
    all, or new ones come again and again.

    PostgreSQL counts that itself, however short each question. It adds a session's own count up
    about once a second, or much later where the session then rests: so a count without any session
    at work tells of the past.
    """

    def __init__(self, dsn: str, dialect: Dialect) -> None:
        self._dsn = in_database(dsn, dialect.database)
        self._table = (f'"{dialect.schema}"."{dialect.table}"',) * 2
        self._before, self._since, self._sessions = self._look(_SCANS, *self._table)

    def since(self) -> int:
        """Scans so far. ``WitnessError("witness-postgres")``."""
        after, _, sessions = self._look(_SCANS, *self._table)
        (busy,) = self._look(_BUSY, self._since)
        come = sessions - self._sessions > _OWN_SESSIONS
        return after - self._before if busy or come else 0

    def _look(self, query: str, *values: Any) -> tuple[Any, ...]:
        with (
            postgres_errors(),
            closing(connect_postgres(self._dsn)) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(query, values)
            row: tuple[Any, ...] = cursor.fetchone()
            return row
