"""Runs the grading suite as a process of its own, and reads the verdict that it leaves."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from harness.cli.assignment_option import CHECKS
from harness.cli.no_interrupt import shielded
from harness.cli.problems import UsageProblem
from harness.texts import number, say

#: Each check says its own line (checks/conftest.py), the table at the end everything; tracebacks of
#: the kit's own faults stand in the verdict.
_QUIET = (
    "-qq",
    "-o",
    "console_output_style=classic",
    "--no-header",
    "--tb=no",
    "-rN",
    "-p",
    "no:cacheprovider",
    "-W",
    "default",
)


def run_suite(
    folder: Path,
    *,
    runtime: str,
    seed: int | None,
    quiet_stdout: bool,
    submission: Path | None = None,
    assignment: Path = CHECKS,
) -> dict[str, Any]:
    """Grade the submission, else the assignment's own lab, its progress on the terminal; the
    verdict, which with all that was seen is in ``folder``.

    ``UsageProblem`` where the suite is missing or left no verdict. Ctrl-C ends the suite as well.
    """
    suite_ready()
    if submission is not None and not submission.is_dir():
        raise UsageProblem("work-missing", folder=submission)
    command = [*suite_command(folder, submission), f"--runtime={runtime}"]
    command += [] if seed is None else [f"--seed={seed}"]
    command += assignment_argument(assignment)
    code = _run(command, sys.stderr if quiet_stdout else sys.stdout)
    verdict = folder / "verdict.json"
    if not verdict.is_file():
        raise UsageProblem("suite-ended", code=code)
    document: dict[str, Any] = json.loads(verdict.read_text(encoding="utf-8"))
    return document


def suite_ready() -> None:
    """Complain where the suite is missing."""
    if not (CHECKS / "conftest.py").is_file():
        raise UsageProblem("suite-missing", folder=CHECKS)


def suite_command(folder: Path, submission: Path | None = None) -> list[str]:
    """Grade the submission, else the kit's own lab; what was seen goes into ``folder``."""
    command = [sys.executable, "-m", "pytest", str(CHECKS), *_QUIET]
    command += [f"--lab6-out={folder.resolve()}"]
    return command + ([] if submission is None else [f"--submission={submission.resolve()}"])


def assignment_argument(assignment: Path) -> list[str]:
    """What tells the suite of another lab than lab 6. The path is absolute."""
    return [] if assignment == CHECKS else [f"--assignment={assignment}"]


def suite_environment() -> dict[str, str]:
    """This process's, without the plugins that happen to be installed; several suites may share
    the machine.
    """
    alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "OPENBLAS_NUM_THREADS": "1"}
    return {**os.environ, "PYTHONUTF8": "1", **alone}


def points(verdict: dict[str, Any]) -> str:
    """The score in words."""
    score, most = number(verdict["score"]), number(verdict["max_score"])
    return say("checks.result", score=score, most=most)


def _run(command: list[str], output: Any) -> int:
    """Run to the end; the exit status.

    In a process group of its own (but on Windows), so that the suite hears of a Ctrl-C once, from
    here: a second one would cut its cleaning up short. Killed outright, this process leaves a suite
    that ends, and cleans up, by itself.
    """
    own_group = {} if sys.platform == "win32" else {"process_group": 0}
    output.flush()
    process = subprocess.Popen(  # type: ignore[call-overload]  # noqa: S603 - our own suite
        command,
        stdin=subprocess.DEVNULL,
        stdout=output.fileno(),
        env=suite_environment(),
        **own_group,
    )
    try:
        return int(process.wait())
    except KeyboardInterrupt:
        with shielded():
            if own_group:
                process.send_signal(signal.SIGINT)
            process.wait()
        raise
