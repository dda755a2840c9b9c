"""``lab6 demo`` for real: a PostgreSQL, a Redis, the two services, and pictures held against
the oracle.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from harness.lab6.oracle.judging import judge_picture
from harness.lab6.plan import make_plan
from harness.trace import Judge, lab_profile, read_lines
from tests.command import lab6 as run_lab6

pytestmark = pytest.mark.embedded

JOBS = 8
LIMIT_S = 180


def lab6(*arguments, cwd, given=None):
    """Run the command as a person does; the finished process."""
    return run_lab6(*arguments, place=cwd, limit_s=LIMIT_S, given=given)


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory):
    """One demonstration of eight jobs: the finished process, its document, its folder."""
    here = tmp_path_factory.mktemp("demo")
    run = lab6("demo", "--runtime", "embedded", "--jobs", str(JOBS), "--json", "f.json", cwd=here)
    assert run.returncode == 0, run.stderr + run.stdout
    return run, json.loads((here / "f.json").read_text(encoding="utf-8")), here


def test_everything_agrees(demonstration):
    """The verdict is true, of the demonstration and of its log."""
    _, document, _ = demonstration
    assert document["schema"] == "lab6/demo/v1"
    assert (document["ok"], document["runtime"]) == (True, "embedded")
    assert document["trace"]["schema"] == "lab6/trace/v1"
    assert (document["trace"]["ok"], document["trace"]["jobs"]) == (True, JOBS)
    assert document["trace"]["violations"] == []


def test_each_job_has_its_own_response_and_way(demonstration):
    """Fresh ids, QUEUED at first, three events in order, each later than the one before."""
    _, document, _ = demonstration
    jobs = document["jobs"]
    assert len({job["job_id"] for job in jobs}) == JOBS
    for job in jobs:
        assert job["response"] == {"job_id": job["job_id"], "status": "QUEUED"}
        assert job["http_status"] == 202
        kinds = [event["kind"] for event in job["events"]]
        assert kinds == ["received", "processing", job["status"].lower()]
        times = [event["time"] for event in job["events"]]
        assert times == sorted(times)
        assert all(job["job_id"] in event["text"] for event in job["events"])


def test_one_picture_is_broken_and_fails_with_a_reason(demonstration):
    """The api took the truncated picture; the worker said FAILED, and why."""
    _, document, _ = demonstration
    failed = [job for job in document["jobs"] if job["status"] == "FAILED"]
    assert len(failed) == 1
    assert failed[0]["error"]
    assert failed[0]["output"] is None


def test_the_pictures_are_right_to_the_pixel(demonstration):
    """Each result, read anew from its local copy, passes the oracle; grey and crop by plain
    NumPy too.
    """
    _, document, _ = demonstration
    for job in document["jobs"]:
        if job["output"] is None:
            continue
        before, after = Path(job["input"]), Path(job["output"])
        verdict = judge_picture(
            before.read_bytes(), after.read_bytes(), job["action"], job["params"], exact=True
        )
        assert verdict.ok, (job, verdict)
        if job["action"] == "crop" and after.suffix == ".png":
            left, top, right, bottom = map(int, job["params"].split(","))
            whole, part = np.asarray(Image.open(before)), np.asarray(Image.open(after))
            assert np.array_equal(whole[top:bottom, left:right], part)


def test_the_results_stay_in_a_folder_that_the_user_is_told(demonstration):
    """Pictures, both logs, the ids and the document itself."""
    run, document, here = demonstration
    (folder,) = (here / "out").glob("demo-*")
    assert f"out{os.sep}{folder.name}" in run.stdout
    assert json.loads((folder / "demo.json").read_text(encoding="utf-8")) == document
    assert len(list((folder / "pictures").glob("*-in.*"))) == JOBS
    assert len(list((folder / "pictures").glob("*-out.*"))) == JOBS - 1
    submitted = (folder / "submitted.txt").read_text(encoding="utf-8").split()
    assert submitted == [job["job_id"] for job in document["jobs"]]
    with (folder / "worker.log").open("rb") as log:
        judge = Judge(lab_profile(), submitted)
        for line in read_lines(log):
            judge.feed(line)
    assert judge.finish().ok is True


def test_the_kept_log_passes_verify(demonstration):
    """What demo leaves, verify reads: the log with the submitted ids, from the document itself."""
    _, _, here = demonstration
    (folder,) = (here / "out").glob("demo-*")
    log, ids = str(folder / "worker.log"), str(folder / "demo.json")
    assert lab6("verify", log, "--submitted", ids, cwd=here).returncode == 0


def test_the_table_fits_80_columns_and_has_each_job(demonstration):
    """Results on stdout, readable; the live log on stderr."""
    run, document, _ = demonstration
    for job in document["jobs"]:
        assert job["job_id"][:8] in run.stdout
        assert f"Job {job['job_id']}" in run.stderr
    table = run.stdout.partition("\n\n")[0]
    assert max(map(len, table.splitlines())) <= 80


@pytest.mark.slow
def test_a_seed_gives_its_pictures_again(tmp_path):
    """A run can be done again from its seed; ``--json -`` leaves standard output to the program."""
    run = lab6(
        "demo", "--runtime", "embedded", "--jobs", "2", "--seed", "7", "--json", "-", cwd=tmp_path
    )
    document = json.loads(run.stdout)
    assert document["seed"] == 7
    for planned, job in zip(make_plan(7, 2), document["jobs"], strict=True):
        assert Path(job["input"]).read_bytes() == planned.picture.data


def running_of(pid):
    """The process and its descendants that still run."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_leaves_nothing(tmp_path, how):
    """Ctrl-C or kill in the middle of the work: a short line, exit 2, no process of it is left."""
    with subprocess.Popen(
        [sys.executable, "-m", "harness.cli", "demo", "--runtime", "embedded", "--jobs", "50"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "LAB6_LANG": "uk"},
    ) as run:
        for line in run.stderr:
            if "Received New Event" in line:
                break
        started = running_of(run.pid)
        assert len(started) > 1
        run.send_signal(how)
        _, errors = run.communicate(timeout=LIMIT_S)
    assert run.returncode == 2
    assert "Перервано" in errors
    assert "Traceback" not in errors
    _, alive = psutil.wait_procs(started, timeout=20)
    assert alive == []
