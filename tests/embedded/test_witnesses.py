"""The witnesses see what is there, and say so when they cannot see."""

import threading
import uuid
from contextlib import closing

import numpy as np
import psycopg2
import pytest

from harness.grade.demonstration.run import JobSent, demonstrate
from harness.lab6.oracle.judging import judge_picture
from harness.lab6.pictures import ACTIONS, Variant, make_params, make_picture
from harness.lab6.requests import picture_job
from harness.lab6.workload import PICTURE_JOBS
from harness.stack.embedded import EmbeddedStack
from harness.stack.waiting import until
from harness.trace import Kind
from harness.trace.ids import names_id
from harness.witness.dialect import Dialect
from harness.witness.errors import WaitTimeoutError, WitnessError
from harness.witness.http import Api
from harness.witness.job_search import rows_naming
from harness.witness.log import LogFollower
from harness.witness.monitor import monitored
from harness.witness.postgres import PostgresWitness
from harness.witness.redis import RedisWitness

pytestmark = pytest.mark.embedded

PICTURE = make_picture(np.random.default_rng(8))
SECONDS = 20.0


@pytest.fixture(scope="module")
def lab():
    """A lab of this file's own: its tests stop and pause services."""
    with EmbeddedStack() as stack:
        stack.up()
        yield stack


def submit(stack):
    """Submit one picture; its id."""
    with Api(stack.url) as api:
        answer = api.submit(picture_job(PICTURE.data, "grayscale"))
    assert answer.status == 202
    return answer.job_id


def test_http_tells_status_json_and_times(lab):
    """An answer is a fact, whatever its status."""
    with Api(lab.url) as api:
        answer = api.submit(picture_job(PICTURE.data, "grayscale"))
        unknown = api.row("00000000-0000-4000-8000-000000000000")
    assert answer.document == {"job_id": answer.job_id, "status": "QUEUED"}
    assert answer.media_type == "application/json"
    assert answer.sent < answer.answered
    assert 0 < answer.seconds < SECONDS
    assert (unknown.status, unknown.job_id) == (404, None)


def test_http_takes_action_and_params_as_query(lab):
    """The contract's other way to say what is to be done."""
    with Api(lab.url, dialect=Dialect(as_query=True)) as api:
        assert api.submit(picture_job(PICTURE.data, "resize", "20x20")).status == 202


def test_redis_sees_the_idle_worker_blocked(lab):
    """The waiting worker is a client blocked in BLPOP; the witness itself is not among them."""
    with RedisWitness(lab.redis_address) as redis:
        blocked = until(redis.blocked, deadline_s=SECONDS, what="a blocked worker")
        assert {client.command for client in blocked} == {"blpop"}
        assert all(client.name != "lab6-witness" for client in redis.clients())
        assert redis.queue_length() == 0


def test_redis_sees_the_message_while_the_worker_is_stopped(lab):
    """Without a worker the event waits in the list, in the contract's form."""
    lab.stop("worker")
    try:
        job = submit(lab)
        with RedisWitness(lab.redis_address) as redis:
            assert redis.queue_length() == 1
            (message,) = redis.queue()
            assert redis.keys() == ("image_processing_queue",)
        found, path, action, params = message.split("|")
        assert (found, action, params) == (job, "grayscale", "")
        assert lab.read("worker", path) == PICTURE.data
    finally:
        lab.start("worker")


def naming(job_id):
    return lambda message: names_id(message, job_id)


def test_one_jobs_message_is_taken_back_and_no_other(lab):
    """In the database of the queue; one that is not there, or stands there twice, is left."""
    with (
        RedisWitness(lab.redis_address, queue="own", database=3) as redis,
        RedisWitness(lab.redis_address, queue="own") as elsewhere,
    ):
        for message in ("AB-1|x", "cd-2|y", "ef-3|z", "ef-3|z"):
            redis.push(message)
        assert elsewhere.take_back(naming("ab-1"), word="now") is None
        assert [redis.take_back(naming(job), word="now") for job in ("ab-1", "ab-1", "ef-3")] == [
            "AB-1|x",
            None,
            None,
        ]
        assert redis.queue() == ("cd-2|y", "ef-3|z", "ef-3|z")
        redis.clear()


def test_a_job_is_found_by_its_id_with_hyphens_or_without(lab):
    """In the list, by the monitor, in the table: however the work writes it."""
    job_id = str(uuid.uuid4())
    bare = job_id.replace("-", "")
    dialect = Dialect(table="bare", columns={"id": "id", "status": "status"})
    with (
        RedisWitness(lab.redis_address, queue="own") as redis,
        monitored(lab.redis_address, lab.redis_password, lab.redis_user) as monitor,
        closing(psycopg2.connect(lab.postgres_dsn)) as connection,
        PostgresWitness(lab.postgres_dsn, dialect) as postgres,
    ):
        redis.push(f"{bare.upper()}|x")
        assert monitor.queue_of(job_id, deadline_s=SECONDS).key == "own"
        assert redis.take_back(naming(job_id), word="now") == f"{bare.upper()}|x"
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE bare (id text, status text)")
            cursor.execute("INSERT INTO bare VALUES (%s, 'QUEUED')", (bare.upper(),))
            try:
                assert [row.table for row in rows_naming(lab.postgres_dsn, job_id)] == ["bare"]
                assert postgres.row(job_id).id == job_id
            finally:
                cursor.execute("DROP TABLE bare")


def test_an_event_that_is_published_anew_is_heard(lab):
    """Of this job and in this list alone: a message beside, for whatever reason, is another's."""
    with (
        RedisWitness(lab.redis_address, queue="own") as redis,
        RedisWitness(lab.redis_address, queue="beside") as beside,
        monitored(lab.redis_address, lab.redis_password, lab.redis_user) as monitor,
    ):
        for message in ("AB-1|x", "cd-2|y"):
            redis.push(message)
            beside.push(message)
        event = redis.take_back(naming("ab-1"), word="now")
        before = list(monitor.pushes_into("own", until_word="now"))
        redis.push(event)
        redis.tell("after")
        after = list(monitor.pushes_into("own", until_word="after"))
        redis.clear()
        beside.clear()
    assert [push.message for push in before] == ["AB-1|x", "cd-2|y"]
    assert [push.message for push in after] == ["AB-1|x"]


def test_what_redis_holds_is_cut_before_it_comes(lab, monkeypatch):
    """Messages as large as Redis itself wear no witness out; how many there are is seen."""
    monkeypatch.setattr("harness.witness.redis._LONGEST", 10)
    monkeypatch.setattr("harness.witness.redis._MOST_BYTES", 25)
    with RedisWitness(lab.redis_address, queue="large") as redis:
        for letter in "abcd":
            redis.push(letter * 100)
        heads = [redis.queue(), redis.lists()["large"]]
        redis.clear()
    assert heads == [("a" * 10, "b" * 10, "c" * 5, ""), (4, "a" * 25)]


def test_postgres_sees_committed_rows(lab):
    """A job's row from its first status to its last; unknown ids have none."""
    job = submit(lab)
    with PostgresWitness(lab.postgres_dsn) as postgres:
        row = until(
            lambda: (found := postgres.row(job)) and found.status == "COMPLETED" and found,
            deadline_s=SECONDS,
            what="COMPLETED",
        )
        assert row.action == "grayscale"
        assert row.output_path
        assert all(moment.tzinfo is not None for moment in row.times.values())
        assert postgres.row("00000000-0000-4000-8000-000000000000") is None
        assert postgres.count() == len(postgres.rows()) >= 1


def test_a_column_that_refers_to_a_table_of_words_is_read_with_them(lab):
    """Small tables alone, and none of their large rows."""
    job_id = str(uuid.uuid4())
    with (
        closing(psycopg2.connect(lab.postgres_dsn)) as connection,
        connection.cursor() as cursor,
    ):
        connection.autocommit = True
        cursor.execute("CREATE SCHEMA other")
        try:
            cursor.execute(
                "CREATE TABLE other.words (n int PRIMARY KEY, word text, more text);"
                "INSERT INTO other.words VALUES (1, 'QUEUED'), (2, 'DONE'), (3, repeat('x', 9999));"
                "CREATE TABLE other.many (n int PRIMARY KEY);"
                "INSERT INTO other.many SELECT generate_series(1, 99);"
                "CREATE TABLE other.works (id uuid, state int REFERENCES other.words,"
                " one int REFERENCES other.many)"
            )
            cursor.execute("INSERT INTO other.works VALUES (%s, 2, 7)", (job_id,))
            (row,) = rows_naming(lab.postgres_dsn, job_id)
        finally:
            cursor.execute("DROP SCHEMA other CASCADE")
    assert (row.schema, row.table, row.values["state"]) == ("other", "works", "2")
    assert row.referred["state"] == {"1": ("QUEUED",), "2": ("DONE",)}
    assert set(row.referred) == {"state"}


def test_the_postgres_witness_survives_a_restart(lab):
    """After a restart it asks anew on a new connection."""
    with PostgresWitness(lab.postgres_dsn) as postgres:
        before = postgres.count()
        lab.restart("postgres")
        assert postgres.count() == before


def test_the_redis_witness_survives_a_restart(lab):
    """So does the Redis witness."""
    with RedisWitness(lab.redis_address) as redis:
        assert redis.queue_length() == 0
        lab.restart("redis")
        assert redis.queue_length() == 0


def test_a_follower_sees_events_as_they_come(lab):
    """JobSent after it began to follow: three events with times, then the job is final."""
    until(lambda: worker_waits(lab), deadline_s=SECONDS, what="the worker after the restarts")
    heard = []
    with LogFollower(lab, on_event=heard.append) as log:
        job = submit(lab)
        log.wait_until_final([job], quiet_s=SECONDS)
        kinds = [event.kind for event in log.events_of(job)]
        assert kinds == [Kind.RECEIVED, Kind.PROCESSING, Kind.COMPLETED]
        assert all(event.time is not None for event in log.events_of(job))
        assert [event for event in heard if event.job_id == job] == list(log.events_of(job))
        assert log.events_of(job)[0].message.action == "grayscale"


def worker_waits(stack):
    """Whether a worker waits in Redis."""
    with RedisWitness(stack.redis_address) as redis:
        return redis.blocked()


def test_waiting_for_what_never_comes_ends(lab):
    """A silent log ends the wait after its quiet time, and says what was awaited."""
    with LogFollower(lab) as log, pytest.raises(WaitTimeoutError) as caught:
        log.wait_until_final(["00000000-0000-4000-8000-000000000000"], quiet_s=0.5)
    assert "00000000" in caught.value.facts["what"]


def test_lines_that_say_nothing_new_do_not_prolong_the_wait(lab):
    """A worker that complains without end has not said a word of what is awaited."""
    over = threading.Event()

    def complain():
        with RedisWitness(lab.redis_address) as redis:
            while not over.wait(0.05):
                redis.push("rubbish")

    complaining = threading.Thread(target=complain)
    complaining.start()
    try:
        with LogFollower(lab) as log, pytest.raises(WaitTimeoutError):
            log.wait_until_final(
                ["00000000-0000-4000-8000-000000000000"], quiet_s=1.0, deadline_s=10**6
            )
        assert any("rubbish" in event.text for event in log.events)
    finally:
        over.set()
        complaining.join()


def test_a_dead_worker_ends_the_wait_early(lab):
    """Nobody is left who could write the line: no need to sit out the quiet time."""
    lab.kill("worker")
    try:
        with LogFollower(lab) as log, pytest.raises(WaitTimeoutError):
            log.wait_until_final([submit(lab)], quiet_s=600)
    finally:
        lab.start("worker")


def test_a_closed_follower_leaves_no_thread(lab):
    """Following is over when it is closed."""
    with LogFollower(lab):
        pass
    assert not any(thread.name == "log-worker" for thread in threading.enumerate())


def test_nobody_there_is_a_lost_witness_not_a_no():
    """Each witness says that it could not see, and what it asked."""
    with Api("http://127.0.0.1:9") as api, pytest.raises(WitnessError) as silent:
        api.row("x")
    assert silent.value.reference == "api-silent"
    with RedisWitness(("127.0.0.1", 9)) as redis, pytest.raises(WitnessError) as lost:
        redis.queue_length()
    assert lost.value.reference == "witness-redis"
    dsn = "host=127.0.0.1 port=9 dbname=x user=x password=x"
    with PostgresWitness(dsn) as postgres, pytest.raises(WitnessError) as gone:
        postgres.count()
    assert gone.value.reference == "witness-postgres"


def test_a_demonstration_names_what_a_dead_worker_left_undone(lab, tmp_path):
    """Accepted and never processed: false, with the jobs lost and the worker's end told."""
    lab.stop("worker")
    try:
        found = demonstrate(lab, PICTURE_JOBS, folder=tmp_path, jobs=3, seed=1, quiet_s=3.0)
    finally:
        lab.start("worker")
    assert found.ok is False
    assert [state.name for state in found.ended] == ["worker-1"]
    for job in found.jobs:
        assert [p.reference for p in job.problems] == ["row-status", "log-no-end"]


@pytest.mark.parametrize("variant", Variant)
@pytest.mark.parametrize("action", ACTIONS)
def test_oddities_of_real_files_come_out_right(lab, variant, action):
    """Grey, palette, opacity, EXIF orientation, CMYK: each action's result is right to the
    oracle.
    """
    rng = np.random.default_rng(31)
    picture = make_picture(rng, variant=variant)
    params = make_params(rng, action, picture.size)
    with Api(lab.url) as api:
        job = api.submit(picture_job(picture.data, action, params)).job_id
        with PostgresWitness(lab.postgres_dsn) as postgres:
            until(
                lambda: postgres.row(job).status == "COMPLETED",
                deadline_s=SECONDS,
                what="COMPLETED",
            )
        result = api.result(job)
    verdict = judge_picture(picture.data, result.body, action, params, exact=True)
    assert verdict.ok, verdict


def test_a_demonstration_tells_of_each_submission(lab, tmp_path):
    """Whoever watches hears of each job in turn."""
    told = []
    demonstrate(lab, PICTURE_JOBS, folder=tmp_path, jobs=2, seed=2, on_event=told.append)
    assert [one.planned.number for one in told if isinstance(one, JobSent)] == [1, 2]
