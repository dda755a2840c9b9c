"""Paths as logs write them, compared without a file system."""

import posixpath
import re
from functools import lru_cache

ABBREVIATED = re.compile(r"\.\.\.|…")  #: stands for anything
DEFAULT_STORAGE = "./storage"
#: Folders within a storage where uploads lie, perhaps by their day; results have another beside.
_INCOMING = frozenset(
    {"upload", "uploads", "uploaded", "in", "input", "inputs", "incoming", "received"}
    | {"original", "originals", "raw", "source", "sources", "images"}
)

_ROOT = "/"
_DRIVE = re.compile("[A-Za-z]:")


@lru_cache(maxsize=64)
def _folder(storage: str) -> list[str]:
    return _parts(normal(storage))


def normal(path: str) -> str:
    """``path`` with ``.`` and ``..`` resolved and ``/`` between its parts."""
    return posixpath.normpath(path.replace("\\", "/"))


def storage_of(input_path: str) -> str:
    """The storage folder that a job's input path tells; ``./storage`` where there is none."""
    if not input_path:
        return DEFAULT_STORAGE
    folder = posixpath.dirname(normal(input_path))
    while posixpath.basename(folder).isdecimal():  # uploads/2026/11
        folder = posixpath.dirname(folder)
    if posixpath.basename(folder).lower() in _INCOMING:
        above = posixpath.dirname(folder) or "."
        folder = folder if above == "/" else above
    return "..." if not folder and ABBREVIATED.search(input_path) else folder or "."


@lru_cache(maxsize=64)
def inside(path: str, storage: str) -> bool:
    """Whether ``path`` names a file under ``storage``.

    A part that is abbreviated by dots, on either side, matches anything from there on. Where one of
    the two is absolute, the folder that the other starts from is not known: it may be any.
    """
    folder = _folder(storage)
    parts = _parts(normal(path))
    if folder and parts and (folder[0] == _ROOT) != (parts[0] == _ROOT):
        folder, parts = _from_one_folder(folder, parts)
    for expected, actual in zip(folder, parts, strict=False):
        if ABBREVIATED.search(expected) or ABBREVIATED.search(actual):
            return True
        if expected != actual:
            return False
    rest = parts[len(folder) :]
    return bool(rest) and rest[0] not in ("..", _ROOT) and not _DRIVE.fullmatch(rest[0])


def _from_one_folder(folder: list[str], parts: list[str]) -> tuple[list[str], list[str]]:
    """Both from where the relative one starts, if it can start anywhere in the absolute one."""
    if folder[0] == _ROOT:
        common = (folder[at:] for at in range(1, len(folder)))
        return next((rest for rest in common if parts[: len(rest)] == rest), folder), parts
    starts = (parts[at:] for at in range(1, len(parts)))
    return folder, next((rest for rest in starts if rest[: len(folder)] == folder), parts)


@lru_cache(maxsize=64)
def below(path: str, storage: str) -> str:
    """What ``path`` says beyond the storage's folder: the folder's own name says nothing of a
    job.
    """
    folder = f"{normal(storage)}/"
    return normal(path).removeprefix(folder)


def _parts(path: str) -> list[str]:
    """The parts of a normal path; an absolute one begins with ``_ROOT``."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    return [_ROOT, *parts] if path.startswith("/") else parts
