"""Which folders are submissions, and what each is called in the results."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.cli.batch import BatchTask
from harness.grade.errors import GradeError
from harness.grade.submission.composefile import find_compose

_OTHER = re.compile(r"[^\w.-]+")
_LONGEST = 80


def tasks_for(folders: Sequence[Path], place: Path) -> list[BatchTask]:
    """A task a submission. A folder without a compose file whose subfolders have some is a whole group; one
    with none at all is a submission all the same: its verdict says so."""
    tasks: list[BatchTask] = []
    taken: set[str] = set()
    for folder in (one for given in folders for one in _submissions(given)):
        stem = _OTHER.sub("-", folder.resolve().name)[:_LONGEST].strip(".-") or "submission"
        name, number = stem, 1
        while name.lower() in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name.lower())
        home = place / name
        home.mkdir(exist_ok=True)
        given = folder.resolve().name
        tasks.append(BatchTask(name=name, folder=folder, place=home, given=given))
    return tasks


def _submissions(folder: Path) -> Iterator[Path]:
    if _has_compose(folder):
        yield folder
        return
    within = sorted(
        one for one in folder.iterdir() if one.is_dir() and not one.name.startswith(".")
    )
    found = [one for one in within if _has_compose(one)]
    if found:
        yield from within
    else:
        yield folder


def _has_compose(folder: Path) -> bool:
    try:
        find_compose(folder)
    except GradeError:
        return False
    return True
