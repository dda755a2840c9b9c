"""The lab under experiment: its stack, its witnesses, and the few things that every experiment does
to it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.grade.experiments.limits import Limits
from harness.grade.experiments.sending import FINAL, SERVER_ERROR, Sent, submit
from harness.grade.experiments.waiting import Stillness, came
from harness.stack.base import SERVICES, ServiceState, Stack
from harness.stack.errors import StackError
from harness.stack.waiting import WaitTimeout, until
from harness.trace import Event
from harness.witness.command_counts import published_so_far
from harness.witness.dialect import Dialect
from harness.witness.errors import WaitTimeoutError, WitnessError
from harness.witness.history import HistoryWitness
from harness.witness.http import Api
from harness.witness.log import LogFollower
from harness.witness.message import JOB, PATH
from harness.witness.monitor import Monitor, monitored
from harness.witness.postgres import PostgresWitness, Row
from harness.witness.redis import RedisWitness
from harness.workload import JobRequest, Workload

_WINDOWS = 4  #: times that several jobs are waited for anew, as long as one of them ends
_STARTS_S = 10.0
_SHORTEST_S = 1.0  #: is waited even for a worker that has never taken anything


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnesses:
    """Fresh connections to everything that can be asked."""

    api: Api
    redis: RedisWitness
    postgres: PostgresWitness


class LabUnderTest:
    """A running stack and the randomness of this session. ``folder`` takes what the demonstration
    leaves."""

    def __init__(
        self,
        stack: Stack,
        workload: Workload,
        dialect: Dialect,
        *,
        seed: int,
        folder: Path,
        limits: Limits,
        probes: tuple[str, ...] = (),
        tried: tuple[str, ...] = (),
        begun: bool = True,
    ) -> None:
        self.stack = stack
        self.workload = workload
        self.dialect = dialect
        self.tried = (
            tried  #: paths that were asked for the first job, each with its answer's status
        )
        self.probes = probes  #: jobs that were sent before all experiments
        self.seed = seed
        self.folder = folder
        self.limits = limits
        self._fruitless = (
            0 if begun else 1
        )  # waits for somebody to take a job, while nobody ever did
        self._unfinished = 0  # waits in a row at whose deadline a job was begun and not ended
        self._refused = False  # the api's last answer to a plain job was of 5xx
        #: of the workload's kinds of jobs those that experiments send
        self.kinds = tuple(range(workload.kinds))
        self.history = HistoryWitness(stack.history_dsn, dialect, aside=self._aside)
        self.rng = np.random.default_rng([seed, 6])  # not the demonstration's own jobs again

    @contextmanager
    def witnesses(self) -> Iterator[Witnesses]:
        """All three, connected anew: a server may have been restarted meanwhile."""
        with (
            self.api() as api,
            self.redis() as redis,
            PostgresWitness(self.stack.postgres_dsn, self.dialect) as postgres,
        ):
            yield Witnesses(api=api, redis=redis, postgres=postgres)

    def api(self) -> Api:
        """The http witness."""
        return Api(self.stack.url, dialect=self.dialect)

    def redis(self) -> RedisWitness:
        """The redis witness."""
        dialect = self.dialect
        return RedisWitness.of(self.stack, queue=dialect.queue, database=dialect.queue_database)

    def published(self) -> int:
        """How many events Redis was given so far, by whatever command."""
        stack = self.stack
        return published_so_far(stack.redis_address, stack.redis_password, stack.redis_user)

    def monitored(self) -> AbstractContextManager[Monitor]:
        """Every command that Redis is sent, from now on."""
        stack = self.stack
        return monitored(stack.redis_address, stack.redis_password, stack.redis_user)

    def follow_log(self) -> LogFollower:
        """The log witness, on the worker."""
        return LogFollower(self.stack, profile=self.dialect.profile)

    @contextmanager
    def stopped(self, service: str) -> Iterator[None]:
        """Within it the service does not run; it does again afterwards, whatever happened."""
        self.stack.stop(service)
        try:
            yield
        finally:
            self.stack.start(service)

    @contextmanager
    def _aside(self) -> Iterator[None]:
        """Within it neither the api nor the worker runs."""
        with self.stopped("api"), self.stopped("worker"):
            yield
        self.wait_for_api()

    def patient_s(self, seconds: float) -> float:
        """How long to wait at most for what a worker does: where nobody took the first job in all
        the time that a job may take, and with every further wait that was in vain, half as long as
        until nothing moves. Whoever takes one after all is waited for as usual; who did not end
        what it began, half as long with every such wait, at last as long as until nothing moves."""
        if self._fruitless:
            return min(seconds, max(self.limits.quiet_s / 2.0**self._fruitless, _SHORTEST_S))
        if self._unfinished:
            shorter = self.limits.job_s / 2.0**self._unfinished
            return min(seconds, max(shorter, self.limits.quiet_s))
        return seconds

    def waited(self, statuses: Sequence[str], *, in_time: bool = True) -> None:
        """Jobs were waited for, and have come so far: in time, or when the wait was given up. Once
        one was begun, nobody is hurried any more until what is begun does not end."""
        self._unfinished = 0 if in_time else self._unfinished + 1
        if any(status != "QUEUED" for status in statuses):
            self._fruitless = 0
        elif self._fruitless:
            self._fruitless += 1

    def revive(self) -> None:
        """Start what an experiment has ended for good, without the messages that may have ended it:
        the next one judges its own matter alone; so a worker that hangs in its job; and an api
        anew that refused a plain job last. What ends at once again, the next one finds so."""
        if self._refused:
            self._refused = False
            with suppress(StackError, WitnessError):
                self.stack.restart("api")
                self.wait_for_api()
        if self._unfinished:
            with suppress(StackError):
                self.stack.kill("worker")  # it need not listen to a signal any more
        for service in SERVICES:
            if not any(state.status == "running" for state in self.stack.state(service)):
                with suppress(StackError, WitnessError):
                    if service == "worker":
                        with self.redis() as redis:
                            redis.clear()
                    self.stack.start(service)
                    if service == "worker":
                        self._await_rest()

    def _await_rest(self) -> None:
        """Until the worker that has just been started waits in Redis: what it spends to start is
        spent on no job. One that never waits there, is not waited for long."""
        with suppress(WaitTimeout, WitnessError), self.redis() as redis:
            until(redis.at_rest, deadline_s=_STARTS_S, what="the worker at rest")

    def restart(self) -> None:
        """The submission's own services anew."""
        for service in ("api", "worker"):
            with suppress(StackError):
                self.stack.restart(service)

    def states(self) -> tuple[ServiceState, ...]:
        """Every replica of every service, as it is now."""
        return tuple(state for service in SERVICES for state in self.stack.state(service))

    def files_named_by(self, messages: Sequence[str]) -> dict[str, str]:
        """The paths that messages name, by job; none in a lab whose jobs have no files."""
        read = filter(None, map(self.dialect.message.read, messages))
        return {message[JOB].lower(): message[PATH] for message in read if PATH in message}

    def leave_out(self, kinds: Iterable[int]) -> None:
        """Send no jobs of these kinds any more: what the quiet run has seen of them is judged
        once, by the checks about them."""
        left_out = set(kinds)
        self.kinds = tuple(kind for kind in self.kinds if kind not in left_out) or self.kinds

    def job(self, number: int = 0) -> JobRequest:
        """One random job of this kind, counted round and round."""
        return self.workload.job(self.rng, self.kinds[number % len(self.kinds)])

    def send(self, api: Api, number: int = 0) -> Sent:
        """Submit one random job of this kind."""
        return self.answered(submit(api, self.job(number)))

    def answered(self, sent: Sent) -> Sent:
        """The same; an api that answers a plain job with 5xx is started anew before the next
        experiment: that has been judged once already."""
        self._refused = sent.answer.status >= SERVER_ERROR
        return sent

    def send_and_wait(self, seen: Witnesses, deadline_s: float) -> Sent:
        """Submit one job; it comes back with its row as it is at its end, or when none will
        come."""
        sent = self.send_until_taken(seen.api)
        return self.ended(seen, [sent], deadline_s)[0]

    def send_until_taken(self, api: Api, number: int = 0) -> Sent:
        """Submit one random job, again while the api answers 5xx: after an outage each dead
        connection of its pool may cost one such answer, which loses nothing. The last answer
        counts."""
        job, sent = self.job(number), []

        def taken() -> bool:
            sent.append(self.answered(submit(api, job)))
            return sent[-1].answer.status < SERVER_ERROR

        came(taken, deadline_s=self.limits.taken_s, what="an answer other than 5xx")
        if len(sent) == 1 and sent[0].answer.status >= SERVER_ERROR:
            taken()  # a pool may let its first customer wait for half a minute, and then refuse
        return sent[-1]

    def await_begun(self, begun: Callable[[], object]) -> None:
        """Wait until a job is begun, as ``begun`` tells, or longer than one may take."""
        limit_s = self.patient_s(self.limits.job_s)
        if not came(begun, deadline_s=limit_s, what="a job's PROCESSING"):
            self.waited((), in_time=False)

    def ended(
        self,
        seen: Witnesses,
        sent: Sequence[Sent],
        deadline_s: float | None = None,
        *,
        quiet_s: float | None = None,
    ) -> tuple[Sent, ...]:
        """The submissions with their rows, when all of these are final, or will not be any more:
        nothing has moved for ``quiet_s``."""
        ids = [job.job_id for job in sent if job.job_id]
        stillness = Stillness(self.stack, seen.redis, quiet_s=quiet_s or self.limits.quiet_s)

        def over() -> bool:
            rows = seen.postgres.rows(ids)
            if len(rows) == len(ids) and all(row.status in FINAL for row in rows.values()):
                return True
            statuses = {job_id: row.status for job_id, row in rows.items()}
            return stillness.over(statuses)

        asked_s = deadline_s or self.limits.job_s
        in_time, done, rows = False, 0, dict[str, Row]()
        for _ in range(_WINDOWS):
            in_time = came(over, deadline_s=self.patient_s(asked_s), what="the jobs' ends")
            rows = seen.postgres.rows(ids)
            before, done = done, sum(row.status in FINAL for row in rows.values())
            if in_time or done <= before:
                break  # else it is slow, and goes on: each job is waited for
        in_time = in_time or asked_s < self.limits.job_s  # whoever waits so short expects no end
        self.waited([row.status for row in rows.values()], in_time=in_time)
        return tuple(job.with_row(rows.get(job.job_id)) for job in sent)

    def result_now(self, row: Row | None) -> bytes | None:
        """What lies where the row of a COMPLETED job names its result: the worker is frozen at that
        moment, where it can be, so that nothing is written later unseen. b"" where nothing lies
        there; None where nobody can tell.
        """
        path = row.output_path if row is not None and row.status == "COMPLETED" else None
        if not path or not self.dialect.message.has_file:
            return None
        with suppress(StackError):
            self.stack.pause("worker")
        try:
            return self.stack.read("worker", path)
        except StackError as error:
            return b"" if error.reference == "file-missing" else None
        finally:
            with suppress(StackError):
                self.stack.unpause("worker")

    def events(self, log: LogFollower, sent: Sequence[Sent]) -> tuple[Event, ...]:
        """What the log tells of these jobs, when it has told of their ends (their rows are final
        already)."""
        with suppress(WaitTimeoutError):
            log.wait_until_final([job.job_id for job in sent if job.job_id], quiet_s=3.0)
        return tuple(event for job in sent for event in log.events_of(job.job_id))

    def wait_for_api(self) -> None:
        """A process that runs may not listen yet. Any answer will do."""

        def answers() -> bool:
            try:
                with Api(self.stack.url, timeout_s=2.0) as api:
                    return api.request("GET", "/health").status < 500
            except WitnessError:
                return False

        came(answers, deadline_s=self.limits.back_s, what="GET /health")
