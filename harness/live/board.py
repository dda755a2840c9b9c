"""What the page shows: every job and where it is, the log's lines, the services. Pure, but for its
lock.

Everything has the revision at which it last changed; who asks for what is newer than a revision
gets the changes, and from revision 0 on the whole: a page that lost its connection catches up in
the same way.
"""

import re
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from harness.live.deeds import Deed, Deeds
from harness.live.job import FINAL, NOWHERE, PLACE_OF, PLACE_OF_ROW, BoardJob
from harness.live.words import broken_rules
from harness.trace import Event, Kind, Seen
from harness.trace.ids import hyphenated
from harness.witness.history import StatusChange
from harness.witness.http import Answer
from harness.witness.postgres import Row

_MOST_JOBS = 2000
_MOST_LINES = 400
_MOST_ANSWERS = 6
_MOST_HAPPENINGS = 20
_LONGEST = 300  #: characters of one line, message or reason
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """What has come to rest on the board, for whoever looks for a cause."""

    jobs: tuple[BoardJob, ...]  #: the latest that the page has sent and that can be done
    refused: int  #: the status of the api's last answer where that was an error of its own, else 0
    seconds: float  #: since anything has moved, or was done
    deed: Deed | None = None  #: the last thing that somebody did
    held: frozenset[str] = frozenset()  #: workers that somebody has paused or killed, by name


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
        self._happenings: deque[tuple[int, dict[str, Any]]] = deque(maxlen=_MOST_HAPPENINGS)
        self._deeds = Deeds()
        self._moved_at = time.monotonic()
        self._refused = 0

    def answered(
        self, answer: Answer, action: str, params: str, picture: str = "", *, sound: bool = False
    ) -> None:
        """The api answered a submission. ``picture`` names what was sent, where it was one;
        ``sound``: a job that can be done.
        """
        with self._changing():
            self._refused = 0
            entry = {"status": answer.status, "ms": round(answer.seconds * 1000), "action": action}
            self._answers.append(entry)
            self._sections["answers"] = (self._revision, list(self._answers))
            if answer.job_id and _ID.fullmatch(answer.job_id):
                job = self._job(answer.job_id)
                job.action, job.params = action[:_LONGEST], params[:_LONGEST]
                job.picture, job.answer, job.sound = picture, answer.status, sound
                job.sent = answer.sent.timestamp()
                self._mark(job, "http", str(answer.status), answer.answered)
            elif answer.status >= 500:
                self._refused = answer.status

    def pushed(self, message: str, at: datetime) -> None:
        """A message went into the list, as MONITOR shows it."""
        fields = message.split("|")
        job_id = hyphenated(fields[0])
        with self._changing():
            if len(fields) != 4 or not _ID.fullmatch(job_id):
                return  # nobody's job: the list's own lane shows the message
            job = self._job(job_id)
            job.action, job.params = fields[2][:_LONGEST], fields[3][:_LONGEST]
            self._mark(job, "redis", "RPUSH", at, place="queue")

    def logged(self, seen: Seen, text: str) -> None:
        """The worker wrote a line."""
        event = seen.event
        with self._changing():
            line: dict[str, Any] = {
                "text": text[:_LONGEST],
                "kind": event.kind.value if event else "",
                "job": (event.job_id or "") if event else "",
                "time": event.time.timestamp() if event and event.time else None,
                "broken": broken_rules(seen),
            }
            self._lines.append((self._revision, line))
            if event and event.fault:
                self._tell("malformed", line["time"])
                self._misworded(event)
            if event and event.kind is Kind.STARTED and event.time:
                self._started(event.stream, event.time.timestamp())
            if event is None or event.time is None or event.kind not in PLACE_OF:
                return
            if event.job_id and _ID.fullmatch(event.job_id):
                job = self._job(event.job_id)
                job.worker = event.stream
                place = NOWHERE if self._has_no_row(job, event.kind) else PLACE_OF[event.kind]
                self._mark(job, "log", event.kind.value, event.time, place=place)
                if event.kind is Kind.REDELIVERED:
                    self._tell("redelivered", line["time"], number=job.number)

    def rows(self, rows: Mapping[str, Row], looked: datetime) -> None:
        """What the table says now, where nobody could tell when each row came to say so."""
        with self._news:
            news = [row for row in rows.values() if self._is_news(row)]
        if not news:
            return
        with self._changing():
            for row in news:
                job = self._row(row)
                at = row.times.get("finished_at") if row.status in FINAL else None
                self._mark(job, "postgres", row.status, at or looked, PLACE_OF_ROW.get(row.status))

    def committed(self, changes: Iterable[StatusChange], rows: Mapping[str, Row]) -> None:
        """What was committed, out of PostgreSQL's own log, and the rows as they are by now."""
        with self._changing():
            for change in changes:
                job = self._job(change.job_id)
                if job.told_by("postgres") != change.status:
                    place = PLACE_OF_ROW.get(change.status)
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
            if name == "services":
                self._forsaken(value)

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
        """What is newer: ``{"revision", "jobs", "lines", "happened", "sections"}``."""
        with self._news:
            return {
                "revision": self._revision,
                "jobs": [job.document() for job in self._jobs.values() if job.revision > revision],
                "lines": [line for at, line in self._lines if at > revision],
                "happened": [happening for at, happening in self._happenings if at > revision],
                "sections": {
                    name: value for name, (at, value) in self._sections.items() if at > revision
                },
            }

    def noted(
        self,
        what: str,
        replica: int | None = None,
        held: Iterable[str] = (),
        left: int | None = None,
    ) -> None:
        """What a person is about to do. ``held``: the workers that will not work by it, by name;
        ``left``: how many workers a kill spares.
        """
        with self._news:
            deed = Deed(what=what, at=time.time(), replica=replica, left=left)
            self._deeds.note(deed, held)
            self._moved_at = time.monotonic()

    def happened(self, what: str, replica: int | None = None) -> None:
        """What a person did to the system has been done: told on all pages, also when it is done
        again.
        """
        with self._changing():
            deed = self._deeds.latest
            known = deed if deed is not None and deed.what == what else None
            at, left = (known.at, known.left) if known else (time.time(), None)
            self._tell(what, at, replica=replica, left=left)
            self._moved_at = time.monotonic()

    def released(self, what: str) -> None:
        """Workers that were held by this deed work again, or are to."""
        with self._news:
            self._deeds.release(what)

    @property
    def held(self) -> frozenset[str]:
        """The workers that somebody has paused or killed, by name."""
        with self._news:
            return self._deeds.held

    def record(self) -> tuple[tuple[dict[str, Any], ...], tuple[Deed, ...]]:
        """All jobs, and what was done to the system or began in it, with its time: what a replay
        is made of.
        """
        with self._news:
            jobs = tuple(job.document() | {"sent": job.sent} for job in self._jobs.values())
            return jobs, self._deeds.all

    def latest(self, count: int) -> Still:
        """The last jobs that the page has sent and that can be done, and for how long nothing has
        moved.
        """
        with self._news:
            latest = [job for job in self._jobs.values() if job.may_be_done][-count:]
            return Still(
                jobs=tuple(map(replace, latest)),
                refused=self._refused,
                seconds=time.monotonic() - self._moved_at,
                deed=self._deeds.latest,
                held=self._deeds.held,
            )

    def _tell(self, what: str, at: float | None, **facts: Any) -> None:
        """Something that pages put into a sentence. ``at``: when it was, for it may be told late:
        a worker that was killed is waited for, and meanwhile its job may have been rescued.
        """
        self._happenings.append((self._revision, {"what": what, "at": at or time.time(), **facts}))

    def _mark(
        self, job: BoardJob, witness: str, what: str, time_: datetime, place: str | None = None
    ) -> None:
        job.mark(witness, what, time_.timestamp(), place)
        self._moved_at = time.monotonic()

    def _misworded(self, event: Event) -> None:
        """A message about a job of ours that does not have its fields: the api has put it so."""
        job = self._jobs.get((event.job_id or "").lower())
        if job is not None:
            job.message = event.text.rpartition("Data: ")[2][:_LONGEST]

    def _started(self, stream: str, at: float) -> None:
        """A worker begins anew: what it had in hand before is nobody's."""
        self._deeds.began(stream, at)
        for job in self._jobs.values():
            if job.place == "worker" and job.worker == stream and job.moved < at:
                job.stray, job.revision = True, self._revision

    def _forsaken(self, services: Mapping[str, Any]) -> None:
        """The jobs of workers that have ended."""
        workers = services.get("worker", ())
        gone = {
            worker["name"] for worker in workers if worker["status"] in ("exited", "restarting")
        }
        if gone and len(workers) == 1:
            gone.add("")
        for job in self._jobs.values():
            if job.place == "worker" and job.worker in gone and not job.stray:
                job.stray, job.revision = True, self._revision

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
        return kind is Kind.FAILED and not begun and not job.status and not job.told_by("postgres")

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

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """One revision: alone, and whoever waits is woken."""
        with self._news:
            self._revision += 1
            yield
            self._news.notify_all()
