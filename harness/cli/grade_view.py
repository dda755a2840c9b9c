"""A batch as a teacher watches it: a line a submission, and the table at the end."""

import math
import threading
from collections.abc import Mapping, Sequence
from time import monotonic
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from harness.cli.batch import BatchStep, BatchTask, Graded, Verdict
from harness.cli.terminal import printable
from harness.texts import number, say
from harness.texts.three_values import COLOUR, MARK, outcome

_LONGEST = 120  #: characters of a cause in a table


class GradingView:
    """Shows steps as they come, from whatever thread: a moving table on a terminal, else a line
    each end.
    """

    def __init__(self, console: Console, tasks: Sequence[BatchTask], checks: int) -> None:
        self._console = console
        self._checks = checks
        self._lock = threading.Lock()
        self._began = monotonic()
        self._ran: set[str] = set()  # works that were graded in this run, and are done
        self._kept = 0
        self._states = {task.name: Text(say("grade.waits"), style="dim") for task in tasks}
        self._live = Live(console=console, transient=True, auto_refresh=False)

    def step(self, step: BatchStep) -> None:
        """Show one."""
        with self._lock:
            self._states[step.task.name] = self._told(step)
            self._count(step)
            if self._console.is_terminal:
                self._live.update(self._table(), refresh=True)
            elif step.graded is not None or step.checks == 0:
                line = Text.assemble(f"{printable(step.task.name)}: ", self._told(step))
                self._console.print(line, soft_wrap=True)

    def _told(self, step: BatchStep) -> Text:
        if step.graded is not None:
            return result(step.graded)
        key = "grade.runs" if step.attempt == 1 else "grade.again"
        text = say(key, done=step.checks, most=self._checks)
        if step.machine:
            text = say("cluster.on", machine=printable(step.machine), told=text)
        return Text(text, style="cyan")

    def _count(self, step: BatchStep) -> None:
        if step.graded is not None and step.graded.seconds:
            self._ran.add(step.task.name)
        elif step.graded is not None:
            self._kept += 1

    def _left(self) -> str:
        """How far the group is; the time by what was done since the start, however many at once."""
        done, total = len(self._ran) + self._kept, len(self._states)
        minutes = minutes_left(monotonic() - self._began, len(self._ran), total - done)
        if minutes is None:
            return say("grade.left", done=done, total=total)
        return say("grade.left-time", done=done, total=total, minutes=minutes)

    def _table(self) -> Table:
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        for name, state in self._states.items():
            table.add_row(printable(name), state)
        if len(self._states) > 1:
            table.add_row("", Text(self._left(), style="bold"))
        return table

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._console.is_terminal:
            self._live.__exit__(kind, error, trace)


def minutes_left(seconds: float, done: int, waiting: int) -> int | None:
    """Whole minutes for what waits, at the pace so far; None before anything is done, or when
    nothing waits.
    """
    return math.ceil(seconds / done * waiting / 60) if done and waiting else None


def result(graded: Graded) -> Text:
    """One submission's outcome in a line."""
    mark, colour = MARK[graded.ok], COLOUR[graded.ok]
    verdict = graded.verdict
    if verdict is None:
        return Text(f"{mark} {graded.problem}", style=colour)
    facts = {"score": number(verdict["score"]), "most": number(verdict["max_score"])}
    text = say(
        "grade.kept" if graded.kept else "grade.score", **facts, seconds=f"{graded.seconds:.0f}"
    )
    for what in ("not-checked", "not-judged"):
        if points := sum(c["max_points"] for c in verdict["checks"] if outcome(c) == what):
            text += " · " + say(f"grade.{what}", points=number(points))
    if finding := verdict.get("finding"):
        text += f" · {_cause(finding)}"
    elif reason := _only_reason(verdict):
        text += f" · {printable(reason[:_LONGEST])}"
    if graded.note:
        text += " · " + say("grade.no-report", reason=printable(graded.note[:200]))
    return Text(f"{mark} {text}", style=colour)


def _cause(finding: Mapping[str, Any]) -> str:
    """The first cause in a line: the program's words, else the sentence; where it is."""
    place = f" ({finding['file']}:{finding['line']})" if finding.get("file") else ""
    return printable(f"{finding.get('error') or finding['sentence']}"[:_LONGEST] + place)


def _only_reason(verdict: Verdict) -> str:
    """Why not one check passes, where all give the same reason: nothing could be started."""
    reasons = {(check["cause"] or {}).get("rationale", "") for check in verdict["checks"]}
    return reasons.pop() if len(reasons) == 1 else ""


def results(graded: Sequence[Graded]) -> Table:
    """The outcomes of all submissions, a line each."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for work in graded:
        table.add_row(printable(work.task.name), result(work))
    return table
