"""What the page shows: every job and where it is, the log's lines, the services. Pure, but for its
lock.

Everything has the revision at which it last changed; who asks for what is newer than a revision
gets the changes, and from revision 0 on the whole: a page that lost its connection catches up in
the same way.
"""

import re
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from harness.live.words import broken_rules
from harness.trace import Kind, Seen
from harness.witness.history import StatusChange
from harness.witness.http import Answer
from harness.witness.postgres import Row

FINAL = ("COMPLETED", "FAILED")
NOWHERE = "nowhere"  #: the place of a job that has ended and is in no table: no lane shows it
_MOST_JOBS = 2000
_MOST_LINES = 400
_MOST_MARKS = 40
_MOST_ANSWERS = 6
_LONGEST = 300  #: characters of one line, message or reason
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
#: A row that is QUEUED tells nothing of the list: the api writes it first, and pushes the event
#: then.
_PLACE_OF_ROW = {"QUEUED": "api", "PROCESSING": "worker", "COMPLETED": "done", "FAILED": "done"}
_PLACE_OF = {
    Kind.RECEIVED: "worker",
    Kind.PROCESSING: "worker",
    Kind.REDELIVERED: "queue",
    Kind.COMPLETED: "done",
    Kind.FAILED: "done",
}


@dataclass(slots=True, kw_only=True)
class BoardJob:
    """One job on the board."""

    id: str
    number: int  #: from 1, in the order in which the board heard of them
    place: str = "api"
    status: str = ""  #: of its row; "" before there was one
    action: str = ""
    params: str = ""
    error: str = ""
    worker: str = ""  #: the log's stream that has it; "" where one worker is alone
    moved: float = 0.0  #: when it came to its place, seconds since 1970
    marks: list[dict[str, Any]] = field(default_factory=list)  #: witness, what, time; oldest first
    revision: int = 0

    def document(self) -> dict[str, Any]:
        """The job as JSON's types, as the page gets it."""
        names = ("id", "number", "place", "status", "action", "params", "error", "worker", "marks")
        return {name: getattr(self, name) for name in names} | {"marks": list(self.marks)}


class Board:
    """Told by witnesses, from any thread; asked by pages."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._revision = 0
        self._jobs: dict[str, BoardJob] = {}
        self._number = 0
        self._lines: deque[tuple[int, dict[str, Any]]] = deque(maxlen=_MOST_LINES)
        self._sections: dict[str, tuple[int, Any]] = {}
        self._answers: deque[dict[str, Any]] = deque(maxlen=_MOST_ANSWERS)

    def answered(self, answer: Answer, action: str, params: str) -> None:
        """The api answered a submission."""
        with self._changing():
            told = {"status": answer.status, "ms": round(answer.seconds * 1000), "action": action}
            self._answers.append(told)
            self._sections["answers"] = (self._revision, list(self._answers))
            if answer.job_id and _ID.fullmatch(answer.job_id):
                job = self._job(answer.job_id)
                job.action, job.params = action[:_LONGEST], params[:_LONGEST]
                self._mark(job, "http", str(answer.status), answer.answered)

    def pushed(self, message: str, time: datetime) -> None:
        """A message went into the list, as MONITOR shows it."""
        fields = message.split("|")
        with self._changing():
            if len(fields) != 4 or not _ID.fullmatch(fields[0]):
                return  # nobody's job: the list's own lane shows the message
            job = self._job(fields[0])
            job.action, job.params = fields[2][:_LONGEST], fields[3][:_LONGEST]
            self._mark(job, "redis", "RPUSH", time, place="queue")

    def logged(self, seen: Seen, text: str) -> None:
        """The worker wrote a line."""
        event = seen.event
        with self._changing():
            line = {
                "text": text[:_LONGEST],
                "kind": event.kind.value if event else "",
                "job": (event.job_id or "") if event else "",
                "time": event.time.timestamp() if event and event.time else None,
                "broken": broken_rules(seen),
            }
            self._lines.append((self._revision, line))
            if event and event.fault:
                self._sections["happened"] = (
                    self._revision,
                    {"what": "malformed", "at": line["time"]},
                )
            if event is None or event.time is None or event.kind not in _PLACE_OF:
                return
            if event.job_id and _ID.fullmatch(event.job_id):
                job = self._job(event.job_id)
                job.worker = event.stream
                place = NOWHERE if self._has_no_row(job, event.kind) else _PLACE_OF[event.kind]
                self._mark(job, "log", event.kind.value, event.time, place=place)

    def rows(self, rows: Mapping[str, Row], time: datetime) -> None:
        """What the table says now, where nobody could tell when each row came to say so."""
        with self._news:
            news = [row for row in rows.values() if self._is_news(row)]
        if not news:
            return
        with self._changing():
            for row in news:
                job = self._row(row)
                at = row.times.get("finished_at") if row.status in FINAL else None
                self._mark(job, "postgres", row.status, at or time, _PLACE_OF_ROW.get(row.status))

    def committed(self, changes: Iterable[StatusChange], rows: Mapping[str, Row]) -> None:
        """What was committed, out of PostgreSQL's own log, and the rows as they are by now."""
        with self._changing():
            for change in changes:
                job = self._job(change.job_id)
                if self._status_of(job) != change.status:
                    place = _PLACE_OF_ROW.get(change.status)
                    self._mark(job, "postgres", change.status, change.time, place)
            for row in rows.values():
                self._row(row)

    def section(self, name: str, value: Any) -> None:
        """One of the small things that are shown as a whole: ``queue``, ``services``."""
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

    def await_news(self, revision: int, seconds: float) -> None:
        """Back as soon as there is something newer, or when the time is over."""
        with self._news:
            self._news.wait_for(lambda: self._revision > revision, seconds)

    def since(self, revision: int) -> dict[str, Any]:
        """What is newer: ``{"revision", "jobs", "lines", "sections"}``."""
        with self._news:
            return {
                "revision": self._revision,
                "jobs": [job.document() for job in self._jobs.values() if job.revision > revision],
                "lines": [line for at, line in self._lines if at > revision],
                "sections": {
                    name: value for name, (at, value) in self._sections.items() if at > revision
                },
            }

    def happened(self, what: str) -> None:
        """Something that a person did to the system: told on all pages, also when it is done
        again.
        """
        with self._changing():
            self._sections["happened"] = (self._revision, {"what": what, "at": self._revision})

    def _row(self, row: Row) -> BoardJob:
        job = self._job(row.id)
        job.status, job.error = row.status, (row.error or "")[:_LONGEST]
        job.action = (row.action or job.action)[:_LONGEST]
        job.params = (row.params or job.params)[:_LONGEST]
        return job

    def _has_no_row(self, job: BoardJob, kind: Kind) -> bool:
        """A message of nobody's job fails before it is ever PROCESSING, and the table knows
        nothing of it.
        """
        begun = any(mark["what"] == Kind.PROCESSING.value for mark in job.marks)
        return kind is Kind.FAILED and not begun and not job.status and not self._status_of(job)

    def _status_of(self, job: BoardJob) -> str:
        told = [mark["what"] for mark in job.marks if mark["witness"] == "postgres"]
        return str(told[-1]) if told else ""

    def _is_news(self, row: Row) -> bool:
        job = self._jobs.get(row.id)
        if job is None:
            return True
        return bool(job.status != row.status or job.error != (row.error or "")[:_LONGEST])

    def _job(self, job_id: str) -> BoardJob:
        key = job_id.lower()[:_LONGEST]
        job = self._jobs.get(key)
        if job is None:
            self._number += 1
            job = self._jobs[key] = BoardJob(id=key, number=self._number)
            if len(self._jobs) > _MOST_JOBS:
                del self._jobs[next(iter(self._jobs))]
        job.revision = self._revision
        return job

    def _mark(
        self, job: BoardJob, witness: str, what: str, time: datetime, place: str | None = None
    ) -> None:
        """Keep a fact in its order; the job moves unless something newer has moved it on
        already.
        """
        at = time.timestamp()
        job.marks.append({"witness": witness, "what": what, "time": at})
        job.marks.sort(key=lambda mark: mark["time"])
        del job.marks[_MOST_MARKS:]
        late = (
            at < job.moved and job.place != NOWHERE
        )  # a row shows that it is somebody's job after all
        if place is None or job.place == "done" or late:
            return
        job.place, job.moved = place, at

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """One revision: alone, and whoever waits is woken."""
        with self._news:
            self._revision += 1
            yield
            self._news.notify_all()
