"""A slow work in the sandbox, where Redis knows the grader by a user of its own: its first job, its
rest, and its ends that are none.
"""

import threading
from contextlib import closing, contextmanager

import numpy as np
import pytest

from harness.grade.experiments.discovery import discover
from harness.grade.experiments.idle import idleness
from harness.grade.experiments.lab_under_test import LabUnderTest
from harness.grade.finding.looking import look_at_lists
from harness.grade.submission.assignment import load_assignment
from harness.grade.submission.handed_in import open_submission, stack_of
from harness.grade.verdict.rubric import load_rubric
from harness.lab6.workload import PICTURE_JOBS
from harness.stack.waiting import until
from harness.witness.connections import connect_redis
from harness.witness.monitor import monitored
from harness.witness.redis import RedisWitness
from tests.mutants.variants import Variant

pytestmark = pytest.mark.docker

JOB_S = 2  #: of each job: longer than anybody waits before looking whether something still comes
DEADLY = "die"  #: a message at which the worker ends
SECONDS = 60.0
CHANGES = (
    {
        "file": "lab6/worker/main.py",
        "old": "        # 2. Виконання роботи... process_image()\n",
        "new": f"        stopping.time.sleep({JOB_S})\n",
    },
    {
        "file": "lab6/worker/main.py",
        "old": "        # --- Обробка події ---\n",
        "new": f'        if job_data == "{DEADLY}":\n            os._exit(3)\n',
    },
    {
        "file": "docker-compose.yml",
        "old": "    build: ./lab6/worker\n",
        "new": "    build: ./lab6/worker\n    restart: always\n",
    },
)


@pytest.fixture(scope="module")
def submission(tmp_path_factory):
    """The slow work, handed in."""
    slow = Variant(kind="honest", name="slow", check=None, changes=CHANGES, engine=True)
    folder = slow.build(tmp_path_factory.mktemp("slow") / "lab")
    return open_submission(folder, load_assignment(), None)


@pytest.fixture(scope="module")
def stack(submission):
    """It, up."""
    with stack_of(submission, "compose") as stack:
        stack.up()
        yield stack


@pytest.fixture(scope="module")
def found(stack, submission):
    """What its first job has told."""
    job = PICTURE_JOBS.job(np.random.default_rng(6), 0)
    return discover(stack, submission, job, load_rubric().limits)


@pytest.fixture
def lab(stack, found, tmp_path):
    """It, under test."""
    return LabUnderTest(
        stack, PICTURE_JOBS, found.dialect, seed=6, folder=tmp_path, limits=load_rubric().limits
    )


def test_the_first_job_of_a_slow_work_is_waited_for(stack, found):
    """Longer than it takes until somebody looks into Redis whether anything still comes."""
    assert stack.redis_user
    assert len(found.probes) == 1
    assert (found.dialect.table, found.dialect.queue) == ("jobs", "image_processing_queue")


def test_a_cause_is_looked_for_in_redis_too(stack, found):
    """By the same user."""
    with RedisWitness.of(stack, queue="left") as redis:
        redis.push("a message")
        assert look_at_lists(stack)["left"] == (1, "a message")
        redis.clear()


def test_the_slow_worker_waits_in_redis_when_it_has_nothing_to_do(lab):
    """For the list of the jobs."""
    seen = idleness(lab)
    assert [one.command for one in seen.blocked] == ["blpop"]


def test_a_worker_that_the_engine_starts_again_is_not_given_up(lab, stack):
    """In its back-off, longer after each end, it does not run; yet its job completes."""
    with lab.witnesses() as seen:
        for _ in range(6):
            seen.redis.push(DEADLY)
        states = lambda: {state.status for state in stack.state("worker")}
        until(lambda: "restarting" in states(), deadline_s=SECONDS, what="a back-off")
        assert lab.send_and_wait(seen, SECONDS).status == "COMPLETED"


def grader(stack, **how):
    """A client that may do everything."""
    return connect_redis(stack.redis_address, stack.redis_password, user=stack.redis_user, **how)


@contextmanager
def waiting(stack, *command):
    """Within it somebody waits in Redis by this command."""
    with closing(grader(stack, name="somebody", answer_s=None)) as client:
        number = client.client_id()
        waits = threading.Thread(target=client.execute_command, args=command, daemon=True)
        waits.start()
        try:
            with RedisWitness.of(stack) as redis:
                until(
                    lambda: any(one.id == number and one.blocked for one in redis.clients()),
                    deadline_s=SECONDS,
                    what=" ".join(command),
                )
            yield
        finally:
            with closing(grader(stack)) as chief:
                chief.client_unblock(number)
            waits.join(SECONDS)


def test_who_waits_elsewhere_leaves_what_lies_here(stack, found):
    """A worker at a list of another name for good; but a notifier at a stream says nothing of a
    message whose worker pauses.
    """
    stack.stop("worker")
    try:
        with RedisWitness.of(stack, queue="here") as redis:
            assert not redis.at_rest()
            with waiting(stack, "XREAD", "BLOCK", "0", "STREAMS", "news", "$"):
                assert redis.at_rest()
                redis.push("a message")
                assert not redis.at_rest()
                with waiting(stack, "BLPOP", "there", "0"):
                    assert redis.at_rest()
            redis.clear()
    finally:
        stack.start("worker")


def test_who_is_woken_is_heard_however_much_is_said_before(stack):
    """As many commands as one likes; and a decoy at a key that nobody touches is none."""
    login = (stack.redis_address, stack.redis_password, stack.redis_user)
    with (
        monitored(*login) as monitor,
        closing(grader(stack)) as client,
        waiting(stack, "BLPOP", "nobody", "0"),
        waiting(stack, "BZPOPMIN", "marker", "0"),
        RedisWitness.of(stack) as redis,
    ):
        rests = {one.command: one.address for one in redis.blocked() if one.name == "somebody"}
        for _ in range(30):
            crowd = client.pipeline(transaction=False)
            for _ in range(1000):
                crowd.get("anything")
            crowd.execute()
        assert not monitor.woken() & set(rests.values())
        client.eval("return redis.call('EXISTS', KEYS[1])", 1, "marker")
        until(
            lambda: rests["bzpopmin"] in monitor.woken(),
            deadline_s=SECONDS,
            what="the marker's touch",
        )
        assert rests["blpop"] not in monitor.woken()
