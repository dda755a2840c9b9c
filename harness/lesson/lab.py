"""The running lab, as a notebook uses it: do something to it, look into every part of it.

Tables are pandas; ids are those of ``submit``. What the reader should see with the real tools is
left to them: ``url`` for HTTP, ``redis`` for Redis commands, ``sql`` for PostgreSQL.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import BytesIO
from threading import Timer
from typing import Any

import pandas as pd
import psycopg2
import redis
from PIL import Image

from harness.lab6.requests import picture_job
from harness.lesson import history
from harness.lesson.errors import LessonError
from harness.lesson.events import Sources, events_table, timeline_table
from harness.lesson.idle import RestingWorker, watch_idleness
from harness.lesson.log import LogVerdict, judge_log
from harness.lesson.tables import client_table, command_table, message_table, row_table
from harness.lesson.watch import NAME, QueueWatch
from harness.stack.base import SERVICES, Stack
from harness.stack.errors import StackError
from harness.stack.waiting import until
from harness.texts import say
from harness.trace import Judge, Kind, lab_profile
from harness.witness.connections import connect_redis
from harness.witness.errors import WitnessError
from harness.witness.http import Answer, Api
from harness.witness.log import LogFollower
from harness.witness.postgres import PostgresWitness
from harness.witness.redis import QUEUE, RedisConnection, RedisWitness

_JOB_S = 60.0
_READY_S = 30.0
_FINAL = (Kind.COMPLETED, Kind.FAILED)


class LessonLab:
    """One running lab. ``stack`` is the runtime beneath, for whatever this class does not offer."""

    def __init__(self, stack: Stack) -> None:
        self._stack: Stack | None = stack
        self.runtime = stack.runtime  #: compose or embedded
        self._answers: dict[str, Answer] = {}
        self._log_begins = 0
        self._redis = self._connect()
        self._api = Api(stack.url)
        history.remember_statuses(stack.postgres_dsn)
        self._watch = QueueWatch(self._connect)
        self._follower = LogFollower(stack).__enter__()

    @property
    def stack(self) -> Stack:
        """The runtime beneath; ``LessonError("lesson-closed")`` when the lab was closed."""
        if self._stack is None:
            raise LessonError("lesson-closed")
        return self._stack

    @property
    def closed(self) -> bool:
        """Whether the lab was closed."""
        return self._stack is None

    @property
    def url(self) -> str:
        """Where the api answers."""
        return self.stack.url

    @property
    def redis(self) -> Any:
        """A redis-py client, answers decoded."""
        if self.closed:
            raise LessonError("lesson-closed")
        return self._redis

    def close(self) -> None:
        """Stop and remove everything. A second call does nothing."""
        stack, self._stack = self._stack, None
        if stack is None:
            return
        self._watch.close()
        self._follower.close()
        self._redis.close()
        self._api.close()
        stack.down()

    def begin_anew(self) -> None:
        """As after opening: all services run, one worker, no jobs, an empty queue, an empty log."""
        if not all(self.stack.state(service) for service in SERVICES):
            raise StackError("not-up", reason=self.stack.name)  # somebody has removed it
        for service in SERVICES:
            self.stack.unpause(service)
            self.stack.start(service)
        if len(self.stack.state("worker")) != 1:
            self.stack.scale("worker", 1)
        self.redis.delete(QUEUE)
        self.wait_until_idle()
        history.forget_jobs(self.stack.postgres_dsn)
        self._watch.forget()
        self._answers.clear()
        self._log_begins = len(list(self.stack.logs("worker")))
        self._follower.close()
        self._follower = LogFollower(self.stack).__enter__()

    # What a reader does to the lab.

    def submit(self, picture: bytes, action: str, params: str = "") -> str:
        """Send one job as the lab does; its id. ``LessonError`` where the api refuses it."""
        answer = self._asked().submit(picture_job(picture, action, params, **_named(picture)))
        if answer.job_id is None:
            body = answer.document or answer.body[:200]
            raise LessonError("lesson-refused", status=answer.status, told=body)
        self._answers[answer.job_id] = answer
        return answer.job_id

    def finished(self, *job_ids: str, deadline_s: float = _JOB_S) -> pd.DataFrame:
        """Wait until the worker's log tells each of these jobs' ends; their rows."""
        self._follower.wait_until_final(job_ids, quiet_s=deadline_s, deadline_s=deadline_s)
        return self.rows(*job_ids)

    def reached(self, job_id: str, status: str, deadline_s: float = _JOB_S) -> None:
        """Wait until the job's row has this status."""
        until(
            lambda: status in set(self.rows(job_id)["status"]),
            deadline_s=deadline_s,
            what=f"{status} of {job_id}",
            interval_s=0.01,
        )

    def ended(self, *job_ids: str, deadline_s: float = _JOB_S) -> None:
        """Wait until PostgreSQL tells of each of these jobs that it is done, or failed."""
        query = "SELECT id FROM jobs WHERE id::text = ANY(%s) AND status IN ('COMPLETED', 'FAILED')"

        def all_ended() -> bool:
            return len(self.sql(query, list(job_ids))) == len(job_ids)

        until(all_ended, deadline_s=deadline_s, what="the jobs' ends", interval_s=0.1)

    def scale(self, workers: int) -> None:
        """So many workers; wait until all of them wait for work."""
        self.stack.scale("worker", workers)

        def all_wait() -> bool:
            return sum(connection.blocked for connection in self._services()) == workers

        until(all_wait, deadline_s=_READY_S, what=f"{workers} × BLPOP")

    def pause(self, service: str) -> None:
        """Freeze it. A worker frozen in BLPOP still swallows one message: ``stop`` it to see
        the queue.
        """
        self.stack.pause(service)

    def unpause(self, service: str) -> None:
        """Let a frozen service go on."""
        self.stack.unpause(service)

    def stop(self, service: str) -> None:
        """End the service in order, by SIGTERM."""
        self.stack.stop(service)

    def start(self, service: str) -> None:
        """Start a stopped service again, and wait until it runs."""
        self.stack.start(service)

    def kill(self, service: str) -> None:
        """End the service at once, by SIGKILL."""
        self.stack.kill(service)

    @contextmanager
    def stopped(self, service: str) -> Iterator[None]:
        """Within it the service does not run; it does again afterwards, whatever happened."""
        self.stop(service)
        try:
            yield
        finally:
            self.start(service)

    # What a reader looks at.

    def sql(self, query: str, *values: object) -> pd.DataFrame:
        """The answer of PostgreSQL; ``%s`` in the query stand for the values."""
        names, rows = history.ask(self.stack.postgres_dsn, query, values or None)
        return pd.DataFrame(rows, columns=names)

    def row(self, job_id: str) -> pd.DataFrame:
        """The job's row, a line a column, without what only the sweep uses."""
        return row_table(self.sql("SELECT * FROM jobs WHERE id = %s", job_id))

    def rows(self, *job_ids: str) -> pd.DataFrame:
        """id, action, params, status of these jobs (of all, without ids) in the order of their
        creation.
        """
        query = "SELECT id::text, action, params, status FROM jobs {} ORDER BY created_at"
        if not job_ids:
            return self.sql(query.format(""))
        return self.sql(query.format("WHERE id::text = ANY(%s)"), list(job_ids))

    def history(self, job_id: str) -> pd.DataFrame:
        """Every status that the row ever had: status, time."""
        query = "SELECT status, time FROM lesson.history WHERE job_id = %s ORDER BY number"
        return self.sql(query, job_id)

    def queue(self) -> pd.DataFrame:
        """The waiting messages from the list's head, a column a field."""
        return message_table(self.redis.lrange(QUEUE, 0, -1))

    def monitor(self) -> pd.DataFrame:
        """What Redis was sent about the queue (MONITOR), but for the kit's own questions: time,
        client, command."""
        own = {client.address for client in self._clients() if client.name.startswith("lab6-")}
        return command_table(self._watch.commands(), own)

    def clients(self) -> pd.DataFrame:
        """The connections of api and worker, as CLIENT LIST tells of them: cmd, flags, blocked,
        idle_s.
        """
        return client_table(self._services())

    def idleness(self, seconds: float = 3.0) -> RestingWorker:
        """Watch a worker that has nothing to do for a while."""
        self.wait_until_idle()
        return watch_idleness(self.stack, seconds)

    def wait_until_idle(self, deadline_s: float = _READY_S) -> None:
        """Until a worker waits in BLPOP and nothing waits for it."""

        def idle() -> bool:
            return any(
                connection.blocked for connection in self._services()
            ) and not self.redis.llen(QUEUE)

        until(idle, deadline_s=deadline_s, what="BLPOP")

    def events(self, *job_ids: str) -> pd.DataFrame:
        """What every witness saw of these jobs, oldest first: job_id, time, witness, event."""
        sources = Sources(
            answers=self._answers,
            commands=self._watch.commands(),
            statuses=self.sql("SELECT job_id::text, status, time FROM lesson.history"),
            log=self._follower.events,
        )
        return events_table(job_ids or tuple(self._answers), sources)

    def timeline(self, job_id: str) -> pd.DataFrame:
        """The same for one job, for people: milliseconds since the request, witness, what
        happened.
        """
        return timeline_table(self.events(job_id))

    def result(self, job_id: str) -> bytes:
        """The finished picture, through the api."""
        answer = self._asked().result(job_id)
        if answer.status != 200:
            raise LessonError("lesson-no-result", status=answer.status, told=answer.document)
        return answer.body

    def file(self, path: str) -> bytes:
        """A file of the storage, as the worker sees it."""
        return self.stack.read("worker", path)

    @property
    def log_source(self) -> str:
        """Where the worker's log comes from here, in one line."""
        return say(f"lesson.log-source.{self.runtime}", name=self.stack.state("worker")[0].name)

    def log(self, service: str = "worker") -> list[str]:
        """Its log line by line; the worker's since the lab was opened, or begun anew."""
        lines = [line.decode("utf-8", "replace").rstrip() for line in self.stack.logs(service)]
        return lines[self._log_begins :] if service == "worker" else lines

    def tail(self, *job_ids: str, deadline_s: float = _JOB_S) -> Iterator[str]:
        """The worker's log as it comes (docker SDK, or the process's own log), until these jobs
        have ended.
        """
        judge, open_jobs = Judge(lab_profile()), {job_id.lower() for job_id in job_ids}
        with closing(self.stack.logs("worker", follow=True)) as source:  # type: ignore[type-var]
            clock = Timer(deadline_s, source.close)  # type: ignore[attr-defined]
            clock.start()
            try:
                for number, raw in enumerate(source):
                    event = judge.feed(raw).event
                    if number >= self._log_begins:
                        yield raw.decode("utf-8", "replace").rstrip()
                    if event is not None and event.kind in _FINAL:
                        open_jobs.discard(event.job_id or "")
                    if not open_jobs:
                        return
            finally:
                clock.cancel()

    def verdict(self, *job_ids: str) -> LogVerdict:
        """The worker's log judged by the rules; ``job_ids``: what was really submitted, in
        order.
        """
        return judge_log(self.log(), job_ids or tuple(self._answers))

    def postgres(self) -> PostgresWitness:
        """The kit's own witness of the table ``jobs``."""
        return PostgresWitness(self.stack.postgres_dsn)

    def _asked(self) -> Api:
        if self.closed:
            raise LessonError("lesson-closed")
        return self._api

    def _services(self) -> tuple[RedisConnection, ...]:
        return tuple(
            connection for connection in self._clients() if not connection.name.startswith("lab6-")
        )

    def _clients(self) -> tuple[RedisConnection, ...]:
        address, password = self.stack.redis_address, self.stack.redis_password
        with RedisWitness(address, password=password) as witness:
            return witness.clients()

    def _connect(self) -> Any:
        address, password = self.stack.redis_address, self.stack.redis_password
        return connect_redis(address, password, name=NAME, decoded=True, answer_s=None)


def _named(picture: bytes) -> dict[str, str]:
    """Name and type of an upload, as its bytes say; what is no picture goes as one all the same."""
    try:
        with Image.open(BytesIO(picture)) as image:
            kind = "jpeg" if image.format == "JPEG" else "png"
    except OSError:
        kind = "png"
    return {"name": f"photo.{kind}", "media_type": f"image/{kind}"}


def restore(lab: LessonLab) -> bool:
    """Begin anew with a lab that may have suffered; whether it could."""
    try:
        lab.begin_anew()
    except (StackError, WitnessError, redis.RedisError, psycopg2.Error, OSError):
        return False
    return True
