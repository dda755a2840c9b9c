"""The rubric: points, titles, hints and limits of the checks, as data that a teacher changes."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from harness.grade.errors import GradeError
from harness.grade.experiments.limits import Limits
from harness.grade.submission.assignment import told_of
from harness.home import HOME
from harness.texts import language

RUBRIC = HOME / "checks" / "rubric.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One check as people know it."""

    id: str
    task: int  #: of the lab, from 1
    points: float
    title: str
    hint: str
    visibility: str = "visible"  #: or hidden: for the teacher alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubric:
    """All checks in the order of the file, the tasks' titles, and the limits."""

    tasks: dict[int, str]
    items: dict[str, Item]
    limits: Limits

    @property
    def max_score(self) -> float:
        """The points of all checks together."""
        return sum(item.points for item in self.items.values())


@cache
def load_rubric(file: Path = RUBRIC) -> Rubric:
    """The rubric in the process's language.

    ``GradeError``: ``assignment-file-missing``, ``rubric-unreadable``.
    """
    if not file.is_file():
        raise GradeError("assignment-file-missing", folder=file.parent, name=file.name)
    try:
        return _made(file)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise GradeError("rubric-unreadable", file=file, reason=told_of(error)) from error


def _made(file: Path) -> Rubric:
    lang = language()
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    tasks = {int(number): titles[lang] for number, titles in table["task"].items()}
    items = {
        name: Item(
            id=name,
            task=entry["task"],
            points=entry["points"],
            title=entry["title"][lang],
            hint=entry["hint"][lang],
            visibility=entry.get("visibility", "visible"),
        )
        for name, entry in table["check"].items()
    }
    return Rubric(tasks=tasks, items=items, limits=Limits(**table["limit"]))
