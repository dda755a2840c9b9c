"""One run: a loop of the three under load, a seeded nemesis, and what became of every job."""

import hashlib
import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import psycopg2

from bench.faults_judge import SentJob, Tally, steps_of, tally
from bench.faults_load import FaultLoad
from bench.faults_nemesis import POISON, Nemesis, kinds_for, schedule
from bench.faults_services import with_failpoints
from harness.cli.no_interrupt import shielded
from harness.loops import build_lab
from harness.stack.base import Stack
from harness.stack.compose import ComposeStack
from harness.stack.embedded import EmbeddedStack
from harness.stack.errors import StackError
from harness.stack.waiting import WaitTimeout, until
from harness.witness.history import HistoryWitness
from harness.witness.pgoutput import WrittenRow
from harness.witness.redis import RedisWitness

#: Short times, so that a run meets many leases; the kit's own are 60 s, 5 s and 10 s.
LEASE_S = 3.0
TIMES = {"LEASE_SECONDS": str(LEASE_S), "SWEEP_SECONDS": "0.5", "WAIT_SECONDS": "1.5"}

_STEP_S = 20.0  #: for a step's submissions to be acknowledged
_QUIET_S = 15.0  #: without any change of any row: what is not done by then never will be
_DRAIN_S = 600.0
_READ_EVERY = 20  #: faults, so that PostgreSQL need not keep its whole log
_SO_FAR = """
SELECT count(*) FILTER (WHERE status NOT IN ('COMPLETED', 'FAILED')), count(*), sum(attempts),
    max(pushed_at), max(finished_at), count(*) FILTER (WHERE status = 'PROCESSING') FROM jobs
"""

Progress = Callable[[str, int, int], None]
"""Called with what is being done, and how many of how many faults."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultsOutcome:
    """What one run showed."""

    loop: str
    faults: int  #: injected
    kinds: tuple[str, ...]  #: in order
    missed: int  #: points that nobody came to in time
    tally: Tally
    seconds: float


@contextmanager
def running_lab(loop: str, runtime: str) -> Iterator[tuple[Stack, Path]]:
    """A stack of this loop that is up, and its folder of failpoints (none in a cluster); gone
    afterwards.
    """
    with tempfile.TemporaryDirectory(prefix="lab6-faults-") as folder:
        place = Path(folder)
        place.chmod(0o755)
        stack = _stack_of(build_lab(loop, place / "lab"), place / "armed", runtime)
        try:
            stack.up()
            yield stack, place / "armed"
        finally:
            with shielded():
                stack.down()


def _stack_of(lab: Path, armed: Path, runtime: str) -> Stack:
    if runtime == "kubernetes":
        from harness.stack.kubernetes.stack import KubernetesStack

        return KubernetesStack(lab=lab, settings=TIMES)
    with_failpoints(lab, armed, TIMES)
    return ComposeStack(lab=lab) if runtime == "compose" else EmbeddedStack(lab=lab)


def _nemesis_of(stack: Stack, armed: Path, rng: random.Random) -> Nemesis:
    if stack.runtime == "kubernetes":
        from bench.faults_kubernetes import ClusterNemesis

        return ClusterNemesis(stack, armed, rng, lease_s=LEASE_S)
    return Nemesis(stack, armed, rng, lease_s=LEASE_S)


def run(
    loop: str, *, jobs: int, faults: int, seed: int, runtime: str, progress: Progress
) -> FaultsOutcome:
    """Submit so many jobs under so many faults, let the lab come to rest, judge."""
    rng = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
    plan = schedule(faults, rng, kinds_for(runtime))
    began = monotonic()
    progress("start", 0, faults)
    with running_lab(loop, runtime) as (stack, armed):
        history = HistoryWitness(stack.postgres_dsn)
        nemesis = _nemesis_of(stack, armed, rng)
        with FaultLoad(stack.url, rng) as load:
            done = []
            for number, kind in enumerate(plan, 1):
                progress(kind, number, faults)
                before = jobs * (number - 1) // faults
                load.submit(jobs * number // faults - before, poison=kind == POISON)
                if kind == POISON or nemesis.inject(kind):
                    done.append(kind)
                acknowledged(load, nemesis, jobs * number // faults)
                if number % _READ_EVERY == 0:
                    history.writes()
            progress("drain", faults, faults)
            attempts = load.attempts()
            come_to_rest(stack, nemesis)
            progress("judge", faults, faults)
            result = tally(attempts, facts(stack, history.writes(), load))
    return FaultsOutcome(
        loop=loop,
        faults=len(done),
        kinds=tuple(done),
        missed=faults - len(done),
        tally=result,
        seconds=round(monotonic() - began, 1),
    )


def acknowledged(load: FaultLoad, nemesis: Nemesis, wanted: int) -> None:
    """Wait for a step's jobs; a lab that takes none for long is behind, and the next step goes
    on.
    """

    def all_taken() -> bool:
        nemesis.heal()
        return load.acknowledged >= wanted

    with suppress(WaitTimeout):
        until(all_taken, deadline_s=_STEP_S, what="submissions", interval_s=0.1)


def come_to_rest(stack: Stack, nemesis: Nemesis) -> None:
    """Until every row has ended and the list is empty, or nothing has changed for long."""
    latest, since, end = None, monotonic(), monotonic() + _DRAIN_S

    def rests() -> bool:
        nonlocal latest, since
        nemesis.heal()
        open_rows, *rest = so_far(stack)
        with RedisWitness(stack.redis_address) as redis:
            waiting = redis.queue_length()
            idle = len(redis.blocked()) >= len(stack.state("worker"))
        if not open_rows and not waiting and idle:
            return True
        if (now := (open_rows, *rest, waiting)) != latest:
            latest, since = now, monotonic()
        return monotonic() - since > _QUIET_S or monotonic() > end

    until(rests, deadline_s=_DRAIN_S + _QUIET_S, what="rest", interval_s=0.3)


def so_far(stack: Stack) -> tuple[Any, ...]:
    """How many rows have not ended, and what changes while anything goes on."""
    dsn = stack.postgres_dsn
    with (
        closing(psycopg2.connect(dsn, connect_timeout=10)) as connection,
        connection.cursor() as cur,
    ):
        cur.execute(_SO_FAR)
        return tuple(cur.fetchone() or ())


def facts(stack: Stack, writes: tuple[WrittenRow, ...], load: FaultLoad) -> Iterator[SentJob]:
    """Every row as the writes to it and the files tell."""
    for job_id, steps in steps_of(writes).items():
        values = steps[-1].values
        upload = read(stack, values.get("input_path"))
        digest = hashlib.sha256(upload).hexdigest() if upload is not None else None
        result = read(stack, values.get("output_path"))
        yield SentJob(
            id=job_id,
            statuses=tuple(step.values.get("status") or "" for step in steps),
            history=tuple(f"{step.time:%H:%M:%S.%f} {step.values.get('status')}" for step in steps),
            upload=digest,
            right=digest is not None and result is not None and load.is_right(digest, result),
        )


def read(stack: Stack, path: str | None) -> bytes | None:
    """A file of the storage; None where there is none."""
    if not path:
        return None
    try:
        return stack.read("worker", path)
    except StackError as error:
        if error.reference != "file-missing":
            raise
        return None
