"""The works of a batch that share code, by the assignment's own limits."""

import tomllib
from collections.abc import Sequence
from pathlib import Path

from harness.cli.assignment_option import CHECKS
from harness.cli.batch import BatchTask
from harness.home import HOME
from report.alike import alike
from report.documents import Document

_LAB = HOME / "lab6"


def alike_works(tasks: Sequence[BatchTask], assignment: Path = CHECKS) -> list[Document] | None:
    """Pairs; None where likeness cannot be told: see ``report.alike``. A group of one has none."""
    file = assignment / "assignment.toml"
    asked = tomllib.loads(file.read_text(encoding="utf-8")).get("alike", {})
    works = {task.given or task.name: task.folder for task in tasks if task.content}
    if len(works) < 2:
        return []
    percent, deadline_s = asked.get("percent", 50), asked.get("seconds", 60)
    return alike(works, _LAB, percent=percent, deadline_s=deadline_s)
