"""What a cluster's machine does with a work: unpack it, grade it, send the results back.

It ends the suite of a work that nobody waits for any more: whoever sent it was interrupted, or gave
it to another.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.cli.attempt import Suites
from harness.cli.cluster.fitness import Kit, runtime_gone, unfit
from harness.cli.cluster.pack import pack_results, unpack_work
from harness.cli.cluster.rooms import room_for
from harness.stack.waiting import looking

_LOOK_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrder:
    """What every work of a run is graded by."""

    runtime: str
    seed: int | None
    profile: bytes | None  #: a log profile's text
    assignment: bytes | None  #: another lab's folder, packed
    deadline_s: float
    kit: Kit
    topic: str  #: where progress is told


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineAnswer:
    """What comes back."""

    results: bytes = b""
    late: bool = False
    seconds: float = 0.0
    void: str = ""  #: why this machine's word does not count


def grade_there(
    packed: bytes, name: str, content: str, asked: WorkOrder, key: str
) -> MachineAnswer:
    """Run as a Dask task. ``name`` is the work's folder, ``content`` its hash, ``key`` the
    task's own.
    """
    from distributed import get_worker

    worker = get_worker()

    def tell(checks: int) -> None:
        worker.log_event(asked.topic, {"key": key, "machine": worker.address, "checks": checks})

    tell(0)
    reason = unfit(asked.runtime, asked.kit)
    if reason:
        return MachineAnswer(void=reason)
    with room_for(content or key) as room:
        # A name with a dot may be one of ours here, or lead out.
        work = room / (name if name and not name.startswith(".") else "work")
        place = room / ".results"
        place.mkdir()
        unpack_work(packed, work)
        suites = Suites()
        with _while_awaited(worker, key, suites):
            attempt = suites.run(
                work,
                place,
                _arguments(asked, room),
                deadline_s=asked.deadline_s,
                on_check=tell,
            )
        # A verdict that was reached while the Engine went away may blame the work for it.
        void = runtime_gone(asked.runtime)
        if void:
            return MachineAnswer(void=void)
        return MachineAnswer(
            results=pack_results(place), late=attempt.late, seconds=attempt.seconds
        )


def _arguments(asked: WorkOrder, room: Path) -> list[str]:
    arguments = [f"--runtime={asked.runtime}"]
    if asked.profile is not None:
        profile = room / ".profile.toml"
        profile.write_bytes(asked.profile)
        arguments.append(f"--profile={profile}")
    if asked.assignment is not None:
        unpack_work(asked.assignment, room / ".assignment")
        arguments.append(f"--assignment={room / '.assignment'}")
    return arguments + ([] if asked.seed is None else [f"--seed={asked.seed}"])


@contextmanager
def _while_awaited(worker: Any, key: str, suites: Suites) -> Iterator[None]:
    """Dask ends no thread: what it was told to forget is looked for here."""

    def forgotten() -> bool:
        state = worker.state.tasks.get(key)
        if state and state.state != "cancelled" and worker.status.name == "running":
            return False
        suites.interrupt()
        return True

    with looking(forgotten, every_s=_LOOK_S, name="awaited"):
        yield
