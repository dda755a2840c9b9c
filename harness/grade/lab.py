"""The lab under experiment: its stack, its witnesses, and the few things that every experiment does to it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import numpy as np

from harness.grade.observed import FINAL, Sent
from harness.grade.pictures import make_params, make_picture
from harness.grade.rubric import Limits
from harness.stack.base import SERVICES, ServiceState, Stack
from harness.stack.errors import StackError
from harness.stack.waiting import WaitTimeout, until
from harness.witness.dialect import Dialect
from harness.witness.errors import WaitTimeoutError, WitnessError
from harness.witness.history import HistoryWitness
from harness.witness.http import Api
from harness.witness.log import LogFollower
from harness.witness.postgres import PostgresWitness
from harness.witness.redis import RedisWitness

_LOOK_S = 0.5
_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnesses:
    """Fresh connections to everything that can be asked."""

    api: Api
    redis: RedisWitness
    postgres: PostgresWitness


class Lab:
    """A running stack and the randomness of this session. ``folder`` takes what the demonstration leaves."""

    def __init__(
        self,
        stack: Stack,
        dialect: Dialect,
        *,
        seed: int,
        folder: Path,
        limits: Limits,
        probes: tuple[str, ...] = (),
    ) -> None:
        self.stack = stack
        self.dialect = dialect
        self.probes = probes  #: jobs that were sent before all experiments
        self.seed = seed
        self.folder = folder
        self.limits = limits
        self.history = HistoryWitness(stack.postgres_dsn, dialect)
        self.rng = np.random.default_rng([seed, 6])  # not the demonstration's own pictures again

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
        return RedisWitness(
            self.stack.redis_address, password=self.stack.redis_password, queue=self.dialect.queue
        )

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

    def revive(self) -> None:
        """Start what an experiment has ended for good, without the messages that may have ended it: the next
        one judges its own matter alone. What ends at once again, the next one finds so."""
        for service in SERVICES:
            if not any(state.status == "running" for state in self.stack.state(service)):
                with suppress(StackError, WitnessError):
                    if service == "worker":
                        with self.redis() as redis:
                            redis.clear()
                    self.stack.start(service)

    def restart(self) -> None:
        """The submission's own services anew."""
        for service in ("api", "worker"):
            with suppress(StackError):
                self.stack.restart(service)

    def states(self) -> tuple[ServiceState, ...]:
        """Every replica of every service, as it is now."""
        return tuple(state for service in SERVICES for state in self.stack.state(service))

    def job(self, action: str) -> tuple[str, str, bytes]:
        """Action, random parameters and a random picture for one job."""
        picture = make_picture(self.rng)
        return action, make_params(self.rng, action, picture.size), picture.data

    def send(self, api: Api, action: str) -> Sent:
        """Submit one random job."""
        return submit(api, *self.job(action))

    def send_and_wait(self, seen: Witnesses, deadline_s: float) -> Sent:
        """Submit one job; it comes back with its row as it is at its end, or when none will come."""
        sent = self.send_until_taken(seen.api, "grayscale")
        return self.ended(seen, [sent], deadline_s)[0]

    def send_until_taken(self, api: Api, action: str) -> Sent:
        """Submit one random job, again while the api answers 5xx: after an outage each dead connection of its
        pool may cost one such answer, which loses nothing. The last answer counts."""
        job, sent = self.job(action), []

        def taken() -> bool:
            sent.append(submit(api, *job))
            return sent[-1].answer.status < _SERVER_ERROR

        came(taken, deadline_s=self.limits.taken_s, what="an answer other than 5xx")
        return sent[-1]

    def ended(
        self, seen: Witnesses, sent: Sequence[Sent], deadline_s: float | None = None
    ) -> tuple[Sent, ...]:
        """The submissions with their rows, when all of these are final, or will not be any more."""
        ids = [one.job_id for one in sent if one.job_id]
        stillness = Stillness(lambda: self._nobody_works(seen.redis))

        def over() -> bool:
            rows = seen.postgres.rows(ids)
            if len(rows) == len(ids) and all(row.status in FINAL for row in rows.values()):
                return True
            statuses = {job_id: row.status for job_id, row in rows.items()}
            return stillness.lasts_s(statuses) >= self.limits.quiet_s

        came(over, deadline_s=deadline_s or self.limits.job_s, what="the jobs' ends")
        rows = seen.postgres.rows(ids)
        return tuple(one.with_row(rows.get(one.job_id)) for one in sent)

    def _nobody_works(self, redis: RedisWitness) -> bool:
        """No worker runs, or one waits for messages and there is none."""
        if not any(state.status == "running" for state in self.stack.state("worker")):
            return True
        return redis.queue_length() == 0 and bool(redis.blocked())


class Stillness:
    """How long nothing has changed while ``idle`` held: then nothing will come any more."""

    def __init__(self, idle: Callable[[], bool]) -> None:
        self._idle = idle
        self._state: object = None
        self._since = self._looked = monotonic()

    def lasts_s(self, state: object) -> float:
        """Seconds since the state last differed, or ``idle`` (asked twice a second) did not hold."""
        now = monotonic()
        if state != self._state:
            self._state, self._since = state, now
        elif now - self._looked >= _LOOK_S:
            self._looked = now
            if not self._idle():
                self._since = now
        return now - self._since


def submit(api: Api, action: str, params: str, picture: bytes) -> Sent:
    """Submit this job."""
    answer = api.submit(picture, action, params)
    return Sent(action=action, params=params, picture=picture, answer=answer)


def came(condition: Callable[[], object], *, deadline_s: float, what: str) -> bool:
    """Whether the condition came to hold before its deadline. That it did not is for a check to judge."""
    try:
        until(condition, deadline_s=deadline_s, what=what, interval_s=0.02)
    except (WaitTimeout, WaitTimeoutError):
        return False
    return True
