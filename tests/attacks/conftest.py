"""The lab's own services on the embedded runtime, under attack."""

from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from harness.stack.embedded import EmbeddedStack
from harness.stack.waiting import until
from harness.witness.http import Api
from harness.witness.postgres import PostgresWitness, Row
from harness.witness.redis import RedisWitness

JOB_S = 60
FINAL = ("COMPLETED", "FAILED")
MOST_BYTES = 300 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Attacked:
    """The lab and what is asked of it."""

    stack: EmbeddedStack
    api: Api
    redis: RedisWitness
    postgres: PostgresWitness

    @property
    def storage(self) -> Path:
        """The folder that both services write to."""
        return self.stack.folder / "storage"

    def ended(self, job_id: str) -> Row:
        """The job's row at its end."""
        return until(
            lambda: (row := self.postgres.row(job_id)) and row.status in FINAL and row,
            deadline_s=JOB_S,
            what="the job's end",
        )

    def too_fat(self) -> dict[str, int]:
        """The services whose process has ever held more than allowed, and how much, MB."""
        most = {service: peak(self.stack.state(service)[0].pid) for service in ("api", "worker")}
        return {service: held >> 20 for service, held in most.items() if held >= MOST_BYTES}


@pytest.fixture(scope="session")
def lab():
    """One lab for all attacks: at its end it must be as well as at its beginning, and no fatter
    than allowed.
    """
    with EmbeddedStack() as stack:
        stack.up()
        before = {service: stack.state(service)[0].pid for service in ("api", "worker")}
        with (
            Api(stack.url) as api,
            RedisWitness(stack.redis_address) as redis,
            PostgresWitness(stack.postgres_dsn) as postgres,
        ):
            attacked = Attacked(stack=stack, api=api, redis=redis, postgres=postgres)
            yield attacked
            assert {service: stack.state(service)[0].pid for service in before} == before
            assert attacked.too_fat() == {}


def peak(pid):
    """VmHWM where the system tells it, else what is held now."""
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        line = next(
            line
            for line in status.read_text(encoding="ascii").splitlines()
            if line.startswith("VmHWM")
        )
        return int(line.split()[1]) * 1024
    return psutil.Process(pid).memory_info().rss
