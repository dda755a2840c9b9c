"""Writes a starter into a new folder: the code with its gaps, the task sheet, who the student
is.
"""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2

STARTERS = Path(__file__).parent
LANGUAGES = ("python", "go", "node", "blank")


class StarterError(Exception):
    """The starter cannot be written; ``reference`` and ``facts`` name the text that says why."""

    def __init__(self, reference: str, /, **facts: object) -> None:
        super().__init__(f"{reference}: {facts}")
        self.reference = reference
        self.facts = facts


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOwner:
    """Whose work it is, as the report will say; empty where not told yet."""

    name: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetCheck:
    """One check as the task sheet lists it."""

    id: str
    task: int  #: of the lab, from 1
    task_title: str
    title: str
    points: float


def write_starter(
    folder: Path, language: str, student: WorkOwner, checks: Sequence[SheetCheck]
) -> tuple[Path, ...]:
    """Write the starter of that language into ``folder``, which must not exist or be empty; its
    files.

    ``StarterError("starter-folder-taken")`` where something lies there already,
    ``StarterError("starter-unwritable")`` where it cannot be written.
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise StarterError("starter-folder-taken", folder=folder)
        shutil.copytree(STARTERS / language, folder, dirs_exist_ok=True)
        _write(folder / "lab6.toml", _about(language, student))
        _write(folder / "README.md", _sheet(folder, language, student, checks))
        _write(folder / ".gitignore", "__pycache__/\nnode_modules/\nout/\n.lab6/\n")
    except OSError as error:
        raise StarterError("starter-unwritable", folder=folder, reason=error.strerror) from error
    return tuple(sorted(file for file in folder.rglob("*") if file.is_file()))


def _write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", newline="\n")


def _about(language: str, student: WorkOwner) -> str:
    """``lab6.toml``: a JSON string is a TOML string as well."""
    name, group = (
        json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
        for text in (student.name, student.group)
    )
    return (
        f'# Чия це робота: звіт візьме звідси.\nlanguage = "{language}"\n\n'
        f"[student]\nname = {name}\ngroup = {group}\n"
    )


def _sheet(folder: Path, language: str, student: WorkOwner, checks: Sequence[SheetCheck]) -> str:
    """The task sheet in Markdown, from the template beside this file."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(STARTERS),
        autoescape=False,  # noqa: S701 - Markdown of our own texts
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    tasks = {check.task: check.task_title for check in checks}
    return environment.get_template("sheet.md.j2").render(
        folder=folder.name, language=language, student=student, checks=checks, tasks=tasks
    )
