"""Where a run leaves its results: a new folder each time, never one that is there already."""

from datetime import datetime
from itertools import count
from pathlib import Path

from harness.grade.errors import GradeError


def fresh_folder(parent: Path, kind: str) -> Path:
    """A new folder ``<parent>/<kind>-<local time>``, with ``-2``, ``-3`` where that is taken.

    ``GradeError("folder-unwritable")`` where it cannot be made.
    """
    stem = f"{kind}-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    for number in count(1):
        folder = parent / (stem if number == 1 else f"{stem}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            if parent.is_dir():
                continue
            raise GradeError("folder-unwritable", folder=parent, reason="not a folder") from None
        except OSError as error:
            reason = error.strerror or str(error)
            raise GradeError("folder-unwritable", folder=folder, reason=reason) from error
        return folder
    raise AssertionError("count never ends")


def named_folder(folder: Path) -> Path:
    """That folder, made where it is missing; one with something in it is left alone.

    ``GradeError``: ``folder-not-empty``, ``folder-unwritable``.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = any(folder.iterdir())
    except OSError as error:
        reason = error.strerror or str(error)
        raise GradeError("folder-unwritable", folder=folder, reason=reason) from error
    if taken:
        raise GradeError("folder-not-empty", folder=folder)
    return folder
