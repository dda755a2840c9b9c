"""``lab6 verify --follow``: what a large log holds already is judged at once, and what comes
later as it comes.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bench.verify_run import write_log

ROOT = Path(__file__).parents[3]
LIMIT_S = 60
JOB = "0f0f0f0f-1111-4222-8333-444444444444"
LINES = (
    f"worker/main.py:66: Received New Event: Job Submitted. Data: {JOB}|./storage/{JOB}.png|grayscale|\n"
    f"worker/main.py:71: Status updated to PROCESSING for job {JOB}\n"
    f"worker/main.py:90: Job {JOB} COMPLETED. Result saved to: ./storage/processed_{JOB}.png\n"
)


@pytest.mark.parametrize("jobs", [2_000, 10_000], ids=["line by line", "by the block"])
@pytest.mark.parametrize("cut", [0, 40, len(LINES) - 20])
def test_a_job_that_comes_while_it_is_followed_is_judged_with_the_others(tmp_path, jobs, cut):
    """The log ends in the middle of a line, wherever; the rest comes later, and every job
    counts once.
    """
    log = write_log(tmp_path, jobs)
    with log.file.open("a", encoding="utf-8") as file:
        file.write(LINES[:cut])
        file.flush()
        seen, verdict = followed(
            log.file, tmp_path, lambda: (file.write(LINES[cut:]), file.flush())
        )
    assert verdict["ok"] is True
    assert (verdict["jobs"], verdict["lines"]) == (jobs + 1, 3 * jobs + 4)
    assert any(JOB in line and "COMPLETED" in line for line in seen)


def followed(log, folder, more):
    """Follow until it has caught up, then let more come until the job's end is shown; the
    lines, the verdict.
    """
    target = folder / "verdict.json"
    command = [
        sys.executable,
        "-m",
        "harness.cli",
        "verify",
        str(log),
        "--follow",
        "--json",
        str(target),
    ]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8"
    ) as process:
        seen = [process.stderr.readline()]
        more()
        for line in process.stderr:
            seen.append(line)
            if "COMPLETED" in line:
                break
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0
    return seen, json.loads(target.read_text(encoding="utf-8"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_named_pipe_is_followed_from_its_beginning(tmp_path):
    """It cannot be looked through beforehand, and never ends."""
    pipe = tmp_path / "log"
    os.mkfifo(pipe)
    with pipe.open("r+b", buffering=0) as log:
        seen, verdict = followed(pipe, tmp_path, lambda: log.write(LINES.encode()))
    assert verdict["jobs"] == 1
    assert any("COMPLETED" in line for line in seen)
