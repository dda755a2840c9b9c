"""Pieces of the real source files, with their real line numbers."""

import ast
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some lines of a file."""

    file: str  #: relative to the lab
    first: int  #: line numbers from 1
    last: int
    text: str


def function(lab: Path, file: str, name: str) -> Piece:
    """A whole function of a Python file, with its decorators."""
    source = (lab / file).read_text(encoding="utf-8")
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            return _piece(file, source, first, node.end_lineno or first)
    raise LookupError(f"{file} has no function {name}")


def whole(lab: Path, file: str) -> Piece:
    """The whole file."""
    source = (lab / file).read_text(encoding="utf-8")
    return _piece(file, source, 1, len(source.rstrip("\n").split("\n")))


def _piece(file: str, source: str, first: int, last: int) -> Piece:
    lines = source.split("\n")[first - 1 : last]
    return Piece(file=file, first=first, last=last, text="\n".join(lines))
