"""What a cluster's machine does with a work: unpack it, grade it, send the results back.

It ends the suite of a work that nobody waits for any more: whoever sent it was interrupted, or gave
it to another.
"""

import hashlib
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from time import time
from typing import Any

from harness.cli.attempt import Suites
from harness.cli.cluster.fitness import Kit, runtime_gone, unfit
from harness.cli.cluster.pack import pack_results, unpack_work

_ROOM = "lab6-works"
_FORGOTTEN_S = 24 * 3600.0  #: what a killed worker left is removed by a later one
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
    with _room(content or key) as room:
        work, place = room / (name or "work"), room / ".results"
        place.mkdir()
        unpack_work(packed, work)
        suites = Suites()
        with _while_awaited(worker, key, suites):
            made = suites.run(
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
        return MachineAnswer(results=pack_results(place), late=made.late, seconds=made.seconds)


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
def _room(content: str) -> Iterator[Path]:
    """A folder for one work, the same for the same work: its images are named by it, and built
    once.
    """
    rooms = Path(tempfile.gettempdir()) / _ROOM
    rooms.mkdir(mode=0o700, exist_ok=True)
    forget_old_rooms(rooms)
    stem = hashlib.sha256(content.encode()).hexdigest()[:12]
    for number in count(1):
        room = rooms / f"{stem}-{number}"
        try:
            room.mkdir()
        except FileExistsError:
            continue  # the same work, in another slot
        break
    try:
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)


def forget_old_rooms(rooms: Path) -> None:
    """Remove those that nobody can still be working in."""
    for room in rooms.iterdir():
        if time() - room.stat().st_mtime > _FORGOTTEN_S:
            shutil.rmtree(room, ignore_errors=True)


@contextmanager
def _while_awaited(worker: Any, key: str, suites: Suites) -> Iterator[None]:
    """Dask ends no thread: what it was told to forget is looked for here."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(_LOOK_S):
            state = worker.state.tasks.get(key)
            if state is None or state.state == "cancelled" or worker.status.name != "running":
                suites.interrupt()
                return

    watch = threading.Thread(target=look, name="awaited", daemon=True)
    watch.start()
    try:
        yield
    finally:
        over.set()
        watch.join()
