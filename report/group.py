"""A group's works as its results folder holds them; one damaged verdict costs its own work's
row and no other.
"""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from harness.texts import say
from report.documents import Document, read_document
from report.errors import ReportError
from report.marks import Mark, MarkRule, mark_of
from report.owners import Owner, alphabetical, owner_of

_WORDS = ("submission", "runtime", "started", "seed")
NUMBERS = ("score", "max_score", "unjudged", "seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class GradedWork:
    """One work of the group."""

    name: str  #: of its folder in the results
    given: str  #: the outermost name as it was handed in
    verdict: Document | None  #: None where nobody could judge
    problem: str = ""  #: why there is none
    mark: Mark | None = None
    received: datetime | None = None

    @property
    def owner(self) -> Owner:
        """Who handed it in, by that name."""
        return owner_of(self.given)

    @property
    def ok(self) -> bool | None:
        """The verdict's word; None without one."""
        return None if self.verdict is None else self.verdict["ok"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """All works, by name."""

    folder: Path
    works: tuple[GradedWork, ...]
    rule: MarkRule

    @property
    def max_score(self) -> float:
        """The most that a work of the group could have."""
        return max((work.verdict["max_score"] for work in self.works if work.verdict), default=0.0)


def load_group(folder: Path, rule: MarkRule, received: dict[str, datetime] | None = None) -> Group:
    """The group of a results folder: what ``group.json`` lists, and every folder with a verdict.

    ``ReportError("group-empty")`` where there is none.
    """
    listed = {str(work["name"]): work for work in _listed(folder / "group.json")}
    names = {file.parent.name for file in folder.glob("*/verdict.json")} | set(listed)
    works = [_work(folder, name, listed.get(name, {}), rule, received or {}) for name in names]
    if not works:
        raise ReportError("group-empty", folder=folder)
    works.sort(key=lambda work: (alphabetical(work.owner.name), work.name))
    return Group(folder=folder, works=tuple(works), rule=rule)


def made_work(
    name: str, given: str, verdict: Document | None, problem: str, rule: MarkRule
) -> GradedWork:
    """A work of what is in hand; a verdict that lacks what it must hold is told as the problem."""
    if verdict is not None and not sound(verdict):
        return GradedWork(
            name=name, given=given, verdict=None, problem=say("report.verdict-damaged")
        )
    mark = verdict and mark_of(verdict["score"], verdict["max_score"], rule)
    return GradedWork(name=name, given=given, verdict=verdict, problem=problem, mark=mark or None)


def sound(verdict: Document) -> bool:
    """Whether a verdict holds what every table is made of: numbers that are numbers, checks
    with their words.
    """
    try:
        numbers = [verdict[name] for name in NUMBERS]
        numbers += [task[key] for task in verdict["tasks"] for key in ("points", "max_points")]
        _ = [verdict[name] for name in _WORDS]
        for check in verdict["checks"]:
            numbers += [check[name] for name in ("points", "max_points", "seconds")]
            _ = [check[name] for name in ("id", "title", "task", "passed")]
            _ = [(check["cause"] or {}).get("help"), *map(_seen, check["evidence"])]
        return verdict["ok"] in (True, False, None) and all(map(_finite, numbers))
    except (KeyError, TypeError, AttributeError):
        return False


def _work(
    folder: Path, name: str, listed: Document, rule: MarkRule, received: dict[str, datetime]
) -> GradedWork:
    verdict, problem = None, str(listed.get("problem") or "")
    file = folder / name / "verdict.json"
    if file.is_file():
        try:
            verdict = read_document(file, "lab6/verdict/v1")
        except ReportError:
            problem = say("report.verdict-damaged")
    if verdict is not None and not sound(verdict):
        verdict, problem = None, say("report.verdict-damaged")
    given = str(listed.get("given") or _given(verdict) or name)
    time = received.get(given) or received.get(name) or _time(listed.get("received"))
    mark = None
    if verdict is not None:
        problem = ""
        mark = mark_of(verdict["score"], verdict["max_score"], rule, time)
    elif not problem:
        problem = say("report.verdict-missing")
    return GradedWork(
        name=name, given=given, verdict=verdict, problem=problem, mark=mark, received=time
    )


def _given(verdict: Document | None) -> str:
    intake = (verdict or {}).get("intake")
    return str(intake.get("given") or "") if isinstance(intake, dict) else ""


def _listed(file: Path) -> Iterator[Document]:
    """The works that a run has written down; none where it has not, or where that is damaged."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        works: Sequence[Any] = document["works"]
    except (OSError, ValueError, KeyError, TypeError):
        return
    for work in works:
        if isinstance(work, dict) and _plain_name(work.get("name")):
            yield work


def _plain_name(name: object) -> bool:
    return isinstance(name, str) and name not in ("", ".", "..") and not set(name) & set("/\\:")


def _time(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _seen(evidence: Document) -> tuple[object, ...]:
    return evidence["witness"], evidence["text"], evidence["where"]


def _finite(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
