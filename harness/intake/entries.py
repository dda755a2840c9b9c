"""Which entries of what was given are people's, and which are parts of one work."""

from collections.abc import Iterator
from pathlib import Path

from harness.grade.submission.composefile import FILES
from harness.intake.unpack import is_archive
from report.owners import owner_of

_JUNK = frozenset({"__MACOSX", "node_modules", "__pycache__", "venv"})
#: Folders that are parts of a work, whatever lies beside them.
_PARTS = frozenset(
    {
        "api",
        "worker",
        "src",
        "app",
        "docs",
        "docker",
        "deploy",
        "infra",
        "services",
        "storage",
        "tests",
        "db",
        "nginx",
        "k8s",
        "lab6",
        "backend",
        "gateway",
    }
)


def entries(folder: Path) -> list[Path]:
    """Folders and archives in it, no links, nothing hidden."""
    return [
        entry
        for entry in sorted(folder.iterdir())
        if not entry.name.startswith(".")
        and entry.name not in _JUNK
        and not entry.is_symlink()
        and (entry.is_dir() or is_archive(entry))
    ]


def loose(folder: Path) -> list[Path]:
    """Files in it that are neither archive nor hidden, and links."""
    return [
        entry
        for entry in sorted(folder.iterdir())
        if not entry.name.startswith(".")
        and (entry.is_symlink() or not (entry.is_dir() or is_archive(entry)))
    ]


def compose_file(folder: Path) -> Path | None:
    """The compose file that lies in the folder itself."""
    files = (folder / name for name in FILES)
    return next((file for file in files if file.is_file() and not file.is_symlink()), None)


def compose_in(folder: Path) -> bool:
    """Whether a compose file lies in the folder itself."""
    return compose_file(folder) is not None


def is_group(folder: Path) -> bool:
    """Whether a folder holds works of several people rather than one work.

    A compose file at its top speaks for one work, unless several entries are works by themselves;
    folders of a service's name speak for one work; names that a learning system gave, or several
    entries, for a group.
    """
    within = entries(folder)
    if any(owner_of(entry.name).id for entry in within):
        return True
    works = [
        entry for entry in within if is_archive(entry) or (entry.is_dir() and compose_in(entry))
    ]
    if compose_in(folder):
        return len(works) > 1
    if {entry.name.lower() for entry in within} & _PARTS and len(works) < 2:
        return False
    return len(within) > 1


def compose_folders(folder: Path) -> Iterator[Path]:
    """Folders below that have a compose file, the shallowest first; links are not followed."""
    level = [folder]
    while level:
        yield from (place for place in level if compose_in(place))
        level = [
            entry
            for parent in level
            for entry in sorted(parent.iterdir())
            if entry.is_dir()
            and not entry.is_symlink()
            and not entry.name.startswith(".")
            and entry.name not in _JUNK
        ]
