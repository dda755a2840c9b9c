"""The history out of PostgreSQL's own log: all that was committed, once, and nothing else."""

import uuid
from contextlib import closing
from dataclasses import replace

import psycopg2
import pytest

from harness.witness.dialect import Dialect
from harness.witness.errors import WitnessError
from harness.witness.history import HistoryWitness
from harness.witness.pgoutput import decoded

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
