"""One attempt at one work: a suite of its own as a process, ended at its deadline. Also the way
that a cluster's machine does it."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from harness.cli.slots import Slots
from harness.cli.suite import suite_command, suite_environment
from harness.lateness import FairTimer
from harness.lateness.clock import LatenessClock
from harness.lateness.use import OwnUse, engine_groups

if TYPE_CHECKING:
    from harness.cli.batch import BatchTask

_END_S = 60.0  #: to clean up after an interruption
LONGEST_WORK = 3.0  #: times that a work's whole time may grow on a busy machine
_CHECK = re.compile(rb"\[\d+/\d+\] ")


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteAttempt:
    """How it went; the verdict itself lies in the work's place."""

    late: bool = False  #: whether its deadline ended it
    problem: str = ""  #: why nobody made one, in words
    seconds: float = 0.0


@dataclass(slots=True, kw_only=True)
class Suites:
    """The suites that this process runs."""

    _running: set["subprocess.Popen[bytes]"] = field(default_factory=set)
    _over: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(
        self,
        work: Path,
        place: Path,
        arguments: Sequence[str],
        *,
        deadline_s: float,
        on_check: Callable[[int], None],
    ) -> SuiteAttempt:
        """Grade the work into ``place``, what is printed into its ``grade.log``; ``on_check``
        hears how many are judged. After ``interrupt`` nothing is begun.
        """
        began, late = monotonic(), threading.Event()
        with self._lock:  # so that none begins while the others are being ended
            if self._over:
                return SuiteAttempt()
            process = _started(work, place, arguments)
            self._running.add(process)

        def too_long() -> None:
            late.set()
            end(process)

        clock = FairTimer(deadline_s, too_long, longest=LONGEST_WORK)
        clock.start()
        try:
            _listen(process, place / "grade.log", on_check)
        finally:
            clock.cancel()
            with self._lock:
                self._running.discard(process)
            process.stdout.close()  # type: ignore[union-attr]
        return SuiteAttempt(late=late.is_set(), seconds=monotonic() - began)

    def interrupt(self) -> None:
        """Let all of them clean up and end, and begin no more."""
        with self._lock:
            self._over = True
            running = list(self._running)
        for process in running:
            end(process)


@dataclass(slots=True, kw_only=True)
class Here:
    """This machine as the one that grades."""

    arguments: Sequence[str]  #: of the suite, e.g. ``--runtime=compose``
    deadline_s: float
    slots: Slots
    _suites: Suites = field(default_factory=Suites)

    @property
    def at_once(self) -> int:
        """As ``Machines.at_once``."""
        return self.slots.most

    def attempt(self, task: "BatchTask", on_check: Callable[[int, str], None]) -> SuiteAttempt:
        """As ``Machines.attempt``, when there is a place."""
        with self.slots.one():
            on_check(0, "")
            return self._suites.run(
                task.folder,
                task.place,
                self.arguments,
                deadline_s=self.deadline_s,
                on_check=lambda checks: on_check(checks, ""),
            )

    def interrupt(self) -> None:
        """As ``Machines.interrupt``."""
        self._suites.interrupt()
        self.slots.close()


def works_clock() -> LatenessClock:
    """The clock by which works have their deadlines. What they do to the machine, builds and suites
    among it, buys none of them more time."""
    return LatenessClock(OwnUse(engine_groups, tree=True))


def _started(work: Path, place: Path, arguments: Sequence[str]) -> "subprocess.Popen[bytes]":
    own_group = {} if sys.platform == "win32" else {"process_group": 0}
    process: subprocess.Popen[bytes] = subprocess.Popen(  # type: ignore[call-overload]  # noqa: S603 - our own suite
        [*suite_command(place, work), *arguments, f"--leash={os.getpid()}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=suite_environment(),
        **own_group,
    )
    return process


def _listen(process: "subprocess.Popen[bytes]", log: Path, on_check: Callable[[int], None]) -> None:
    checks = 0
    with log.open("wb") as kept:
        for line in process.stdout or ():
            kept.write(line)
            if _CHECK.match(line):
                checks += 1
                on_check(checks)
    process.wait()


def end(process: "subprocess.Popen[bytes]") -> None:
    """Ask it to clean up and end; what does not is killed, and its reaper does the rest."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT if sys.platform != "win32" else signal.SIGTERM)
        clock = threading.Timer(_END_S, process.kill)
        clock.daemon = True
        clock.start()
