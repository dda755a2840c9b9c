"""A class's archive graded by three machines of a cluster, all on this one: one is killed by -9 in
the middle of a work, one loses its Engine; the verdicts are those of ``--jobs 2``, none is missing.

``python -m tests.classroom.many --works 14`` runs it in containers and prints the times; with
``--speed`` it then grades the same archive by one, two and three machines to which nothing happens.
It ends with 1 where a verdict differs.
"""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import click

from harness.stack import docker_door as door
from harness.stack.leftovers import OWNER_LABEL
from harness.stack.waiting import looking, until
from tests.classroom.archive import Pupil, pupils, write_archive
from tests.classroom.machines import Started, cluster, grading
from tests.classroom.verdicts import Verdict, differing, ran, undecided, verdicts_in, wrong
from tests.mutants.variants import ROOT

LIMIT_S = 3 * 3600.0
_LOOK_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Class:
    """What is graded again and again, in a folder of its own."""

    folder: Path
    group: Sequence[Pupil]

    @property
    def archive(self) -> Path:
        """What Moodle gave."""
        return self.folder / "Лабораторна 6.zip"

    def graded(self, name: str, *options: str) -> tuple[dict[str, Verdict], float]:
        """The verdicts, and how long they took."""
        began, out = monotonic(), self.folder / name
        with (self.folder / f"{name}.log").open("wb") as log:
            command = grading(self.archive, out, "compose", *options)
            subprocess.run(command, cwd=ROOT, stdout=log, stderr=log, timeout=LIMIT_S, check=False)
        return verdicts_in(out), monotonic() - began


def with_losses(given: Class) -> tuple[dict[str, Verdict], float]:
    """By three machines, of which one stays as it was."""
    socket = given.folder / "engine.sock"
    leave = Started(
        [sys.executable, "-m", "tests.classroom.engine_door", str(socket)],
        given.folder / "door.log",
    )
    try:
        until(socket.exists, deadline_s=30, what="the door to the Engine")
        machines = {"pc1": {}, "killed": {}, "bare": {"DOCKER_HOST": f"unix://{socket}"}}
        with cluster(given.folder, machines) as (address, started):
            killed, bare = started["killed"], started["bare"]
            with (
                looking(_once(killed, killed.process.kill), every_s=_LOOK_S, name="killed"),
                looking(_once(bare, leave.process.kill), every_s=_LOOK_S, name="bare"),
            ):
                told = given.graded("with-losses", "--scheduler", address)
            assert killed.process.poll() == -signal.SIGKILL, "no work came to it"
    finally:
        leave.end()
    return told


def by_machines(given: Class, count: int) -> float:
    """How long so many machines take."""
    with cluster(given.folder, {f"pc{n}": {} for n in range(count)}) as (address, _):
        return given.graded(f"by-{count}", "--scheduler", address)[1]


def works_on(machine: Started) -> bool:
    """Whether containers of a work run that this machine started."""
    own = {one.pid for one in machine.below()}
    containers = door.client().containers.list(filters={"label": OWNER_LABEL}, ignore_removed=True)
    return any(int(one.labels[OWNER_LABEL].split()[-2]) in own for one in containers)


def _once(machine: Started, loss: Callable[[], None]) -> Callable[[], bool]:
    """Lets it happen as soon as a work runs there; whether it has happened."""

    def happened() -> bool:
        if not works_on(machine):
            return False
        loss()
        return True

    return happened


def story(given: Class) -> tuple[dict[str, Any], list[str]]:
    """Alone, and by machines that are lost: times, and in words what is not as it must be."""
    alone, alone_s = given.graded("alone", "--jobs", "2")
    many, many_s = with_losses(given)
    told = (given.folder / "with-losses.log").read_text(encoding="utf-8")
    works = {one.folder: one.variant for one in given.group if one.variant is not None}
    faults = [*wrong(given.group, alone), *wrong(given.group, many)]
    faults += differing(alone, many, works)
    faults += [] if "Машина bare не оцінює" in told else ["no machine was without an Engine"]
    figures = {
        "works": len(ran(alone)),
        "seconds with --jobs 2": round(alone_s, 1),
        "seconds by three machines, two of them lost": round(many_s, 1),
        "cannot be decided": {n: u for n, one in many.items() if (u := undecided(one))},
    }
    return figures, faults


@click.command(help=__doc__)
@click.option("--works", default=14, show_default=True, help="In the archive, empty ones too.")
@click.option("--speed", is_flag=True, help="Also by one, two and three machines.")
@click.option("--keep", type=click.Path(path_type=Path), help="A folder for all of it.")
def main(works: int, speed: bool, keep: Path | None) -> None:
    """Run the story, print it."""
    folder = (keep or Path(tempfile.mkdtemp(prefix="lab6-many-"))).resolve()
    folder.mkdir(exist_ok=True)
    given = Class(folder=folder, group=pupils(works, engine=True))
    write_archive(given.archive, given.group)
    figures, faults = story(given)
    for count in (1, 2, 3) if speed else ():
        seconds = by_machines(given, count)
        figures[f"works an hour by {count}"] = round(figures["works"] * 3600 / seconds)
    click.echo(json.dumps({**figures, "faults": faults}, indent=1, ensure_ascii=False))
    if keep is None:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
