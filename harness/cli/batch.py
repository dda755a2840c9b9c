"""Many submissions graded, some at a time, by whatever machines there are; the grader's own
fault is tried again.
"""

import json
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from harness.cli.attempt import SuiteAttempt
from harness.texts import number, say

_TRIES = 2  #: the grader's own fault is tried once more

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
    machine: str = ""  #: which one runs it; "" for this one


class Machines(Protocol):
    """Where works are graded: on this computer, or on those of a cluster."""

    @property
    def at_once(self) -> int:
        """Attempts that may be waited for."""

    @property
    def deadline_s(self) -> float:
        """How long an attempt may take."""

    def attempt(self, task: BatchTask, on_check: Callable[[int, str], None]) -> SuiteAttempt:
        """Grade into ``task.place``; returns when it is over. ``on_check(0, machine)`` says
        where it began.
        """

    def interrupt(self) -> None:
        """Let what runs clean up and end."""


@dataclass(slots=True, kw_only=True)
class Batch:
    """Grades. ``on_step`` is called from several threads."""

    machines: Machines
    on_step: Callable[[BatchStep], None]
    _over: threading.Event = field(default_factory=threading.Event)

    def grade(self, tasks: Sequence[BatchTask]) -> list[Graded]:
        """All of them, in their order. Ctrl-C ends those that run, which clean up, and begins
        no more.
        """
        with ThreadPoolExecutor(self.machines.at_once) as pool:
            futures = [pool.submit(self._graded, task) for task in tasks]
            try:
                for future in as_completed(futures):
                    future.result()
            except BaseException:
                self._over.set()
                self.machines.interrupt()
                pool.shutdown(cancel_futures=True)
                raise
        return [future.result() for future in futures]

    def _graded(self, task: BatchTask) -> Graded:
        seconds, graded = 0.0, Graded(task=task)
        for attempt in range(1, _TRIES + 1):
            if self._over.is_set():
                break
            graded = self._attempt(task, attempt)
            seconds += graded.seconds
            # Who used up the deadline would do so again.
            if graded.late or (graded.verdict is not None and not _own_fault(graded.verdict)):
                break
        graded.seconds = seconds
        checks = len(graded.verdict["checks"]) if graded.verdict else 0
        self.on_step(BatchStep(task=task, checks=checks, attempt=attempt, graded=graded))
        return graded

    def _attempt(self, task: BatchTask, attempt: int) -> Graded:
        (task.place / "verdict.json").unlink(missing_ok=True)

        def on_check(checks: int, machine: str) -> None:
            self.on_step(BatchStep(task=task, checks=checks, attempt=attempt, machine=machine))

        made = self.machines.attempt(task, on_check)
        verdict = _verdict_in(task.place / "verdict.json")
        problem = "" if verdict else made.problem or self._no_verdict(made.late)
        return Graded(
            task=task, verdict=verdict, problem=problem, late=made.late, seconds=made.seconds
        )

    def _no_verdict(self, late: bool) -> str:
        minutes = number(self.machines.deadline_s / 60)
        return say("grade.too-long" if late else "grade.no-verdict", minutes=minutes)


def _verdict_in(file: Path) -> Verdict | None:
    if not file.is_file():
        return None
    try:
        verdict: Verdict = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        file.unlink()  # cut off while it was written
        return None
    return verdict


def _own_fault(verdict: Verdict) -> bool:
    """Whether a check could not be judged by a fault of the grader's, the Engine's, or a
    registry's.
    """
    return any(check["cause"] and check["cause"]["error"] for check in verdict["checks"])
