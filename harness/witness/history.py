"""The history witness: every status that a job's row ever had, in order, as PostgreSQL wrote it.

Triggers of the witness's own. One keeps each INSERT and UPDATE in a table beside; it commits with the
change that it tells of, so nothing uncommitted is ever told, and a status that was overwritten is not lost.
The other can hold every commit of a new row back for a moment, to see what is done without waiting for it.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg2
from psycopg2 import sql

from harness.witness.dialect import Dialect
from harness.witness.errors import WitnessError

#: 6838 is the key of an advisory lock: a commit takes it shared, who holds commits back takes it alone.
_SET_UP = """
CREATE TABLE IF NOT EXISTS lab6_history (
    at bigserial PRIMARY KEY, time timestamptz NOT NULL, change bigint NOT NULL,
    id text NOT NULL, status text NOT NULL);
CREATE OR REPLACE FUNCTION lab6_remember() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    -- A row may be touched for other reasons: a time, a path, how far the work is.
    IF TG_OP = 'UPDATE' AND NEW.{status} IS NOT DISTINCT FROM OLD.{status} THEN
        RETURN NULL;
    END IF;
    INSERT INTO lab6_history (time, change, id, status)
        VALUES (clock_timestamp(), txid_current(), lower(NEW.{id}::text),
                coalesce(NEW.{status}::text, ''));
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION lab6_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(6838);
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS lab6_remember ON {table};
CREATE TRIGGER lab6_remember AFTER INSERT OR UPDATE ON {table}
    FOR EACH ROW EXECUTE FUNCTION lab6_remember();
DROP TRIGGER IF EXISTS lab6_hold ON {table};
CREATE CONSTRAINT TRIGGER lab6_hold AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION lab6_hold();
"""
_WAITING = """
SELECT count(*) FROM pg_locks
WHERE locktype = 'advisory' AND objid = 6838 AND mode = 'ShareLock' AND NOT granted
"""
_CONNECT_S = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A status that a row got."""

    time: datetime  #: of the statement, by PostgreSQL's clock
    transaction: int  #: changes with the same number were committed together
    job_id: str  #: small letters
    status: str


class HistoryWitness:
    """Remembers the rows of one table from now on; without such a table it knows of nothing. Any method
    may raise ``witness-postgres``."""

    def __init__(self, dsn: str, dialect: Dialect | None = None) -> None:
        self._dsn = dsn
        self._dialect = dialect or Dialect()
        name = f'"{self._dialect.schema}"."{self._dialect.table}"'
        self._remembers = bool(self._ask("SELECT to_regclass(%s) IS NOT NULL", name)[0][0])
        if self._remembers:
            columns = {one: sql.Identifier(self._dialect.columns[one]) for one in ("id", "status")}
            table = sql.Identifier(self._dialect.schema, self._dialect.table)
            self._ask(sql.SQL(_SET_UP).format(table=table, **columns))

    def of(self, *job_ids: str) -> tuple[Change, ...]:
        """Every status of these jobs, oldest first."""
        if not self._remembers:
            return ()
        query = "SELECT time, change, id, status FROM lab6_history WHERE id = ANY(%s) ORDER BY at"
        wanted = [job_id.lower() for job_id in job_ids]
        return tuple(
            Change(
                time=time, transaction=number, job_id=job_id, status=self._dialect.status(status)
            )
            for time, number, job_id, status in self._ask(query, wanted)
        )

    @contextmanager
    def held_commits(self) -> Iterator[None]:
        """Within it no new row can be committed: who commits one, waits."""
        with self._connected() as connection:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(6838)")
            yield  # the lock ends with its connection

    def waiting_commits(self) -> int:
        """How many sessions wait to commit an INSERT."""
        return int(self._ask(_WAITING)[0][0])

    def _ask(self, query: str | sql.Composable, *values: Any) -> list[tuple[Any, ...]]:
        with self._connected() as connection:
            try:
                with connection, connection.cursor() as cursor:
                    cursor.execute(query, values or None)
                    return cursor.fetchall() if cursor.description else []
            except psycopg2.Error as error:
                raise WitnessError("witness-postgres", reason=str(error).strip()) from error

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        try:
            connection = psycopg2.connect(
                self._dsn, connect_timeout=_CONNECT_S, application_name="lab6-witness"
            )
        except psycopg2.Error as error:
            raise WitnessError("witness-postgres", reason=str(error).strip()) from error
        with closing(connection):
            yield connection
