"""How far a work reaches: its compose file's folder, or a folder above it that is named by ``..``,
as in a file that lies in ``docker/`` beside the code. Never above what was handed in.
"""

import os
import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.grade.errors import GradeError
from harness.grade.submission.placing import placed
from harness.grade.submission.reading import WrittenWork, read_work


def border(file: Path, handed_in: Path) -> Path:
    """The folder that the work of this compose file is; the file's own where it cannot be read."""
    try:
        return reached(read_work(file, handed_in), file, handed_in)
    except GradeError:
        return file.parent


def reached(work: WrittenWork, file: Path, handed_in: Path) -> Path:
    """The folder that holds all that the work names, in whichever of its files."""
    entries = work.table["services"].values()
    named = [place for entry in entries if isinstance(entry, dict) for place in _places(entry)]
    read = [os.path.relpath(source.parent, file.parent.resolve()) for source in work.files]
    above = len(file.parent.relative_to(handed_in).parts)
    folder = file.parent
    for _ in range(min(above, max(map(_levels, [*named, *read]), default=0))):
        folder = folder.parent
    return folder


def rebased(table: dict[str, Any], file: Path, root: Path) -> dict[str, Any]:
    """The compose file's table with its places told from the work's folder."""
    where = file.parent.relative_to(root).as_posix()
    if where == ".":
        return table
    services = {name: placed(entry, where) for name, entry in table["services"].items()}
    return {**table, "services": services}


def _places(entry: dict[str, Any]) -> Iterator[str]:
    """What a service is built from, the files of its variables, the folders that it binds."""
    build = entry.get("build")
    if isinstance(build, dict):
        context = str(build.get("context", "."))
        yield context
        yield posixpath.join(_plain(context), _plain(str(build.get("dockerfile", ""))))
    elif build is not None:
        yield str(build)
    listed = entry.get("env_file")
    for item in listed if isinstance(listed, list) else [listed]:
        yield str(item.get("path", "") if isinstance(item, dict) else item)
    volumes = entry.get("volumes")
    for volume in volumes if isinstance(volumes, list) else ():
        yield (
            str(volume.get("source", ""))
            if isinstance(volume, dict)
            else str(volume).partition(":")[0]
        )


def _levels(place: str) -> int:
    """How many folders up a relative place leads; an absolute one is refused later."""
    place = _plain(place)
    return 0 if place.startswith("/") else posixpath.normpath(place).split("/").count("..")


def _plain(place: str) -> str:
    return place.replace("\\", "/")
