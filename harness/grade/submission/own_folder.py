"""A submission is what lies in its own folder, wherever its links lead."""

from pathlib import Path

from harness.texts import say

_LARGEST = 1024 * 1024  #: bytes; a compose file is a few pages


def is_inside(place: Path, folder: Path) -> bool:
    """Whether it lies in the folder when all links are followed; a link in a circle lies
    nowhere.
    """
    try:
        return place.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):
        return False


def read_text(file: Path, folder: Path) -> str:
    """A small text of the submission's own; ``ValueError`` where it lies elsewhere or is too
    large.
    """
    if not is_inside(file, folder):
        raise ValueError(say("sandbox.file-outside", file=file.name))
    with file.open("rb") as opened:
        data = opened.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise ValueError(f"{file.name}: > 1 MiB")
    return data.decode("utf-8-sig")
