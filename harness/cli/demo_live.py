"""What a demonstration shows while it runs: submissions, the worker's log as it comes, a bar of
what has ended.
"""

import re
import threading
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from harness.cli.terminal import printable
from harness.grade.demonstration.run import DemonstrationEvent, JobCompared, JobMade, JobSent
from harness.texts import say
from harness.trace import Event, Kind

_COLOURS = {
    Kind.RECEIVED: "cyan",
    Kind.REDELIVERED: "yellow",
    Kind.PROCESSING: "magenta",  # blue cannot be read on black
    Kind.COMPLETED: "green",
    Kind.FAILED: "red",
    Kind.REDIS_ERROR: "yellow",
}
_FINAL = (Kind.COMPLETED, Kind.FAILED)
_SHORT_ID = 8  #: characters: enough to find a job in the log
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Live:
    """Shows happenings as they come, from whatever thread. A bar on a terminal, plain lines
    elsewhere.
    """

    def __init__(self, console: Console, jobs: int) -> None:
        self._console = console
        self._lock = threading.Lock()
        self._ended: set[str] = set()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task(say("demo.preparing"), total=jobs)

    def happened(self, what: DemonstrationEvent) -> None:
        """Show one happening of ``demonstrate``."""
        with self._lock:
            if isinstance(what, JobMade):
                self._show("preparing", what.planned.number)
            elif isinstance(what, JobSent):
                self._show("progress", len(self._ended))
                self._print(self._submitted(what))
            elif isinstance(what, Event):
                self._print(self._event(what))
                if what.kind in _FINAL and what.job_id:
                    self._ended.add(what.job_id)
                    self._show("progress", len(self._ended))
            elif isinstance(what, JobCompared):
                self._show("checking", what.job.planned.number)

    def _show(self, words: str, completed: int) -> None:
        self._bar.update(self._task, description=say(f"demo.{words}"), completed=completed)

    def _print(self, line: Text) -> None:
        # Not wrapped: a log line stays one line. A pipe gets it whole, a terminal what fits.
        if self._console.is_terminal:
            self._console.print(line, no_wrap=True, overflow="ellipsis")
        else:
            self._console.print(line, soft_wrap=True)

    def _told(self, text: str) -> str:
        """A stranger's text as it is shown: a terminal has room for the beginning of each id."""
        if not self._console.is_terminal:
            return printable(text)
        return _ID.sub(lambda match: match[0][:_SHORT_ID], printable(text))

    def _submitted(self, what: JobSent) -> Text:
        planned, answer = what.planned, what.answer
        document = answer.document
        status = document.get("status", "") if isinstance(document, dict) else ""
        text = say(
            "demo.submitted",
            number=planned.number,
            total=what.total,
            action=planned.request.fields["action"],
            params=planned.request.fields["params"],
            status=f"{answer.status} {status}",
            job=answer.job_id or "—",
        )
        line = Text(self._told(text), style="dim")
        if planned.broken:
            line.append(f" ({say('demo.broken-picture')})", style="yellow")
        return line

    def _event(self, event: Event) -> Text:
        clock = event.time.astimezone().strftime("%H:%M:%S.%f")[:-3] if event.time else ""
        colour = _COLOURS.get(event.kind, "default")
        return Text.assemble((f"{clock} ", "dim"), (self._told(event.text), colour))

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()
