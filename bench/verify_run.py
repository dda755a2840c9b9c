"""What ``lab6 bench verify`` runs: a generated log, and commands whose seconds, CPU and memory
are told.
"""

import os
import random
import signal
import subprocess
import sys
import uuid
from pathlib import Path
from time import monotonic
from typing import NamedTuple

ACTIONS = ("grayscale|", "resize|100x200", "resize|1024x768", "crop|0,0,50,50")
_TYPES = ("png", "jpg")
_FAILED = 0.02  #: of the jobs
_SOURCE = "worker/main.py"  #: the lab's worker writes where in its source each line comes from

#: The arguments of Python for a run of ``lab6`` that ends by telling its own peak, in kB, on
#: standard error. What the kernel tells of a child begins with its parent's memory; this does not.
_TELLS_PEAK = """
import re, sys
from pathlib import Path
from harness.cli import main
try:
    main()
finally:
    print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1], file=sys.stderr)
"""
#: The same judge without the bulk path: log, submitted ids.
_PLAINLY = """
import sys
from pathlib import Path
from harness.trace import Judge, lab_profile, load_submitted, read_lines
judge = Judge(lab_profile(), load_submitted(Path(sys.argv[2])))
with open(sys.argv[1], "rb") as log:
    judge.feed_all(read_lines(log))
sys.exit(not judge.finish().ok)
"""


class MadeLog(NamedTuple):
    """A log in which every rule holds, and the ids in published order."""

    file: Path
    submitted: Path


class Took(NamedTuple):
    """Of one run: wall clock, and CPU time of user and system."""

    seconds: float
    cpu: float


def write_log(folder: Path, jobs: int, seed: int = 6) -> MadeLog:
    """A log as the lab's worker writes it: three lines a job, about 400 bytes."""
    rnd = random.Random(seed)  # noqa: S311 - a repeatable log, no secret
    log = MadeLog(folder / f"{jobs}.log", folder / f"{jobs}.ids")
    with log.file.open("w", encoding="utf-8") as file, log.submitted.open("w") as ids:
        file.write(f"{_SOURCE}:40: Worker started listening for events...\n")
        for _ in range(jobs):
            job = str(uuid.UUID(int=rnd.getrandbits(128), version=4))
            picture = f"{job}.{rnd.choice(_TYPES)}"
            end = f"COMPLETED. Result saved to: ./storage/processed_{picture}"
            if rnd.random() < _FAILED:
                end = "FAILED. Error: cannot identify image file"
            file.write(
                f"{_SOURCE}:66: Received New Event: Job Submitted. "
                f"Data: {job}|./storage/{picture}|{rnd.choice(ACTIONS)}\n"
                f"{_SOURCE}:71: Status updated to PROCESSING for job {job}\n"
                f"{_SOURCE}:90: Job {job} {end}\n"
            )
            ids.write(f"{job}\n")
    return log


def ripgrep(log: MadeLog) -> list[str]:
    """``rg -c`` with the literals of the three lines."""
    words = ("Received New Event: Job Submitted. Data:", "Status updated to PROCESSING for job")
    literals = [*words, "COMPLETED. Result saved to:"]
    return ["rg", "-c", *(part for literal in literals for part in ("-e", literal)), str(log.file)]


def lab6(log: MadeLog, *, piped: bool = False, submitted: bool = True) -> list[str]:
    """``lab6 verify`` of the log, or of standard input."""
    return [sys.executable, "-m", "harness.cli", *verify_of(log, piped, submitted)]


def plainly(log: MadeLog) -> list[str]:
    """The judge line by line."""
    return [sys.executable, "-c", _PLAINLY, str(log.file), str(log.submitted)]


def timed(command: list[str], *, fed: Path | None = None, good: tuple[int, ...] = (0,)) -> Took:
    """Run to a good end; ``fed`` is a file that comes through a pipe, ``good`` are ends that are
    expected.

    Raises RuntimeError where the command says that anything is wrong.
    """
    began = monotonic()
    feeder = None
    if fed is not None:
        feeder = subprocess.Popen(["cat", str(fed)], stdout=subprocess.PIPE)  # noqa: S603, S607
    source = feeder.stdout if feeder else subprocess.DEVNULL
    with subprocess.Popen(  # noqa: S603 - our own commands
        command,
        stdin=source,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_environment(),
    ) as process:
        if feeder and feeder.stdout:
            feeder.stdout.close()  # the reader's alone: were it to end early, cat ends too
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = monotonic() - began
    if feeder:
        feeder.wait()
    if process.returncode not in good:
        raise RuntimeError(f"{' '.join(command[:4])}: {process.returncode}")
    return Took(seconds, used.ru_utime + used.ru_stime)


def _environment() -> dict[str, str]:
    """As an installed kit starts: with its modules compiled once, not at each start."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def timed_following(log: MadeLog) -> Took:
    """``lab6 verify --follow`` of the whole log, ended as by Ctrl-C once it has read what there
    is.
    """
    command = [*lab6(log), "--follow"]
    began = monotonic()
    with subprocess.Popen(  # noqa: S603 - our own command
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=_environment(),
    ) as process:
        line = process.stderr.readline() if process.stderr else b""  # it has read all that there is
        process.send_signal(signal.SIGINT)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0 or not line:
        raise RuntimeError(f"{' '.join(command[:4])}: {process.returncode}")
    return Took(monotonic() - began, used.ru_utime + used.ru_stime)


def peak(log: MadeLog, *, submitted: bool = True) -> int:
    """The most memory, in bytes, that ``lab6 verify`` of the log had at once."""
    command = [sys.executable, "-c", _TELLS_PEAK, *verify_of(log, False, submitted)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    return int(run.stderr.split()[-1]) * 1024


def verify_of(log: MadeLog, piped: bool, submitted: bool) -> list[str]:
    """The command line of ``lab6 verify`` for this log."""
    known = ["--submitted", str(log.submitted)] if submitted else []
    return ["verify", "-" if piped else str(log.file), *known]
