"""Which works there are, and what each is called in the results: the name that it had there
before.
"""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from harness.cli.assignment_option import CHECKS
from harness.cli.batch import BatchTask
from harness.intake.content import content_hash
from harness.intake.limits import load_limits
from harness.intake.take_in import Taken, take_in

_OTHER = re.compile(r"[^\w.-]+")
_LONGEST = 80
#: The results' own folders and files.
_OWN = frozenset({"feedback", "exports", ".works", "group.json", "index.html", "gradebook.csv"})


def tasks_for(
    given: Sequence[Path], place: Path, named: dict[str, str], assignment: Path = CHECKS
) -> tuple[list[BatchTask], list[str]]:
    """A task a work, and what is told of things that are none. ``named``: folders of an earlier run
    by the outermost names. Archives are unpacked below ``place/.works``; ``forget_works`` removes
    that."""
    room = place / ".works"
    forget_works(place)
    room.mkdir(parents=True)
    taken, lines = take_in(given, room, load_limits(assignment / "assignment.toml"))
    used = {name.lower() for name in named.values()} | _OWN
    seen: set[str] = set()
    tasks = []
    for work in taken:
        known = named.get(work.given) if work.given not in seen else None
        name = known or _free(work.given, used)
        seen.add(work.given)
        used.add(name.lower())
        tasks.append(_task(work, name, place))
    return tasks, lines


def forget_works(place: Path) -> None:
    """Remove what was unpacked."""
    shutil.rmtree(place / ".works", ignore_errors=True)


def _task(taken: Taken, name: str, place: Path) -> BatchTask:
    home = place / name
    home.mkdir(exist_ok=True)
    content = content_hash(taken.folder) if taken.folder else ""
    return BatchTask(
        name=name,
        folder=taken.folder or home,
        place=home,
        given=taken.given,
        content=content,
        told=taken.told,
        problem=taken.problem,
        absent=taken.absent,
    )


def _free(given: str, used: set[str]) -> str:
    """A folder's name that is taken by nobody, on a disk without case either."""
    stem = _OTHER.sub("-", given)[:_LONGEST].strip(".-") or "submission"
    name, number = stem, 1
    while name.lower() in used:
        number += 1
        name = f"{stem}-{number}"
    return name
