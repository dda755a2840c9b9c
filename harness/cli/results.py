"""What a batch leaves, written as it goes: each submission's reports, the student's page, the
group's page and tables.
"""

import json
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from time import monotonic

from harness.cli.assignment_option import CHECKS
from harness.cli.batch import BatchStep, BatchTask, Graded
from harness.cli.replay import add_replay
from report import ReportError, write_reports
from report.documents import Document
from report.exports.plain import gradebook
from report.group import Group, made_work
from report.group_document import State, Waiting, group_document
from report.group_page import render_group
from report.marks import load_mark_rule
from report.owners import alphabetical
from report.student import hidden_parts, write_student_page
from report.writing import write_whole

_RENEWED_S = 2.0  #: the page is not written oftener while nothing ends


class Results:
    """The results folder. ``step`` is called from several threads."""

    def __init__(
        self, tasks: Sequence[BatchTask], folder: Path, judges: str, assignment: Path = CHECKS
    ) -> None:
        self._tasks = tasks
        self._folder = folder
        self._judges = judges
        self._rule = load_mark_rule(assignment / "assignment.toml")
        self._hidden = hidden_parts(assignment / "rubric.toml")
        self._started = datetime.now(UTC)
        self._graded: dict[str, Graded] = {}
        self._done: dict[str, int] = {}
        self._alike: list[Document] | None = None
        self._written = 0.0
        self._lock = threading.Lock()

    def step(self, step: BatchStep) -> None:
        """A work went on, or ended: then its reports are made here, and the group's files
        renewed.
        """
        name = step.task.name
        if step.graded is not None and step.graded.verdict is not None:
            self._write_reports(step.graded)
        with self._lock:
            self._done[name] = step.checks
            if step.graded is not None:
                self._graded[name] = step.graded
            if step.graded is not None or monotonic() - self._written > _RENEWED_S:
                self.write()

    def finish(self, alike: list[Document] | None) -> None:
        """The last writing, with the pairs that are alike."""
        self._alike = alike
        with self._lock:
            self.write()

    def write(self) -> None:
        """``group.json``, ``gradebook.csv``, ``index.html``: each whole, or as it was."""
        self._written = monotonic()
        write_group(self._group(), self._state())

    def _group(self) -> Group:
        works = [
            made_work(task.name, task.given or task.name, done.verdict, done.problem, self._rule)
            for task in self._tasks
            if (done := self._graded.get(task.name)) is not None
        ]
        works.sort(key=lambda work: (alphabetical(work.owner.name), work.name))
        return Group(folder=self._folder, works=tuple(works), rule=self._rule)

    def _state(self) -> State:
        waiting = [
            Waiting(name=task.name, given=task.given or task.name, done=self._done.get(task.name))
            for task in self._tasks
            if task.name not in self._graded
        ]
        told = {task.name: " ".join(task.told) for task in self._tasks if task.told}
        return State(started=self._started, waiting=waiting, alike=self._alike, told=told)

    def _write_reports(self, graded: Graded) -> None:
        """What one work's reports choke on costs that work's reports alone."""
        _stamp(graded, self._judges)
        try:
            write_reports(graded.task.place)
            add_replay(graded.task.place)
            page = self._folder / "feedback" / f"{graded.task.name}.html"
            write_student_page(graded.task.place, page, self._hidden)
        except (ReportError, RecursionError, ValueError, KeyError, TypeError) as error:
            graded.note = f"{type(error).__name__}: {error}"


def _stamp(graded: Graded, judges: str) -> None:
    """Write into the verdict what it is of: only then does it stand for a later run."""
    task, verdict = graded.task, graded.verdict
    if verdict is None:
        return
    facts = {"given": task.given, "content": task.content, "told": list(task.told)}
    verdict["intake"] = {**facts, "judges": judges, "kit": version("lab6-kit")}
    verdict["submission"] = task.given or verdict["submission"]
    text = json.dumps(verdict, ensure_ascii=False, indent=2) + "\n"
    write_whole(task.place / "verdict.json", text.encode("utf-8", "replace"))


def write_group(group: Group, state: State) -> None:
    """The group's own files."""
    document = group_document(group, state)
    for name, text in (
        ("group.json", json.dumps(document, ensure_ascii=False, indent=1)),
        ("gradebook.csv", gradebook(group)),
        ("index.html", render_group(document)),
    ):
        write_whole(group.folder / name, text.encode("utf-8", "replace"))


def renew_group(group: Group) -> None:
    """The group's own files anew, of marks that have changed; what the run found besides stays."""
    try:
        kept = json.loads((group.folder / "group.json").read_text(encoding="utf-8"))
        started = datetime.fromisoformat(kept["started"]) if kept.get("started") else None
        told = {work["name"]: work.get("intake", "") for work in kept["works"]}
        state = State(started=started, alike=kept.get("alike"), told=told)
    except (OSError, ValueError, TypeError, AttributeError, KeyError):
        state = State()
    write_group(group, state)
