"""A submission is what lies in its own folder, wherever its links lead."""

from pathlib import Path


def is_inside(place: Path, folder: Path) -> bool:
    """Whether it lies in the folder when all links are followed; a link in a circle lies
    nowhere.
    """
    try:
        return place.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):
        return False
