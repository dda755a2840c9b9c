"""Paths of a submission: only what lies in its own folder counts."""

import os
import posixpath
import shutil
import stat
from pathlib import Path

from harness.grade.errors import GradeError
from harness.grade.submission.own_folder import is_inside

_MOST_BYTES = 300 * 1024 * 1024
_MOST_FILES = 50_000
_LEFT_OUT = frozenset({".git", ".venv", "venv", "node_modules", "__pycache__", ".idea", ".vscode"})


def copy_submission(folder: Path, to: Path) -> tuple[str, ...]:
    """The links that were left behind, since they lead elsewhere; and a copy to work on: regular
    files, folders, and links that stay within; everybody may write there, as the containers' users
    differ. ``GradeError("submission-too-large")``."""
    size = count = 0
    left: list[str] = []
    to.mkdir(parents=True, exist_ok=True)
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _LEFT_OUT)
        here = to / Path(place).relative_to(folder)
        for name in [*folders, *files]:
            source = Path(place) / name
            facts = source.lstat()
            size, count = size + facts.st_size, count + 1
            if size > _MOST_BYTES or count > _MOST_FILES:
                raise GradeError("submission-too-large", folder=folder.name)
            if not _copy(source, here / name, facts.st_mode, folder):
                left.append(source.relative_to(folder).as_posix())
    return tuple(left)


def _copy(source: Path, target: Path, mode: int, folder: Path) -> bool:
    """Whether it may come along."""
    if stat.S_ISLNK(mode):
        link = source.readlink()
        if link.is_absolute() or not is_inside(source, folder):
            return False
        target.symlink_to(link)
    elif stat.S_ISDIR(mode):
        target.mkdir()
        target.chmod(0o777)
    elif stat.S_ISREG(mode):
        shutil.copyfile(source, target)
        target.chmod(0o777 if mode & stat.S_IXUSR else 0o666)
    return True


def within(folder: Path, path: str) -> Path | None:
    """The place that a relative path means, without links out of the folder; None where it is
    elsewhere.
    """
    if "\x00" in path or path.startswith(("/", "~", "\\")) or ":" in path or "://" in path:
        return None
    place = (folder / path.replace("\\", "/")).resolve()
    return place if place.is_relative_to(folder.resolve()) else None


def container_place(path: str) -> str | None:
    """An absolute path within a container in its one spelling, without ``..``, ``.``, ``//``;
    None for another.
    """
    if not path.startswith("/") or "\x00" in path:
        return None
    return "/" + posixpath.normpath(path).lstrip("/")


def is_bare(place: Path) -> bool:
    """Whether a folder is not there, or holds nothing but ``.gitkeep`` and its like."""
    if not place.exists():
        return True
    return place.is_dir() and all(inner.name.startswith(".") for inner in place.iterdir())
