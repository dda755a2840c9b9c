"""Many submissions graded: each by a suite of its own, some at a time, each with its own deadline."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from harness.cli.suite import suite_command, suite_environment
from harness.texts import number, say

_TRIES = 2  #: the grader's own fault is tried once more
_END_S = 60.0  #: to clean up after an interruption
_CHECK = re.compile(rb"\[\d+/\d+\] ")

Verdict = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchTask:
    """One submission to grade, and where its results go."""

    name: str
    folder: Path
    place: Path
    given: str = ""  #: the outermost name as it was handed in; "" where it is the name itself
    content: str = ""  #: hash of the work; "" where there is none
    told: tuple[str, ...] = ()  #: what intake decided, in words
    problem: str = ""  #: why it cannot be graded
    absent: str = ""  #: why there is nothing to grade


@dataclass(slots=True, kw_only=True)
class Graded:
    """What came of it."""

    task: BatchTask
    verdict: Verdict | None = None  #: None where nobody could judge
    problem: str = ""  #: why there is none
    kept: bool = False  #: whether it is of an earlier run
    note: str = ""  #: what its reports could not be made of
    late: bool = False  #: whether its deadline ended it
    seconds: float = 0.0

    @property
    def ok(self) -> bool | None:
        """The verdict's word; None without one."""
        return None if self.verdict is None else self.verdict["ok"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchStep:
    """Progress of one submission."""

    task: BatchTask
    checks: int  #: judged so far
    attempt: int
    graded: Graded | None = None  #: when it is done


@dataclass(slots=True, kw_only=True)
class Batch:
    """Grades. ``on_step`` is called from several threads."""

    arguments: Sequence[str]  #: of the suite, e.g. ``--runtime=compose``
    deadline_s: float
    on_step: Callable[[BatchStep], None]
    _running: set["subprocess.Popen[bytes]"] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)

    def grade(self, tasks: Sequence[BatchTask], at_once: int) -> list[Graded]:
        """All of them, in their order. Ctrl-C ends those that run, which clean up, and begins no more."""
        with ThreadPoolExecutor(at_once) as pool:
            futures = [pool.submit(self._graded, task) for task in tasks]
            try:
                for future in as_completed(futures):
                    future.result()
            except BaseException:
                self._over.set()
                self._interrupt()
                pool.shutdown(cancel_futures=True)
                raise
        return [future.result() for future in futures]

    def _graded(self, task: BatchTask) -> Graded:
        began, graded = monotonic(), Graded(task=task)
        for attempt in range(1, _TRIES + 1):
            if self._over.is_set():
                break
            graded = self._attempt(task, attempt)
            # Who used up the deadline would do so again.
            if graded.late or (graded.verdict is not None and not _own_fault(graded.verdict)):
                break
        graded.seconds = monotonic() - began
        checks = len(graded.verdict["checks"]) if graded.verdict else 0
        self.on_step(BatchStep(task=task, checks=checks, attempt=attempt, graded=graded))
        return graded

    def _attempt(self, task: BatchTask, attempt: int) -> Graded:
        file = task.place / "verdict.json"
        file.unlink(missing_ok=True)
        self.on_step(BatchStep(task=task, checks=0, attempt=attempt))
        late = self._run(task, attempt)
        if file.is_file():
            try:
                verdict = json.loads(file.read_text(encoding="utf-8"))
            except (ValueError, RecursionError):
                file.unlink()  # cut off while it was written
            else:
                return Graded(task=task, verdict=verdict)
        reference = "grade.too-long" if late else "grade.no-verdict"
        minutes = number(self.deadline_s / 60)
        return Graded(task=task, problem=say(reference, minutes=minutes), late=late)

    def _run(self, task: BatchTask, attempt: int) -> bool:
        """Run the suite, its output into ``grade.log``; whether the deadline ended it."""
        command = [
            *suite_command(task.place, task.folder),
            *self.arguments,
            f"--leash={os.getpid()}",
        ]
        own_group = {} if sys.platform == "win32" else {"process_group": 0}
        process = subprocess.Popen(  # type: ignore[call-overload]  # noqa: S603 - our own suite
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=suite_environment(),
            **own_group,
        )
        with self._lock:
            self._running.add(process)
        late = threading.Event()

        def too_long() -> None:
            late.set()
            _end(process)

        clock = threading.Timer(self.deadline_s, too_long)
        clock.start()
        try:
            with (task.place / "grade.log").open("wb") as log:
                checks = 0
                for line in process.stdout:
                    log.write(line)
                    if _CHECK.match(line):
                        checks += 1
                        self.on_step(BatchStep(task=task, checks=checks, attempt=attempt))
            process.wait()
        finally:
            clock.cancel()
            with self._lock:
                self._running.discard(process)
            process.stdout.close()
        return late.is_set()

    def _interrupt(self) -> None:
        with self._lock:
            running = list(self._running)
        for process in running:
            _end(process)


def _own_fault(verdict: Verdict) -> bool:
    """Whether a check could not be judged by a fault of the grader's, the Engine's, or a registry's."""
    return any(check["cause"] and check["cause"]["error"] for check in verdict["checks"])


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Ask it to clean up and end; what does not is killed, and its reaper does the rest."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT if sys.platform != "win32" else signal.SIGTERM)
        clock = threading.Timer(_END_S, process.kill)
        clock.daemon = True
        clock.start()
