"""What the page shows: every job and where it is, the log's lines, the services. Pure, but for its lock.

Everything has the revision at which it last changed; who asks for what is newer than a revision gets the
changes, and from revision 0 on the whole: a page that lost its connection catches up in the same way.
"""

import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from harness.trace import Kind, Seen

PLACES = ("api", "queue", "worker", "done")
FINAL = ("COMPLETED", "FAILED")
_MOST_JOBS = 2000
_MOST_LINES = 400
_MOST_MARKS = 40
_LONGEST = 300  #: characters of one line, message or reason
_PLACE_OF = {
    Kind.RECEIVED: "worker",
    Kind.PROCESSING: "worker",
    Kind.REDELIVERED: "queue",
    Kind.COMPLETED: "done",
    Kind.FAILED: "done",
}


@dataclass(slots=True, kw_only=True)
class Job:
    """One job on the board."""

    id: str
    number: int  #: from 1, in the order in which the board heard of them
    place: str = "api"
    status: str = ""  #: of its row; "" before there was one
    action: str = ""
    params: str = ""
    error: str = ""
    moved: float = 0.0  #: when it came to its place, seconds since 1970
    marks: list[dict[str, Any]] = field(default_factory=list)  #: witness, what, time; oldest first
    revision: int = 0

    def document(self) -> dict[str, Any]:
        """As the page gets it."""
        names = ("id", "number", "place", "status", "action", "params", "error", "moved", "marks")
        return {name: getattr(self, name) for name in names}


class Board:
    """Told by witnesses, from any thread; asked by pages."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._revision = 0
        self._jobs: dict[str, Job] = {}
        self._number = 0
        self._lines: deque[tuple[int, dict[str, Any]]] = deque(maxlen=_MOST_LINES)
        self._sections: dict[str, tuple[int, Any]] = {}

    def answered(
        self, job_id: str | None, status: int, action: str, params: str, time: datetime
    ) -> None:
        """The api answered a submission."""
        if job_id:
            with self._changing():
                job = self._job(job_id)
                job.action, job.params = action[:_LONGEST], params[:_LONGEST]
                self._mark(job, "http", str(status), time)

    def pushed(self, message: str, time: datetime) -> None:
        """A message went into the list, as MONITOR shows it."""
        fields = message.split("|")
        with self._changing():
            if len(fields) != 4:  # nobody's job: the list's own lane shows it
                return
            job = self._job(fields[0])
            job.action, job.params = fields[2][:_LONGEST], fields[3][:_LONGEST]
            self._mark(job, "redis", "RPUSH", time, place="queue")

    def logged(self, seen: Seen, text: str, sentences: Sequence[str]) -> None:
        """The worker wrote a line; ``sentences`` tell of the rules that it breaks."""
        event = seen.event
        with self._changing():
            line = {
                "text": text[:_LONGEST],
                "kind": event.kind.value if event else "",
                "job": (event.job_id or "") if event else "",
                "time": event.time.timestamp() if event and event.time else None,
                "broken": list(sentences),
            }
            self._lines.append((self._revision, line))
            if event and event.job_id and event.time and event.kind in _PLACE_OF:
                job = self._job(event.job_id)
                self._mark(job, "log", event.kind.value, event.time, place=_PLACE_OF[event.kind])

    def rows(self, rows: Mapping[str, Any], time: datetime) -> None:
        """What the table says now."""
        with self._news:
            news = [row for row in rows.values() if self._is_news(row)]
        if not news:
            return
        with self._changing():
            for row in news:
                job = self._job(row.id)
                job.status, job.error = row.status, (row.error or "")[:_LONGEST]
                job.action, job.params = row.action or job.action, row.params or job.params
                at = row.times.get("finished_at") if row.status in FINAL else None
                place = "done" if row.status in FINAL else None
                self._mark(job, "postgres", row.status, at or time, place=place)

    def section(self, name: str, value: Any) -> None:
        """One of the small things that are shown as a whole: ``queue``, ``services``, ``said``."""
        with self._news:
            if self._sections.get(name, (0, None))[1] == value:
                return
        with self._changing():
            self._sections[name] = (self._revision, value)

    def job(self, job_id: str) -> dict[str, Any] | None:
        """One job; None where the board knows none."""
        with self._news:
            job = self._jobs.get(job_id.lower())
            return job.document() if job else None

    def since(self, revision: int, *, wait_s: float = 0.0) -> dict[str, Any]:
        """What is newer: ``{"revision", "jobs", "lines", "sections"}``; waits until there is something."""
        with self._news:
            self._news.wait_for(lambda: self._revision > revision, wait_s)
            return {
                "revision": self._revision,
                "jobs": [job.document() for job in self._jobs.values() if job.revision > revision],
                "lines": [line for at, line in self._lines if at > revision],
                "sections": {
                    name: value for name, (at, value) in self._sections.items() if at > revision
                },
            }

    def _is_news(self, row: Any) -> bool:
        job = self._jobs.get(row.id)
        if job is None:
            return True
        return bool(job.status != row.status or job.error != (row.error or "")[:_LONGEST])

    def _job(self, job_id: str) -> Job:
        key = job_id.lower()[:_LONGEST]
        job = self._jobs.get(key)
        if job is None:
            self._number += 1
            job = self._jobs[key] = Job(id=key, number=self._number)
            if len(self._jobs) > _MOST_JOBS:
                del self._jobs[next(iter(self._jobs))]
        job.revision = self._revision
        return job

    def _mark(
        self, job: Job, witness: str, what: str, time: datetime, place: str | None = None
    ) -> None:
        """Keep a fact in its order; the job moves unless something newer has moved it on already."""
        at = time.timestamp()
        job.marks.append({"witness": witness, "what": what, "time": at})
        job.marks.sort(key=lambda mark: mark["time"])
        del job.marks[_MOST_MARKS:]
        if place is None or job.place == "done" or at < job.moved:
            return
        job.place, job.moved = place, at

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """One revision: alone, and whoever waits is woken."""
        with self._news:
            self._revision += 1
            yield
            self._news.notify_all()
