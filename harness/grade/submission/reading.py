"""A work's compose file with all that Compose puts into it by itself: variables, the override
beside it, what it extends, the files of its services' variables.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from harness.grade.errors import GradeError
from harness.grade.submission.including import with_given_files, with_included
from harness.grade.submission.merging import extended, with_override, with_shared_images
from harness.grade.submission.names import is_free
from harness.grade.submission.sources import ComposeFiles, fault_of

#: Files that Compose puts over any of its main files, in its order: the first that is there.
_OVERRIDES = (
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenWork:
    """What was read of a work."""

    table: dict[str, Any]  #: its places are told from the compose file's folder
    files: tuple[Path, ...]  #: every file that was read for it


def read_compose(file: Path, root: Path | None = None) -> dict[str, Any]:
    """The table of ``read_work``; ``root`` is the file's own folder where it is None."""
    return read_work(file, root or file.parent).table


def read_work(file: Path, root: Path) -> WrittenWork:
    """The file as it stands, read strictly, its variables put in from the ``.env`` beside it alone.
    What it names lies in ``root``.

    ``GradeError("compose-unreadable")`` with the file, what is wrong and the line.
    """
    with _told_of(file):
        sources = ComposeFiles(root, _told_of)
        known = sources.begin(file.with_name(".env"))
        table = with_shared_images(_merged(file, sources))
        table = with_given_files(table, file.parent, root)
        if fault := fault_of(table):  # several files may say more than one may
            raise ValueError(fault)
        names = [str(name) for name in table["services"]]
        if not all(map(is_free, names)) or len({name.lower() for name in names}) < len(names):
            raise ValueError("services: a name")
        services = {
            str(name): _passed_through(_with_files(entry, file.parent, sources), known)
            for name, entry in table["services"].items()
        }
        return WrittenWork(table={**table, "services": services}, files=sources.files)


@contextmanager
def _told_of(file: Path) -> Iterator[None]:
    """Whatever is wrong within is told of that file; values of the wrong kind make any error."""
    try:
        yield
    except (OSError, ValueError, TypeError, AttributeError, KeyError, yaml.YAMLError) as error:
        raise GradeError("compose-unreadable", file=file.name, reason=_reason(error)) from error
    except RecursionError as error:
        raise GradeError("compose-unreadable", file=file.name, reason="too deep") from error


def _merged(file: Path, sources: ComposeFiles) -> dict[str, Any]:
    """The file with its override over it, each with what it extends, as Compose does it."""
    main = with_included(sources.document(file), file, sources.document)
    over = next(
        (override for override in map(file.with_name, _OVERRIDES) if override.is_file()), None
    )
    if over is None and main.table.get("services") is None:
        raise ValueError("services: ?")
    table = extended(main, file, sources.document)
    if over is None:
        return table
    with _told_of(over):
        more = sources.document(over)
        return with_override(table, extended(more, over, sources.document), more.cleared)


def _with_files(entry: Any, folder: Path, sources: ComposeFiles) -> Any:
    """The service with the variables of its ``env_file`` among its environment."""
    if not isinstance(entry, dict) or "env_file" not in entry:
        return entry
    listed = entry["env_file"] if isinstance(entry["env_file"], list) else [entry["env_file"]]
    names = [str(item.get("path", "") if isinstance(item, dict) else item) for item in listed]
    variables: dict[str, str] = {}
    for name in dict.fromkeys(names):
        file = folder / name
        if file.is_file():
            variables |= sources.variables(file)
    return {**entry, "environment": variables | pairs(entry.get("environment") or {})}


def _passed_through(entry: Any, known: dict[str, str]) -> Any:
    """The service with the variables that it names without a value taken from ``.env``, as
    Compose does.
    """
    given = entry.get("environment") if isinstance(entry, dict) else None
    if not isinstance(given, dict | list):
        return entry
    bare = (
        {str(key) for key, value in given.items() if value is None}
        if isinstance(given, dict)
        else {str(item) for item in given if "=" not in str(item)}
    )
    taken = {key: known[key] for key in bare if key in known}
    left = bare - set(taken)  # in nobody's .env: Compose leaves them unset
    return {
        **entry,
        "environment": {k: v for k, v in pairs(given).items() if k not in left} | taken,
    }


def pairs(entry: dict[str, Any] | list[str]) -> dict[str, str]:
    """Variables, from a table or a list."""
    if isinstance(entry, dict):
        return {str(key): "" if value is None else str(value) for key, value in entry.items()}
    listed = (str(item).partition("=") for item in entry)
    return {key: value for key, _, value in listed}


def _reason(error: Exception) -> str:
    problem = getattr(error, "problem", None) or str(error)
    mark = getattr(error, "problem_mark", None)
    return f"{problem} (line {mark.line + 1})" if mark is not None else str(problem)
