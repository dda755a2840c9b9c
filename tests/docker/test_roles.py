"""The graded servers' roles: what a submission may ask of PostgreSQL and Redis, and what is out of
its reach.

The test speaks as the submission's own services would, with the user and the password of its
compose file."""

import hashlib
import hmac
import shutil
from base64 import b64decode
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest
import redis
from psycopg2.extensions import make_dsn
from redis.exceptions import NoPermissionError, RedisError, ResponseError

from harness.grade.submission.assignment import load_assignment
from harness.grade.submission.handed_in import open_submission, stack_of
from harness.witness.connections import connect_redis
from harness.witness.dialect import Dialect
from harness.witness.errors import WitnessError
from harness.witness.history import HistoryWitness
from harness.witness.job_search import rows_naming
from harness.witness.postgres import PostgresWitness

pytestmark = pytest.mark.docker

HERE = Path(__file__).parent
JOB = "b1d7a3de-3b8c-4c57-9f6d-0c6f3f6a2a11"
SET_UP = f"""
CREATE EXTENSION IF NOT EXISTS pgcrypto;
CREATE EXTENSION IF NOT EXISTS "uuid-ossp";
CREATE USER app WITH PASSWORD 'of-its-own';
CREATE TABLE jobs (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), status text NOT NULL, error text);
GRANT ALL PRIVILEGES ON DATABASE lab TO app;
GRANT ALL ON jobs TO app;
INSERT INTO jobs VALUES ('{JOB}', 'QUEUED');
ALTER TABLE jobs ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON jobs TO app USING (true);
\\set ON_ERROR_STOP on
CREATE ROLE auditor SUPERUSER;
BEGIN;
CREATE ROLE later;
ALTER ROLE later LOGIN PASSWORD 'it''s; later';
CREATE TABLE in_one_go (id int);
GRANT ALL ON in_one_go TO later;
COMMIT;
"""
#: As the official image's documentation has it; then other ways in which scripts call psql.
SCRIPT = """#!/bin/bash
set -e

psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<-EOSQL
	CREATE USER docker;
	CREATE DATABASE docker;
	GRANT ALL PRIVILEGES ON DATABASE docker TO docker;
	CREATE USER $THEIR_USER PASSWORD '$THEIR_PASSWORD';
	CREATE TABLE after_users (id int);
	GRANT ALL ON after_users TO $THEIR_USER;
EOSQL
psql -qc "CREATE ROLE another SUPERUSER; CREATE TABLE of_one_text (id int)"
"${psql[@]}" --command="CREATE TABLE by_its_function (id int)"
psql -c "CREATE TABLE by_its_function (id int)" || psql -c "CREATE TABLE after_a_failure (id int)"
psql <<< "SELECT 1 FROM nowhere"
[ "$(psql -tAc 'SELECT 7')" = 7 ]
"""
PLAIN_SHELL = """#!/bin/sh
set -e
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d docker <<-EOSQL
	CREATE ROLE third SUPERUSER;
	CREATE TABLE elsewhere (id int);
EOSQL
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A submission with users, passwords and a set-up of its own; its stack, up."""
    folder = tmp_path_factory.mktemp("roles") / "lab"
    shutil.copytree(HERE / "hostile", folder)
    file = folder / "docker-compose.yml"
    text = file.read_text(encoding="utf-8")
    text = text.replace(
        "      POSTGRES_PASSWORD: postgres\n",
        "      {POSTGRES_USER: postgres, POSTGRES_DB: lab, POSTGRES_HOST_AUTH_METHOD: trust,"
        " THEIR_USER: fourth, THEIR_PASSWORD: 'of-the-variables', PGPORT: 7777}\n"
        "    volumes: ['./init:/docker-entrypoint-initdb.d']\n",
    )
    text = text.replace("redis:6-alpine\n", "redis:6-alpine\n    command: --requirepass theirs\n")
    file.write_text(text, encoding="utf-8")
    (folder / "init").mkdir()
    (folder / "init" / "1.sql").write_text(SET_UP, encoding="utf-8")
    (folder / "init" / "2.sh").write_text(SCRIPT, encoding="utf-8")
    (folder / "init" / "3.sh").write_text(PLAIN_SHELL, encoding="utf-8")
    (folder / "init" / "3.sh").chmod(0o755)
    with stack_of(open_submission(folder, load_assignment(), None), "compose") as stack:
        stack.up()
        yield stack


def their_dsn(lab, **more):
    """How the submission's own services log in."""
    told = {"user": "postgres", "password": "", "dbname": "lab"} | more
    return make_dsn(lab.postgres_dsn, **told)


def ask(dsn, *statements):
    """The rows of the last one."""
    with closing(psycopg2.connect(dsn)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for one in statements:
                cursor.execute(one)
            return cursor.fetchall() if cursor.description else []


@pytest.mark.parametrize(
    "attack",
    [
        "COPY (SELECT 1) TO PROGRAM 'id'",
        "COPY (SELECT 1) TO '/tmp/x'",
        "SELECT pg_read_file('/etc/passwd')",
        "CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION f()",
        "SELECT pg_create_logical_replication_slot('mine', 'pgoutput')",
        "SELECT pg_drop_replication_slot('lab6_history')",
        "ALTER SYSTEM SET wal_level = 'minimal'",
        "ALTER ROLE postgres SUPERUSER",
        "CREATE ROLE other SUPERUSER",
        "GRANT pg_execute_server_program TO postgres",
        "CREATE EXTENSION dblink",
        "CREATE PUBLICATION all_of_it FOR ALL TABLES",
        "SET session_replication_role = replica",
        "DROP PUBLICATION lab6_history",
    ],
)  # fmt: skip
def test_postgres_refuses(lab, attack):
    """By its own rights, whatever the submission's user is called."""
    HistoryWitness(lab.history_dsn)
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(their_dsn(lab), attack)


def test_nobody_becomes_the_grader(lab):
    """Not by trust, which the submission asked for, and not by a setting of its role."""
    for user in ask(their_dsn(lab), "SELECT rolname FROM pg_roles WHERE rolname LIKE 'lab6%'"):
        with pytest.raises(psycopg2.OperationalError):
            ask(their_dsn(lab, user=user[0]), "SELECT 1")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            ask(their_dsn(lab), f'ALTER ROLE "{user[0]}" SET search_path = evil')


def test_the_set_up_of_its_own_has_run(lab):
    """By its own role: trusted extensions, a table, a user that the grader made in its place."""
    assert ask(their_dsn(lab), "SELECT tableowner FROM pg_tables WHERE tablename = 'jobs'") == [
        ("postgres",)
    ]
    app = their_dsn(lab, user="app", password="of-its-own")  # noqa: S106
    assert ask(app, "SELECT count(*) FROM jobs") == [(1,)]
    assert len(ask(their_dsn(lab), "SELECT gen_random_bytes(2), uuid_generate_v4()")) == 1


@pytest.mark.parametrize(
    ("database", "table"),
    [
        ("lab", "in_one_go"),
        ("lab", "after_users"),
        ("lab", "of_one_text"),
        ("lab", "by_its_function"),
        ("lab", "after_a_failure"),
        ("docker", "elsewhere"),
    ],
)
def test_what_follows_a_refused_statement_is_done(lab, database, table):
    """In one transaction, after ON_ERROR_STOP, by a script of bash or of sh, in one text."""
    asked = their_dsn(lab, dbname=database)
    assert ask(asked, f"SELECT count(*) FROM {table}") == [(0,)]


@pytest.mark.parametrize(
    ("user", "password"),
    [("later", "it's; later"), ("fourth", "of-the-variables")],
    ids=["by ALTER, with quotes", "by variables of the service"],
)
def test_users_have_the_passwords_that_the_set_up_names(lab, user, password):
    """As the server keeps them: this lab's own clients log in by trust."""
    kept = ask(
        lab.history_dsn,
        f"SELECT rolpassword FROM pg_authid WHERE rolname = '{user}'",
    )[0][0]
    _, counted, keys = kept.split("$")
    rounds, salt = counted.split(":")
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), b64decode(salt), int(rounds))
    key = hmac.digest(salted, b"Server Key", "sha256")
    assert b64decode(keys.split(":")[1]) == key


def test_row_policies_hide_nothing_from_the_witness(lab):
    """They are for the submission's own roles."""
    with PostgresWitness(lab.postgres_dsn) as postgres:
        assert postgres.row(JOB) is not None


def test_names_in_front_of_the_witness_change_nothing(lab):
    """A role's and a database's search path, functions of the same names: history and rows as
    they are.
    """
    ask(
        their_dsn(lab),
        "CREATE SCHEMA evil",
        "CREATE FUNCTION evil.lower(text) RETURNS text LANGUAGE sql AS 'SELECT NULL::text'",
        "CREATE FUNCTION evil.to_regclass(text) RETURNS regclass LANGUAGE sql AS 'SELECT NULL::regclass'",
        "CREATE VIEW evil.pg_stat_user_tables AS SELECT 0 AS seq_scan",
        "ALTER ROLE postgres SET search_path = evil, public, pg_catalog",
        "ALTER DATABASE lab SET search_path = evil, public, pg_catalog",
    )
    history = HistoryWitness(lab.history_dsn)
    ask(their_dsn(lab), f"UPDATE public.jobs SET status = 'PROCESSING' WHERE id = '{JOB}'")
    assert [one.status for one in history.of(JOB)] == ["PROCESSING"]
    with PostgresWitness(lab.postgres_dsn) as postgres:
        assert postgres.row(JOB).status == "PROCESSING"


def test_what_a_view_makes_the_witness_run_has_no_rights(lab):
    """The one who reads is no superuser, and may write nowhere."""
    ask(
        their_dsn(lab),
        "CREATE SCHEMA trap",
        "CREATE TABLE trap.seen (who text)",
        """CREATE FUNCTION trap.spring() RETURNS text LANGUAGE plpgsql AS $$ BEGIN
            BEGIN ALTER ROLE postgres SUPERUSER; EXCEPTION WHEN OTHERS THEN NULL; END;
            BEGIN INSERT INTO trap.seen VALUES (current_user); EXCEPTION WHEN OTHERS THEN NULL; END;
            PERFORM set_config('search_path', 'evil', false); RETURN 'COMPLETED'; END $$""",
        f"""CREATE VIEW trap.jobs AS SELECT '{JOB}'::uuid AS id,
            pg_catalog.current_setting('search_path') AS error, trap.spring() AS status""",
    )
    with PostgresWitness(lab.postgres_dsn, replace(Dialect(), schema="trap")) as postgres:
        seen = [postgres.row(JOB) for _ in range(2)]  # the second, after the trap was sprung
    assert [one.status for one in seen] == ["COMPLETED"] * 2
    assert [one.error.replace(" ", "") for one in seen] == ["pg_catalog,pg_temp"] * 2
    rows_naming(lab.postgres_dsn, JOB)
    assert ask(their_dsn(lab), "SELECT rolsuper FROM pg_roles WHERE rolname = 'postgres'") == [
        (False,)
    ]
    assert ask(their_dsn(lab), "SELECT * FROM trap.seen") == []


def test_a_trigger_that_was_taken_away_is_told(lab):
    """Without it no commit is held back, and nobody has seen anything."""
    history = HistoryWitness(lab.history_dsn)
    ask(their_dsn(lab), "ALTER TABLE public.jobs DISABLE TRIGGER lab6_hold")
    with pytest.raises(WitnessError), history.held_commits():
        pass


def test_a_slot_that_vanished_is_told(lab):
    """Never an empty history that looks like one."""
    history = HistoryWitness(lab.history_dsn)
    ask(
        lab.history_dsn,
        "SELECT pg_drop_replication_slot('lab6_history')",
        "DROP PUBLICATION lab6_history",  # or the next witness could not begin anew
    )
    with pytest.raises(WitnessError) as lost:
        history.of(JOB)
    assert lost.value.reference == "witness-postgres"


@pytest.fixture
def theirs(lab):
    """A client of the submission's own."""
    host, port = lab.redis_address
    with closing(redis.Redis(host, port, password="theirs")) as client:  # noqa: S106
        yield client


@pytest.mark.parametrize(
    "attack",
    [
        "CONFIG SET maxmemory 1",
        "CONFIG RESETSTAT",
        "CLIENT KILL TYPE normal",
        "CLIENT PAUSE 1000",
        "MONITOR",
        "ACL LIST",
        "ACL SETUSER default +@all",
        "DEBUG SLEEP 1",
        "MODULE LOAD /x.so",
        "REPLICAOF 127.0.0.1 1",
        "SHUTDOWN NOSAVE",
        "SAVE",
        "BGSAVE",
        "SLOWLOG GET",
    ],
)
def test_redis_refuses(theirs, attack):
    """What moves the server, ends a client, or shows what others say."""
    with pytest.raises((NoPermissionError, ResponseError)) as refused:
        theirs.execute_command(*attack.split())
    assert "not allowed" in str(refused.value) or "permission" in str(refused.value)


@pytest.mark.parametrize(
    "honest",
    [
        "PING",
        "INFO",
        "KEYS *",
        "CONFIG GET maxmemory-policy",
        "CLIENT ID",
        "CLIENT LIST",
        "CLIENT SETNAME worker",
        "CLIENT GETNAME",
        "COMMAND",
        "RPUSH q a",
        "BLPOP q 1",
        "SCAN 0",
        "TYPE q",
        "PUBLISH c m",
        "FLUSHDB",
        "DBSIZE",
    ],
)
def test_redis_goes_on_serving(theirs, honest):
    """What honest work and its libraries send."""
    theirs.execute_command(*honest.split())


def test_scripts_hellos_and_the_librarys_name_go_through(theirs):
    """BullMQ's scripts; HELLO of every newer client; CLIENT SETINFO, which an older server may
    not know.
    """
    assert theirs.eval("return redis.call('INCR', KEYS[1])", 1, "n") == 1
    assert theirs.execute_command("HELLO", "2")
    with suppress(ResponseError):  # by a server that knows it not: the clients pass that over
        theirs.execute_command("CLIENT", "SETINFO", "LIB-NAME", "x")
    assert theirs.ping()


def test_the_grader_sees_all_and_memory_has_an_end(lab, theirs):
    """With its own user; and the submission's own password is still asked for."""
    address = lab.redis_address
    with closing(connect_redis(address, lab.redis_password, user=lab.redis_user)) as grader:
        assert grader.client_list()
        assert 0 < int(grader.config_get("maxmemory")["maxmemory"]) <= 256 << 20
    with closing(redis.Redis(*address)) as nobody, pytest.raises(RedisError):
        nobody.ping()
