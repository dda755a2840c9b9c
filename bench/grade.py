"""``lab6 bench grade``: how long grading takes beside the barest run of the same stack, and
where the time goes.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import monotonic
from typing import Any

import click
import numpy as np

from bench import SCHEMA
from harness.cli.json_output import check_json, write_json
from harness.cli.terminal import err, out
from harness.grade.submission.assignment import load_assignment
from harness.grade.submission.handed_in import open_submission, stack_of
from harness.lab6.pictures import make_picture
from harness.lab6.requests import picture_job
from harness.stack.docker_door import engine
from harness.stack.waiting import until
from harness.texts import number, say
from harness.witness.http import Api
from harness.witness.postgres import PostgresWitness

ROOT = Path(__file__).parents[1]
_ROUNDS = 3
_JOB_S = 60.0
_LIMIT_S = 1800


@click.command(help=say("bench.grade.help"))
@click.option(
    "--group", default=6, metavar="N", show_default=True, help=say("bench.grade.option-group")
)
@click.option("--json", "json_file", metavar="FILE", help=say("cli.option-json"))
def grade(group: int, json_file: str | None) -> int:
    """Measure, print, write; always 0: it is a measurement, not a judgement."""
    check_json(json_file)
    engine()
    document = measure(group, lambda text: err().print(f"… {text}", style="dim"))
    for line in told(document):
        out().print(line, markup=False)
    if json_file is not None:
        write_json(json_file, document)
    return 0


def measure(group: int, progress: Callable[[str], None]) -> dict[str, Any]:
    """Bare runs and whole gradings of the reference in turn, images warm; then a group, twice."""
    with tempfile.TemporaryDirectory(prefix="lab6-bench-") as folder:
        place = Path(folder)
        progress(say("bench.grade.warming"))
        _graded([ROOT], place / "warm", 1)
        bare, whole, verdicts = [], [], []
        for number in range(_ROUNDS):
            progress(say("bench.grade.round", number=number + 1, most=_ROUNDS))
            bare.append(_timed(bare_cycle))
            results = place / f"round-{number}"
            whole.append(_timed(lambda results=results: _graded([ROOT], results, 1)))  # type: ignore[misc]
            verdicts.append(_verdict(results))
        seconds = {"bare": round(median(bare), 2), "grade": round(median(whole), 2)}
        if group:
            labs = [_copy(place / f"lab-{number}") for number in range(group)]
            _graded(labs, place / "group-warm", 2)
            for jobs in (1, 2):
                progress(say("bench.grade.group", count=group, jobs=jobs))
                took = _timed(lambda jobs=jobs: _graded(labs, place / f"group-{jobs}", jobs))  # type: ignore[misc]
                seconds[f"group_jobs_{jobs}"] = round(took, 2)
    ratios = {"grade_to_bare": round(seconds["grade"] / seconds["bare"], 2)}
    if group:
        ratios["jobs_2_to_1"] = round(seconds["group_jobs_2"] / seconds["group_jobs_1"], 2)
    experiments = {
        name: round(median(verdict["experiments"][name] for verdict in verdicts), 2)
        for name in verdicts[0]["experiments"]
    }
    return {
        "schema": SCHEMA,
        "name": "grade",
        "seconds": seconds,
        "ratios": ratios,
        "experiments_s": experiments,
        "group": group,
        "rounds": {"bare": bare, "grade": whole},
    }


def told(document: dict[str, Any]) -> list[str]:
    """The measurement as lines."""
    seconds = {name: number(took) for name, took in document["seconds"].items()}
    ratios = {name: number(ratio) for name, ratio in document["ratios"].items()}
    lines = [say("bench.grade.bare", seconds=seconds["bare"])]
    lines.append(say("bench.grade.whole", seconds=seconds["grade"], ratio=ratios["grade_to_bare"]))
    slowest = sorted(document["experiments_s"].items(), key=lambda item: -item[1])
    lines += [f"    {name:<16} {number(took, '6.2f')}" for name, took in slowest]
    if document["group"]:
        facts = {"count": document["group"], "ratio": ratios["jobs_2_to_1"]}
        one, two = seconds["group_jobs_1"], seconds["group_jobs_2"]
        lines.append(say("bench.grade.both", one=one, two=two, **facts))
    return lines


def bare_cycle() -> None:
    """The same sandbox up, one job through it, down."""
    submission = open_submission(ROOT, load_assignment(), None)
    picture = make_picture(np.random.default_rng(6))
    with stack_of(submission, "compose") as stack:
        stack.up()
        with Api(stack.url) as api, PostgresWitness(stack.postgres_dsn) as postgres:
            job_id = api.submit(picture_job(picture.data, "grayscale")).job_id or ""

            def done() -> bool:
                row = postgres.row(job_id)
                return row is not None and row.status == "COMPLETED"

            until(done, deadline_s=_JOB_S, what="the job", interval_s=0.02)


def _graded(labs: list[Path], place: Path, jobs: int) -> None:
    command = [sys.executable, "-m", "harness.cli", "grade", *map(str, labs)]
    command += ["--out", str(place), "--jobs", str(jobs)]
    run = subprocess.run(  # noqa: S603 - our own command
        command, cwd=ROOT, capture_output=True, text=True, timeout=_LIMIT_S, check=False
    )
    if run.returncode != 0:
        raise RuntimeError(f"lab6 grade: {run.returncode}\n{run.stdout}{run.stderr}")


def _verdict(place: Path) -> dict[str, Any]:
    (file,) = place.glob("*/verdict.json")
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return document


def _copy(folder: Path) -> Path:
    folder.mkdir()
    shutil.copytree(ROOT / "lab6", folder / "lab6", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "docker-compose.yml", folder)
    return folder


def _timed(work: Callable[[], None]) -> float:
    began = monotonic()
    work()
    return round(monotonic() - began, 2)
