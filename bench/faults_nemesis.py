"""The nemesis: every fault that a run knows, done to a running lab from outside, and mended again.

What needs an exact moment is a failpoint (``bench/failpoints.py``): the services hold none
themselves.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psycopg2
import redis

from harness.stack.base import SERVICES, Stack
from harness.stack.errors import StackError
from harness.stack.waiting import WaitTimeout, let_pass, until
from harness.witness.redis import RedisWitness

HIT_S = 8.0  #: for a point to be reached: after an error of Redis a worker rests for 5 s
_CUT_S = 0.7  #: shorter than any time-out: who waits goes on as if nothing had been
_RUBBISH = ("rubbish", "|||", "17|./storage/none.png|grayscale|", "\x00\n|")
_CUT_OFF = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
    AND application_name <> 'lab6-witness'
"""
_ANY_MESSAGE = """
SELECT concat_ws('|', id, input_path, action, params) FROM jobs ORDER BY random() LIMIT 1
"""

_WORKER_POINTS = (
    *("pop", "claim.before", "claim.committing", "claim.committed", "picture", "encode"),
    *("save", "saved", "finish.before", "finish.committing", "finish.committed"),
)
_API_POINTS = (
    *("save", "insert.before", "insert.committing", "insert.committed"),
    *("push.before", "push.after"),
)


class Nemesis:
    """Faults for one stack. ``folder`` is that of the failpoints, ``lease_s`` how long a claim
    holds.
    """

    def __init__(self, stack: Stack, folder: Path, rng: random.Random, *, lease_s: float) -> None:
        self.stack = stack
        self.lease_s = lease_s
        self.folder = folder
        self._rng = rng

    def inject(self, name: str) -> bool:
        """Do it, and mend it; whether it could be done (a point may not be reached)."""
        try:
            return {**FAULTS, **ENGINE_FAULTS}[name](self)
        finally:
            self.heal()

    def heal(self) -> None:
        """Everything that stands still goes on, everything that ended is started; who ends
        again, another time.
        """
        for file in self.folder.iterdir():
            if not file.name.endswith(".clock"):
                file.unlink(missing_ok=True)
        for service in SERVICES:
            states = {state.status for state in self.stack.state(service)}
            if "paused" in states:
                self.stack.unpause(service)
            if not states <= {"running", "paused"}:
                with suppress(StackError):  # poison ends a worker as soon as it is started
                    self.stack.start(service)

    def arm(self, point: str, action: str) -> None:
        """Who comes to ``<service>.<point>`` first does it; once."""
        unfinished = self.folder / f".{point}"
        unfinished.write_text(action, encoding="ascii")
        unfinished.chmod(0o666)
        unfinished.rename(self.folder / point)

    def was_hit(self, point: str) -> bool:
        """Whether somebody came there since it was armed last."""
        return (self.folder / f"{point}.hit").exists()

    def hit(self, point: str, deadline_s: float = HIT_S) -> bool:
        """Wait until somebody did; False when nobody does."""
        with suppress(WaitTimeout):
            until(partial(self.was_hit, point), deadline_s=deadline_s, what=point, interval_s=0.01)
            return True
        return False

    def at(self, point: str, action: str) -> bool:
        """A fault at a point; back when it has happened."""
        (self.folder / f"{point}.hit").unlink(missing_ok=True)
        self.arm(point, action)
        if not self.hit(point):
            return False
        if status := {"kill": "exited", "stop": "paused"}.get(action):
            service = point.partition(".")[0]
            until(partial(self.some, service, status), deadline_s=HIT_S, what=f"{point}: {status}")
        return True

    def some(self, service: str, status: str) -> bool:
        """Whether one of its replicas is in that state."""
        return any(state.status == status for state in self.stack.state(service))

    def frozen_at(self, point: str) -> bool:
        """A worker that stands still at a point until its lease is over."""
        in_container = self.stack.runtime == "compose"
        if not self.at(point, "wait" if in_container else "stop"):
            return False
        if in_container:
            self.stack.pause("worker")
            (self.folder / f"{point}.hit").unlink()
        let_pass(self.lease_s + 0.5)
        return True

    def soon(self) -> None:
        """Wait for a random moment."""
        let_pass(self._rng.uniform(0.0, 0.3))

    def killed(self, service: str) -> bool:
        """Send SIGKILL to a service at a random moment."""
        self.soon()
        self.stack.kill(service)
        return True

    def restarted(self, service: str) -> bool:
        """An orderly stop, which keeps the data."""
        self.soon()
        self.stack.restart(service)
        return True

    def paused(self, service: str, seconds: float) -> bool:
        """Freeze a service for a while."""
        self.soon()
        self.stack.pause(service)
        let_pass(seconds)
        self.stack.unpause(service)
        return True

    def redis_lost(self) -> bool:
        """Redis ends without saving, and comes back empty (or with what it saved long ago)."""
        self.soon()
        self.stack.kill("redis")
        folder = getattr(self.stack, "folder", None)
        if folder is not None and self._rng.random() < 0.7:
            (folder / "redis" / "dump.rdb").unlink(missing_ok=True)
        self.stack.start("redis")
        return True

    def redis_told(self, *command: str) -> bool:
        """A command of Redis that hurts."""
        self.soon()
        with closing(self.redis()) as client:
            client.execute_command(*command)  # type: ignore[no-untyped-call]
        return True

    def postgres_cut(self) -> bool:
        """End every connection to PostgreSQL."""
        self.soon()
        self._asked(_CUT_OFF)
        return True

    def delivered_again(self, times: int) -> bool:
        """A job's own message so many times more: one that waits, runs or is done."""
        rows = self._asked(_ANY_MESSAGE)
        if not rows:
            return False
        with self.witness() as queue:
            for _ in range(times):
                queue.push(rows[0][0])
        return True

    def rubbish(self) -> bool:
        """Push messages that are no events of the lab."""
        with self.witness() as queue:
            for message in _RUBBISH:
                queue.push(message)
        return True

    def network_cut(self) -> bool:
        """A worker's container without any network, as by a pulled cable, until its lease is
        over.
        """
        from harness.stack import docker_door as door

        state = self._rng.choice(self.stack.state("worker"))
        container = door.client().containers.get(state.name)
        (name,) = container.attrs["NetworkSettings"]["Networks"]
        network = door.client().networks.get(name)
        self.soon()
        network.disconnect(container, force=True)
        try:
            let_pass(self.lease_s + 0.5)
        finally:
            network.connect(container, aliases=["worker"])
        return True

    def scaled(self, replicas: int) -> bool:
        """Run this many workers from now on."""
        with suppress(StackError):  # poison, again
            self.stack.scale("worker", replicas)
        return True

    def clock_wrong(self, seconds: float) -> bool:
        """The workers' clock is wrong from now on, and in another time zone."""
        (self.folder / "worker.clock").write_text(str(seconds), encoding="ascii")
        self.stack.kill("worker")
        return True

    def _asked(self, query: str) -> list[tuple[Any, ...]]:
        with closing(psycopg2.connect(self.stack.postgres_dsn, connect_timeout=10)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(query)
                return list(cursor.fetchall())

    def witness(self) -> RedisWitness:
        """A witness that can push messages."""
        return RedisWitness(self.stack.redis_address)

    def redis(self) -> redis.Redis:
        """A client for what no witness does."""
        host, port = self.stack.redis_address
        return redis.Redis(host=host, port=port, socket_timeout=10)


Injection = Callable[[Nemesis], bool]


def _faults() -> dict[str, Injection]:
    faults: dict[str, Injection] = {}
    for service in ("worker", "api", "postgres"):
        faults[f"{service} killed"] = partial(Nemesis.killed, service=service)
    for service in ("redis", "postgres"):
        faults[f"{service} restarted"] = partial(Nemesis.restarted, service=service)
        faults[f"{service} paused"] = partial(Nemesis.paused, service=service, seconds=_CUT_S)
    for service, points in (("worker", _WORKER_POINTS), ("api", _API_POINTS)):
        for point in points:
            name = f"{service}.{point}"
            faults[f"killed at {name}"] = partial(Nemesis.at, point=name, action="kill")
            if point.startswith(("claim", "finish", "insert")):
                faults[f"PostgreSQL lost at {name}"] = partial(
                    Nemesis.at, point=name, action="lose"
                )
    for point in ("pop", "claim.committed", "save", "finish.before", "finish.committing"):
        faults[f"frozen past the lease at worker.{point}"] = partial(
            Nemesis.frozen_at, point=f"worker.{point}"
        )
    for service in ("worker", "api"):
        faults[f"disk full at {service}"] = partial(
            Nemesis.at, point=f"{service}.write", action="full"
        )
    return faults | {
        "push failed": partial(Nemesis.at, point="api.push.before", action="timeout"),
        "push timed out but done": partial(Nemesis.at, point="api.push.after", action="timeout"),
        "workers paused past the lease": lambda nemesis: nemesis.paused(
            "worker", nemesis.lease_s + 0.5
        ),
        "redis lost its data": Nemesis.redis_lost,
        "redis flushed": lambda nemesis: nemesis.redis_told("FLUSHALL"),
        "redis connections cut": lambda nemesis: nemesis.redis_told(
            "CLIENT", "KILL", "TYPE", "normal"
        ),
        "PostgreSQL connections cut": Nemesis.postgres_cut,
        "delivered five times more": lambda nemesis: nemesis.delivered_again(5),
        "malformed messages": Nemesis.rubbish,
        "one worker": lambda nemesis: nemesis.scaled(1),
        "two workers": lambda nemesis: nemesis.scaled(2),
        "four workers": lambda nemesis: nemesis.scaled(4),
        "clock an hour ahead": lambda nemesis: nemesis.clock_wrong(3600.0),
        "clock a day behind": lambda nemesis: nemesis.clock_wrong(-86400.0),
    }


FAULTS: Mapping[str, Injection] = MappingProxyType(_faults())
#: Those that only containers can suffer.
ENGINE_FAULTS: Mapping[str, Injection] = MappingProxyType({"network cut": Nemesis.network_cut})
POISON = (
    "poison"  #: a fault that comes with a submission: its picture ends every worker that decodes it
)


def kinds_for(runtime: str) -> tuple[str, ...]:
    """The faults that this runtime can suffer."""
    if runtime == "kubernetes":
        from bench.faults_kubernetes import CLUSTER_FAULTS

        return tuple(CLUSTER_FAULTS)
    return (*FAULTS, POISON, *(ENGINE_FAULTS if runtime == "compose" else ()))


def schedule(count: int, rng: random.Random, kinds: Sequence[str]) -> tuple[str, ...]:
    """So many faults, each kind once before any comes again."""
    names: list[str] = []
    while len(names) < count:
        names += rng.sample(kinds, len(kinds))
    return tuple(names[:count])
