"""The loops that the kit is compared with run, and lose what they are known to lose."""

import random

import pytest
from click.testing import CliRunner

from bench.faults_nemesis import Nemesis
from bench.faults_run import LEASE_S, running_lab
from harness.lab6.requests import picture_job
from harness.loops import LOOPS, build_lab
from harness.stack.embedded import EmbeddedStack
from harness.stack.waiting import until
from harness.witness.http import Api
from harness.witness.redis import RedisWitness

pytestmark = pytest.mark.embedded


@pytest.mark.parametrize("loop", LOOPS)
def test_every_loop_can_be_built_and_is_valid_python(loop: str, tmp_path) -> None:
    lab = build_lab(loop, tmp_path / "lab")
    for file in lab.rglob("*.py"):
        compile(file.read_text(encoding="utf-8"), str(file), "exec")


@pytest.mark.slow
def test_the_labs_own_worker_runs_in_the_kits_place_without_any_failpoint(
    picture, tmp_path
) -> None:
    with EmbeddedStack(lab=build_lab("lab", tmp_path / "lab")) as stack:
        stack.up()
        with Api(stack.url) as api:
            job = api.submit(picture_job(picture, "grayscale")).job_id
            until(
                lambda: api.row(job).document["status"] == "COMPLETED",
                deadline_s=30,
                what="the job",
            )
        log = [line.decode() for line in stack.logs("worker")]
    assert [line.partition(": ")[2].split(" ")[0] for line in log] == [
        "Worker",
        "Received",
        "Status",
        "Job",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("loop", "status"), [("lab", "QUEUED"), ("blmove", "COMPLETED")])
def test_a_worker_killed_after_taking_an_event(loop: str, status: str, picture) -> None:
    """The lab's loop loses the job, for nobody knows of it any more; BLMOVE's finds it again."""
    with running_lab(loop, "embedded") as (stack, armed), Api(stack.url) as api:
        nemesis = Nemesis(stack, armed, random.Random(6), lease_s=LEASE_S)
        nemesis.arm("worker.pop", "kill")
        victim = api.submit(picture_job(picture, "grayscale")).job_id
        until(lambda: nemesis.some("worker", "exited"), deadline_s=30, what="the worker's end")
        nemesis.heal()
        after = api.submit(picture_job(picture, "grayscale")).job_id

        def at_rest() -> bool:
            with RedisWitness(stack.redis_address) as redis:
                idle = bool(redis.blocked()) and not redis.queue_length()
            return idle and api.row(after).document["status"] == "COMPLETED"

        until(at_rest, deadline_s=30, what="rest")
        assert api.row(victim).document["status"] == status


@pytest.mark.slow
def test_the_command_prints_jepsens_words_and_writes_the_json(tmp_path) -> None:
    import json

    from bench.faults import faults
    from bench.faults_judge import COUNTS

    target = tmp_path / "faults.json"
    arguments = ["--loop", "kit", "--jobs", "12", "--faults", "3", "--seed", "4"]
    result = CliRunner().invoke(faults, [*arguments, "--json", str(target)], standalone_mode=False)
    document = json.loads(target.read_text(encoding="utf-8"))
    assert (document["schema"], document["name"]) == ("lab6/bench/v1", "faults")
    counts = document["loops"]["kit"]
    assert set(counts) == {*COUNTS, "faults"}
    assert (counts["lost"], counts["unexpected"], counts["completed_twice"]) == (0, 0, 0)
    assert counts["acknowledged"] == counts["ok"] == 12
    assert (result.exception, result.return_value) == (None, 0)
