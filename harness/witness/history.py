"""The history witness: every status that a job's row ever had, in order, out of PostgreSQL's own
log.

Logical decoding reads what was committed from the server's write-ahead log: nobody who may write to
the table can write there, and a status that was overwritten is not lost. A trigger of the witness's
own can hold every commit of a new row back for a moment, to see what is done without waiting for
it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg2 import sql
from psycopg2.errors import LockNotAvailable

from harness.trace.ids import uuid_of, ways_written
from harness.witness.connections import connect_postgres, in_database, postgres_errors
from harness.witness.dialect import Dialect
from harness.witness.errors import WitnessError
from harness.witness.members import with_members
from harness.witness.pgoutput import WrittenRow, decoded

_SLOT = "lab6_history"
_BEGIN = f"CREATE PUBLICATION {_SLOT} FOR ALL TABLES WITH (publish_via_partition_root = true)"
#: A table without a primary key could not be updated any more, once its changes are published.
_IDENTIFY = """
DO $$ DECLARE found regclass; BEGIN
    FOR found IN SELECT c.oid::regclass FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND c.relreplident = 'd'
            AND n.nspname NOT IN ('pg_catalog', 'information_schema')
            AND n.nspname NOT LIKE 'pg_toast%'
            AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)
    LOOP EXECUTE format('ALTER TABLE %s REPLICA IDENTITY FULL', found); END LOOP;
END $$
"""
#: So it is with one that is made later: an api may make its table anew at each start.
_IDENTIFY_NEW = """
CREATE SCHEMA IF NOT EXISTS lab6_witness;
CREATE OR REPLACE FUNCTION lab6_witness.identify() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE made pg_catalog.regclass; BEGIN
    FOR made IN SELECT c.oid::pg_catalog.regclass
        FROM pg_catalog.pg_event_trigger_ddl_commands() d
        JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) d.objid
        WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
            AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND c.relreplident = 'd'
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i
                WHERE i.indrelid OPERATOR(pg_catalog.=) c.oid AND i.indisprimary)
    LOOP
        BEGIN EXECUTE pg_catalog.format('ALTER TABLE %s REPLICA IDENTITY FULL', made);
        EXCEPTION WHEN OTHERS THEN NULL;
        END;
    END LOOP;
END $$;
DROP EVENT TRIGGER IF EXISTS lab6_identify;
CREATE EVENT TRIGGER lab6_identify ON ddl_command_end
    WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO')
    EXECUTE FUNCTION lab6_witness.identify();
"""
#: Of an unlogged table the log tells nothing. One that refers to another can change after that one
#: only.
_LOG = """
DO $$ DECLARE found regclass; BEGIN
    FOR turn IN 1..5 LOOP
        FOR found IN SELECT oid::pg_catalog.regclass FROM pg_catalog.pg_class
            WHERE relkind = 'r' AND relpersistence = 'u'
        LOOP
            BEGIN EXECUTE pg_catalog.format('ALTER TABLE %s SET LOGGED', found);
            EXCEPTION WHEN invalid_table_definition THEN NULL;
            END;
        END LOOP;
    END LOOP;
END $$
"""
_SOON = "SET LOCAL lock_timeout = '3s';"
#: What a session still does whose client is gone; those of the witnesses are another role's.
_END_SESSIONS = """
SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
WHERE backend_type = 'client backend' AND datname = current_database() AND usename <> current_user
"""
_KNOWN = "SELECT 1 FROM pg_catalog.pg_replication_slots WHERE slot_name = %s"
_CREATE = "SELECT pg_catalog.pg_create_logical_replication_slot(%s, 'pgoutput')"
_READ = f"""
SELECT data FROM pg_catalog.pg_logical_slot_get_binary_changes(
    '{_SLOT}', NULL, NULL, 'proto_version', '1', 'publication_names', '{_SLOT}')
"""  # noqa: S608 - a name of our own
#: 6838 is the key of an advisory lock: a commit takes it shared, who holds commits back takes it
#: alone.
_HOLD = """
CREATE SCHEMA IF NOT EXISTS lab6_witness;
CREATE OR REPLACE FUNCTION lab6_witness.hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_catalog.pg_advisory_xact_lock_shared(6838);
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS lab6_hold ON {table};
CREATE CONSTRAINT TRIGGER lab6_hold AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION lab6_witness.hold();
"""
_WAITING = """
SELECT count(*) FROM pg_catalog.pg_locks
WHERE locktype = 'advisory' AND objid = 6838 AND mode = 'ShareLock' AND NOT granted
"""
#: Who owns the table can take the trigger away, and put another function behind it.
_HOLDS = """
SELECT count(*) FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
WHERE t.tgrelid = pg_catalog.to_regclass(%s) AND t.tgname = 'lab6_hold' AND t.tgenabled = 'O'
    AND p.proowner = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user)
"""
_LOCK = """
SELECT 1 FROM {table}
WHERE pg_catalog.lower({column}::pg_catalog.text) OPERATOR(pg_catalog.=) ANY(%s)
FOR NO KEY UPDATE
"""
_WAITING_ROWS = """
SELECT count(*) FROM pg_catalog.pg_locks
WHERE locktype IN ('transactionid', 'tuple') AND NOT granted
"""
_STATEMENT_MS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChange:
    """A status that a row got."""

    time: datetime  #: of its commit, by PostgreSQL's clock
    transaction: int  #: changes with the same number were committed together
    job_id: str  #: small letters, with hyphens
    status: str  #: by the kit's name
    word: str = ""  #: as it stands there


class HistoryWitness:
    """Remembers the rows of one table from now on; without such a table it knows of nothing. Any
    method may raise ``witness-postgres``. One of these at a time reads a database."""

    def __init__(
        self,
        dsn: str,
        dialect: Dialect | None = None,
        *,
        aside: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """``aside``: within it nobody else is at the database. It is entered where somebody's open
        transaction has looked at a table that must be prepared."""
        self._dialect = dialect or Dialect()
        self._dsn = in_database(dsn, self._dialect.database)
        self._written: dict[tuple[int, int], WrittenRow] = {}
        self._name = f'"{self._dialect.schema}"."{self._dialect.table}"'
        known = self._ask("SELECT pg_catalog.to_regclass(%s) IS NOT NULL", self._name)
        self._remembers = bool(known[0][0])
        if self._remembers:
            try:
                self._begin()
            except WitnessError as error:
                if not isinstance(error.__cause__, LockNotAvailable):
                    raise
                with aside():
                    self._ask(_END_SESSIONS)
                    self._begin()

    def _begin(self) -> None:
        """Prepare the tables, and remember from now on."""
        table = sql.Identifier(self._dialect.schema, self._dialect.table)
        self._ask(sql.SQL(_SOON + _HOLD).format(table=table))
        if not self._ask(_KNOWN, _SLOT):
            self._ask(_SOON + _LOG)
            self._ask(_SOON + _IDENTIFY)
            self._ask(_IDENTIFY_NEW)
            self._ask(_BEGIN)
            self._ask(_CREATE, _SLOT)

    def of(self, *job_ids: str) -> tuple[StatusChange, ...]:
        """Every status of these jobs, oldest first; a row that was touched otherwise has no new
        one.
        """
        if not self._remembers:
            return ()
        self._read()
        wanted = {job_id.lower() for job_id in job_ids}
        changes: list[StatusChange] = []
        latest: dict[str, str] = {}
        for _, written in sorted(self._written.items()):
            change = self._change(written)
            if change.job_id in wanted and latest.get(change.job_id) != change.status:
                latest[change.job_id] = change.status
                changes.append(change)
        return tuple(changes)

    def first_seen(self, statuses: Sequence[str]) -> dict[str, datetime]:
        """When each job of the table got one of these statuses for the first time, by its id."""
        if self._remembers:
            self._read()
        first: dict[str, datetime] = {}
        for _, written in sorted(self._written.items()):
            change = self._change(written)
            if change.status in statuses:
                first.setdefault(change.job_id, change.time)
        return first

    def writes(self) -> tuple[WrittenRow, ...]:
        """Every INSERT and UPDATE of a row, as the server's log has it, oldest first."""
        if self._remembers:
            self._read()
        return tuple(written for _, written in sorted(self._written.items()))

    def news(self) -> tuple[StatusChange, ...]:
        """What was committed since this was asked last, oldest first: also what left the status
        as it was.
        """
        if not self._remembers:
            return ()
        known = set(self._written)
        self._read()
        fresh = sorted(self._written.keys() - known)
        return tuple(self._change(self._written[key]) for key in fresh)

    @contextmanager
    def held_commits(self) -> Iterator[None]:
        """Within it no new row can be committed: who commits one, waits. ``witness-postgres`` where
        somebody has taken away what holds them."""
        with self._connected() as connection:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_catalog.pg_advisory_lock(6838)")
            self._must_hold()
            yield  # the lock ends with its connection
            self._must_hold()

    def _must_hold(self) -> None:
        if self._remembers and not self._ask(_HOLDS, self._name)[0][0]:
            raise WitnessError("witness-postgres", reason="the trigger lab6_hold is gone")

    def waiting_commits(self) -> int:
        """How many sessions wait to commit an INSERT."""
        return int(self._ask(_WAITING)[0][0])

    @contextmanager
    def locked(self, job_id: str) -> Iterator[None]:
        """Within it nobody can update this job's row: who would, waits. Rows of other tables may
        refer to it all the same."""
        column = sql.Identifier(self._dialect.columns["id"])
        table = sql.Identifier(self._dialect.schema, self._dialect.table)
        with self._connected() as connection, connection.cursor() as cursor:
            query = sql.SQL(_LOCK).format(table=table, column=column)
            cursor.execute(query, (ways_written(job_id),))
            yield  # the lock ends with its connection

    def waiting_updates(self) -> int:
        """How many sessions wait for a row that another one has locked."""
        return int(self._ask(_WAITING_ROWS)[0][0])

    def _read(self) -> None:
        """Take what was committed since; told twice after a restart of the server, it is kept
        once.
        """
        messages = (bytes(row[0]) for row in self._ask(_READ))
        try:
            for written in decoded(messages):
                if (written.schema, written.table) == (self._dialect.schema, self._dialect.table):
                    self._written[written.commit, written.number] = written
        except (ValueError, KeyError) as error:
            raise WitnessError("witness-postgres", reason=str(error)) from error

    def _change(self, written: WrittenRow) -> StatusChange:
        columns, values = self._dialect.columns, with_members(written.values)
        # Of a column that is generated from a document the server's log tells nothing.
        member = f".{columns['status']}"
        words = (value for name, value in values.items() if name.endswith(member))
        word = values.get(columns["status"]) or next(words, None) or ""
        return StatusChange(
            time=written.time,
            transaction=written.transaction,
            job_id=uuid_of((values.get(columns["id"]) or "").lower()),
            status=self._dialect.status(word),
            word=word,
        )

    def _ask(self, query: str | sql.Composable, *values: Any) -> list[tuple[Any, ...]]:
        with self._connected() as connection, connection, connection.cursor() as cursor:
            cursor.execute(query, values or None)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        """A connection of its own; what PostgreSQL refuses within it is a ``WitnessError``."""
        with (
            postgres_errors(),
            closing(connect_postgres(self._dsn, statement_ms=_STATEMENT_MS)) as connection,
        ):
            yield connection
