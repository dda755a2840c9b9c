"""What a batch leaves: each submission's reports, and the group's gradebook."""

from collections.abc import Sequence
from pathlib import Path

from harness.cli.batch import Graded
from report import gradebook, write_exports


def write_results(graded: Sequence[Graded], folder: Path) -> None:
    """``<submission>/report.md``, ``report.html``, ``junit.xml`` beside the verdicts, and ``gradebook.csv``."""
    for one in graded:
        if one.verdict is not None:
            write_exports(one.task.place)
    rows = [(one.task.name, one.verdict, one.problem) for one in graded]
    (folder / "gradebook.csv").write_text(gradebook(rows), encoding="utf-8", newline="")
