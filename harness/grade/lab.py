"""The lab under experiment: its stack, its witnesses, and the few things that every experiment does to it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.grade.observed import FINAL, Sent
from harness.grade.pictures import make_params, make_picture
from harness.grade.rubric import Limits
from harness.stack.base import SERVICES, ServiceState, Stack
from harness.stack.waiting import WaitTimeout, until
from harness.witness.errors import WaitTimeoutError
from harness.witness.history import HistoryWitness
from harness.witness.http import Api
from harness.witness.postgres import PostgresWitness
from harness.witness.redis import RedisWitness


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnesses:
    """Fresh connections to everything that can be asked."""

    api: Api
    redis: RedisWitness
    postgres: PostgresWitness


class Lab:
    """A running stack and the randomness of this session. ``folder`` takes what the demonstration leaves."""

    def __init__(self, stack: Stack, *, seed: int, folder: Path, limits: Limits) -> None:
        self.stack = stack
        self.seed = seed
        self.folder = folder
        self.limits = limits
        self.history = HistoryWitness(stack.postgres_dsn)
        self.rng = np.random.default_rng([seed, 6])  # not the demonstration's own pictures again

    @contextmanager
    def witnesses(self) -> Iterator[Witnesses]:
        """All three, connected anew: a server may have been restarted meanwhile."""
        with (
            Api(self.stack.url) as api,
            RedisWitness(self.stack.redis_address) as redis,
            PostgresWitness(self.stack.postgres_dsn) as postgres,
        ):
            yield Witnesses(api=api, redis=redis, postgres=postgres)

    @contextmanager
    def stopped(self, service: str) -> Iterator[None]:
        """Within it the service does not run; it does again afterwards, whatever happened."""
        self.stack.stop(service)
        try:
            yield
        finally:
            self.stack.start(service)

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
        """Submit one job; it comes back with its row as it is at its end, or at the deadline."""
        sent = self.send(seen.api, "grayscale")
        return self.ended(seen.postgres, [sent], deadline_s)[0]

    def ended(
        self, postgres: PostgresWitness, sent: Sequence[Sent], deadline_s: float | None = None
    ) -> tuple[Sent, ...]:
        """The submissions with their rows, when all of these are final, or at the deadline."""
        ids = [one.job_id for one in sent if one.job_id]

        def all_final() -> bool:
            rows = postgres.rows(ids)
            return len(rows) == len(ids) and all(row.status in FINAL for row in rows.values())

        came(all_final, deadline_s=deadline_s or self.limits.job_s, what="the jobs' ends")
        rows = postgres.rows(ids)
        return tuple(one.with_row(rows.get(one.job_id)) for one in sent)


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
