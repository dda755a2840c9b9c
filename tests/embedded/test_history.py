"""The history out of PostgreSQL's own log: all that was committed, once, and nothing else."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import psycopg2
import pytest

from harness.stack.waiting import until
from harness.witness.dialect import Dialect
from harness.witness.errors import WitnessError
from harness.witness.history import HistoryWitness
from harness.witness.pgoutput import decoded
from harness.witness.postgres import PostgresWitness
from harness.witness.table_scans import TableScans
from harness.witness.table_statements import table_statements

pytestmark = pytest.mark.embedded

DIALECT = replace(
    Dialect(),
    schema="own",
    table="Їх завдання",
    columns={"id": "Job ID", "status": "state"},
    statuses={"DONE": "COMPLETED", "QUEUED": "QUEUED"},
)
TABLE = 'own."Їх завдання"'


@pytest.fixture
def run(embedded):
    """Run statements, each committed by itself unless they come together."""

    def execute(*statements, commit=True):
        with closing(psycopg2.connect(embedded.postgres_dsn)) as connection:
            with connection.cursor() as cursor:
                for statement, *values in statements:
                    cursor.execute(statement, values or None)
            if commit:
                connection.commit()

    execute(
        ("CREATE SCHEMA IF NOT EXISTS own",),
        (f'CREATE TABLE {TABLE} ("Job ID" uuid PRIMARY KEY, state text, picture text)',),
    )
    yield execute
    execute((f"DROP TABLE {TABLE}",))


@pytest.fixture
def history(embedded, run):
    """The witness on that table."""
    return HistoryWitness(embedded.postgres_dsn, DIALECT)


def insert(run, status="QUEUED"):
    """A new row; its id."""
    job_id = str(uuid.uuid4())
    run((f"INSERT INTO {TABLE} VALUES (%s, %s, %s)", job_id, status, "x" * 200_000))
    return job_id


@pytest.fixture
def cursor(embedded):
    """Statements of the superuser's, each committed by itself."""
    with closing(psycopg2.connect(embedded.postgres_dsn)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor


def test_a_table_that_is_not_logged_is_remembered_as_well(embedded, cursor):
    """It becomes one that is, and one that refers to it, too."""
    cursor.execute(
        "CREATE UNLOGGED TABLE kinds (kind text PRIMARY KEY);"
        "CREATE UNLOGGED TABLE briefly ("
        '"Job ID" uuid PRIMARY KEY, state text, picture text REFERENCES kinds)'
    )
    try:
        cursor.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")
        cursor.execute("DROP PUBLICATION IF EXISTS lab6_history")
        history = HistoryWitness(
            embedded.postgres_dsn, replace(DIALECT, schema="public", table="briefly")
        )
        job_id = str(uuid.uuid4())
        cursor.execute("INSERT INTO briefly VALUES (%s, 'QUEUED', NULL)", (job_id,))
        assert [change.status for change in history.of(job_id)] == ["QUEUED"]
    finally:
        cursor.execute("DROP TABLE briefly, kinds")


def test_tables_that_are_made_later_can_be_updated(cursor, history):
    """Without a key too: what is published must not be refused. They are another role's."""
    assert history.of(str(uuid.uuid4())) == ()
    cursor.execute(
        "DROP ROLE IF EXISTS plain; CREATE ROLE plain; CREATE SCHEMA plain AUTHORIZATION plain;"
        "SET ROLE plain; SET search_path = plain"
    )
    try:
        for made in (
            "CREATE TABLE later (id int, state text)",
            "CREATE TABLE later AS SELECT 1 AS id, 'new' AS state",
            "SELECT 1 AS id, 'new' AS state INTO later",
            (
                "CREATE TABLE later (id int, state text) PARTITION BY LIST (id);"
                "CREATE TABLE one PARTITION OF later FOR VALUES IN (1)"
            ),
            "CREATE TEMP TABLE later (id int, state text)",
        ):
            cursor.execute(f"{made}; INSERT INTO later VALUES (1, 'new')")
            cursor.execute("UPDATE later SET state = 'done' WHERE id = 1")
            assert cursor.rowcount > 0
            cursor.execute("DROP TABLE later")
    finally:
        cursor.execute("RESET ROLE; DROP SCHEMA plain CASCADE; DROP ROLE plain")


def test_a_status_in_a_document_is_told_as_one_in_a_column(embedded, cursor):
    """Also behind a column that is generated from it, of which the server's log tells nothing."""
    job_id = str(uuid.uuid4())
    cursor.execute(
        "CREATE TABLE documents (id uuid PRIMARY KEY, doc jsonb,"
        " state text GENERATED ALWAYS AS (doc->>'state') STORED)"
    )
    try:
        for column in ("doc.state", "state"):
            columns = {"id": "id", "status": column}
            dialect = replace(DIALECT, schema="public", table="documents", columns=columns)
            history = HistoryWitness(embedded.postgres_dsn, dialect)
            cursor.execute("DELETE FROM documents")
            cursor.execute(
                'INSERT INTO documents VALUES (%s, \'{"state": "new", "n": 1}\')', (job_id,)
            )
            cursor.execute('UPDATE documents SET doc = doc || \'{"state": "done"}\'')
            assert [change.word for change in history.of(job_id)][-2:] == ["new", "done"]
            with PostgresWitness(embedded.postgres_dsn, dialect) as postgres:
                assert postgres.row(job_id).status == dialect.status("done")
    finally:
        cursor.execute("DROP TABLE documents")


def test_every_status_is_told_once_in_order_with_its_transaction(run, history):
    """Also one overwritten within a moment; a touch of another column is no status."""
    job_id = insert(run)
    set_state = f'UPDATE {TABLE} SET state = %s WHERE "Job ID" = %s'
    run((set_state, "PROCESSING", job_id))
    run((f"UPDATE {TABLE} SET picture = 'y'",))
    run((set_state, "half", job_id), (set_state, "done", job_id))
    changes = history.of(job_id.upper())
    assert [one.status for one in changes] == ["QUEUED", "PROCESSING", "half", "COMPLETED"]
    assert len({one.transaction for one in changes}) == 3
    assert [one.time for one in changes] == sorted(one.time for one in changes)
    assert history.of(job_id) == changes


def test_what_was_not_committed_never_was(run, history):
    """A rollback leaves no trace; another row's history is not this one's."""
    job_id, other = insert(run), insert(run, "OTHER")
    run((f"UPDATE {TABLE} SET state = 'forged'",), commit=False)
    assert [one.status for one in history.of(job_id)] == ["QUEUED"]
    assert [one.status for one in history.of(other)] == ["OTHER"]
    assert history.of(str(uuid.uuid4())) == ()


def test_who_would_update_a_locked_row_waits_and_is_counted(embedded, run, history):
    """Others update other rows meanwhile; afterwards nothing is held."""
    one, other = insert(run), insert(run)
    done = f'UPDATE {TABLE} SET state = %s WHERE "Job ID" = %s'
    with ThreadPoolExecutor(1) as pool:
        with history.locked(one.upper()):
            assert history.waiting_updates() == 0
            waiting = pool.submit(run, (done, "DONE", one))
            run((done, "DONE", other))
            until(history.waiting_updates, deadline_s=10, what="who waits")
            assert not waiting.done()
        waiting.result(10)
    assert history.waiting_updates() == 0
    assert [change.status for change in history.of(one)] == ["QUEUED", "COMPLETED"]


def test_it_goes_on_after_a_restart_of_the_server(embedded, run, history):
    """Nothing is told twice, nothing is missing."""
    job_id = insert(run)
    assert len(history.of(job_id)) == 1
    embedded.restart("postgres")
    run((f"UPDATE {TABLE} SET state = 'done'",))
    assert [one.status for one in history.of(job_id)] == ["QUEUED", "COMPLETED"]


def test_without_the_table_it_knows_of_nothing(embedded):
    """And says so without an error: that no row was written is for a check to judge."""
    nowhere = HistoryWitness(embedded.postgres_dsn, replace(DIALECT, table="nowhere"))
    assert nowhere.of(str(uuid.uuid4())) == ()


def test_a_witness_that_cannot_see_says_so(embedded):
    """Never an empty history."""
    with pytest.raises(WitnessError):
        HistoryWitness(embedded.postgres_dsn.replace("port=", "port=1"), DIALECT)


@pytest.mark.parametrize(
    "message", [b"B", b"R\0\0\0\1own\0", b"I\0\0\0\1", b"I\0\0\0\1N\0\1t\0\0\0\5ab"]
)
def test_a_broken_message_is_an_error(message):
    """Of whatever kind: nothing is guessed."""
    relation = b"R\0\0\0\1own\0t\0d\0\1\0id\0" + bytes(8)
    with pytest.raises(ValueError, match=r"ends too soon|not found"):
        list(decoded([relation, message] if message.startswith(b"I") else [message]))


EVIL = """
CREATE SCHEMA IF NOT EXISTS evil;
CREATE OR REPLACE FUNCTION evil.pg_logical_slot_get_binary_changes(text, pg_lsn, int, VARIADIC text[])
    RETURNS TABLE (data bytea) LANGUAGE sql AS 'SELECT NULL::bytea WHERE false';
CREATE OR REPLACE VIEW evil.pg_stat_user_tables AS SELECT 0::bigint AS seq_scan, 0::bigint AS idx_scan,
    'own'::text AS schemaname, 'x'::text AS relname;
CREATE OR REPLACE VIEW evil.pg_stat_activity AS
    SELECT 'x'::text AS backend_type, 0 AS pid, now() AS query_start, ''::text AS application_name WHERE false;
CREATE OR REPLACE VIEW evil.pg_attribute AS SELECT attname, attrelid FROM pg_catalog.pg_attribute WHERE false;
"""


@pytest.fixture
def evil(embedded, run):
    """Everything before the server's own, for whoever logs in as the lab's user from now on."""
    with closing(psycopg2.connect(embedded.postgres_dsn)) as connection:
        user = connection.info.user
    run(
        (EVIL,),
        ("CREATE ROLE nobody_at_all",),
        (f'ALTER ROLE "{user}" SET search_path = evil, public, pg_catalog',),
        (f'ALTER ROLE "{user}" SET default_transaction_read_only = on',),
        (f'ALTER ROLE "{user}" SET role = nobody_at_all',),
    )
    yield
    with closing(
        psycopg2.connect(
            embedded.postgres_dsn, options="-c role=none -c default_transaction_read_only=off"
        )
    ) as connection:
        connection.cursor().execute(
            f'ALTER ROLE "{user}" RESET ALL; DROP SCHEMA evil CASCADE; DROP ROLE nobody_at_all'
        )
        connection.commit()


def test_who_comes_anew_for_each_question_is_seen(embedded, run, history):
    """Of such sessions there is hardly ever one to be met."""
    scans = TableScans(embedded.postgres_dsn, DIALECT)
    for _ in range(12):
        with (
            closing(psycopg2.connect(embedded.postgres_dsn)) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(f"SELECT count(*) FROM {TABLE}")
    assert until(lambda: scans.since() >= 12, deadline_s=20, what="the scans")


def test_who_asks_within_a_transaction_that_stays_open_is_seen(embedded, run, history):
    """PostgreSQL counts what stands in it when it ends, and not before."""
    with (
        table_statements(embedded.postgres_dsn, DIALECT) as statements,
        closing(psycopg2.connect(embedded.postgres_dsn)) as connection,
        connection.cursor() as cursor,
    ):
        statements.look()
        assert statements.count() == 0
        for _ in range(3):
            cursor.execute(f"SELECT count(*) FROM {TABLE}")
            assert statements.look() is False
        cursor.execute("SELECT 1")
        statements.look()
        assert statements.count() == 3


@pytest.mark.usefixtures("evil")
def test_what_the_role_was_told_to_see_first_is_not_what_a_witness_sees(embedded, run, history):
    """Settings of the role, functions and views of the student's in front of the server's own."""
    job = str(uuid.uuid4())
    scans = TableScans(embedded.postgres_dsn, DIALECT)
    with closing(
        psycopg2.connect(
            embedded.postgres_dsn, options="-c role=none -c default_transaction_read_only=off"
        )
    ) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(f"INSERT INTO {TABLE} VALUES (%s, 'QUEUED', %s)", (job, "x" * 100_000))
        for _ in range(50):
            cursor.execute(f"SELECT count(*) FROM {TABLE}")

        def counted():
            """PostgreSQL adds a session's count up while it works, so this one goes on asking."""
            cursor.execute("SELECT 1")
            return scans.since()

        assert until(counted, deadline_s=20, what="the scans") >= 50
    assert [one.status for one in history.of(job)] == ["QUEUED"]
    with PostgresWitness(embedded.postgres_dsn, DIALECT) as postgres:
        assert postgres.row(job).status == "QUEUED"
    (written,) = [one for one in history.writes() if one.values["Job ID"] == job]
    assert len(written.values["picture"]) == 4000
    again = HistoryWitness(embedded.postgres_dsn, DIALECT)
    assert [one.status for one in again.of(job)] == []
