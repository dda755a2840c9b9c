"""Logs as people hand them in: each form with four logs, two of them with the submitted ids, none
judged wrong, none left unjudged.
"""

import json

import pytest
from click.testing import CliRunner

from harness.cli.verify import verify
from tests.unit.trace.whole_logs import FORMS, LogForm, LogRow

IDS = [f"{n:02x}3e742e-1c2d-4e3f-8a4b-5c6d7e8f9a0b" for n in range(0xA0, 0xA8)]
SPOILT = IDS[3]
LOGS = {
    "good": set(),
    "no PROCESSING": {("missing-step", SPOILT)},
    "forged path": {("result-path", SPOILT)},
    "no end": {("unfinished", SPOILT)},
}


def worded(log: str, job: str) -> list[str]:
    """The lines of one job."""
    lines = [
        f"worker/main.py:66: Received New Event: Job Submitted. Data: {job}|./storage/{job}.png|grayscale|",
        f"worker/main.py:71: Status updated to PROCESSING for job {job}",
        f"worker/main.py:90: Job {job} COMPLETED. Result saved to: ./storage/processed_{job}.png",
    ]
    if job == SPOILT and log == "no PROCESSING":
        del lines[1]
    elif job == SPOILT and log == "forged path":
        lines[2] = lines[2].replace("./storage", "/etc")
    elif job == SPOILT and log == "no end":
        del lines[2]
    return lines


def rows(log: str, workers: int) -> list[LogRow]:
    """The jobs, each in turn another worker's, their lines interleaved."""
    queues = [
        [line for job in IDS[w::workers] for line in worded(log, job)] for w in range(workers)
    ]
    made: list[LogRow] = []
    while any(queues):
        made += [
            LogRow(len(made) + at, worker, queue.pop(0))
            for at, (worker, queue) in enumerate(
                (worker, queue) for worker, queue in enumerate(queues, 1) if queue
            )
        ]
    return made


def judged(folder, form: LogForm, log: str, *more: str) -> tuple[bool | None, set, str | None]:
    file, target = folder / form.file, folder / "verdict.json"
    file.write_bytes(form.make(rows(log, form.workers)))
    arguments = [str(file), "--json", str(target), *more]
    CliRunner().invoke(verify, arguments, standalone_mode=False, catch_exceptions=False)
    document = json.loads(target.read_text(encoding="utf-8"))
    found = {(v["rule"], v["job_id"]) for v in document["violations"]}
    return document["ok"], found, document.get("reason")


@pytest.mark.parametrize("name", FORMS)
def test_a_log_as_people_have_it_is_judged_right(tmp_path, name) -> None:
    ids = tmp_path / "ids.txt"
    ids.write_text("".join(f"{job}\n" for job in IDS), encoding="utf-8")
    for number, (log, broken) in enumerate(LOGS.items()):
        more = () if number % 2 else ("--submitted", str(ids))
        assert judged(tmp_path, FORMS[name], log, *more) == (not broken, broken, None), log
