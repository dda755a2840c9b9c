"""The files of a work that are read to understand it: each once, and no more than so many."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from harness.grade.submission.interpolation import interpolated, variables
from harness.grade.submission.own_folder import read_text
from harness.grade.submission.tagged_yaml import Document, load_tagged

_MOST_FILES = 40
_MOST_CHARACTERS = 4 * 1024 * 1024  #: of all files, and of one with its aliases written out
_MOST_SERVICES = 100  #: of one file; far fewer are run

#: What is wrong within is told of that file.
Telling = Callable[[Path], AbstractContextManager[None]]


class ComposeFiles:
    """Whatever a work's compose file leads to, within ``root``."""

    def __init__(self, root: Path, told_of: Telling) -> None:
        self._root, self._told_of = root, told_of
        self._known: dict[str, str] = {}
        self._texts: dict[Path, str] = {}
        self._variables: dict[Path, dict[str, str]] = {}
        self._documents: dict[Path, Document] = {}

    @property
    def files(self) -> tuple[Path, ...]:
        """All that was read, without links."""
        return tuple(self._texts)

    def begin(self, beside: Path) -> dict[str, str]:
        """The variables of the ``.env``, which every document is filled from."""
        self._known = self.variables(beside) if beside.is_file() else {}
        return self._known

    def variables(self, file: Path) -> dict[str, str]:
        """Those of an ``env_file``; ``OSError``, ``ValueError``."""
        text, place = self._text(file), file.resolve()
        if place not in self._variables:
            self._variables[place] = variables(text)
        return self._variables[place]

    def document(self, file: Path) -> Document:
        """A compose file's. ``OSError``, ``ValueError`` where it cannot be had; what is wrong
        within it is told of it."""
        text, place = self._text(file), file.resolve()
        if place not in self._documents:
            with self._told_of(file):
                self._documents[place] = self._understood(text)
        return self._documents[place]

    def _understood(self, text: str) -> Document:
        read = load_tagged(text)
        table = interpolated(read.table, self._known)
        if fault := fault_of(table):
            raise ValueError(fault)
        return Document(table=table, cleared=read.cleared)

    def _text(self, file: Path) -> str:
        place = file.resolve()
        if place not in self._texts:
            text = read_text(file, self._root)
            size = len(text) + sum(map(len, self._texts.values()))
            with self._told_of(file):
                if len(self._texts) >= _MOST_FILES or size > _MOST_CHARACTERS:
                    raise ValueError(f"> {_MOST_FILES} files, > 4 MiB")
            self._texts[place] = text
        return self._texts[place]


def fault_of(table: Any) -> str | None:
    """What keeps a document from being a compose file of some size."""
    services = table.get("services") if isinstance(table, dict) else ()
    if not isinstance(services, dict | None):
        return "services: ?"
    if services is not None and len(services) > _MOST_SERVICES:
        return f"services: > {_MOST_SERVICES}"
    return "> 4 MiB" if len(repr(table)) > _MOST_CHARACTERS else None
