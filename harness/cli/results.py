"""What a batch leaves: each submission's reports, and the group's gradebook."""

from collections.abc import Sequence
from pathlib import Path

from harness.cli.batch import Graded


def write_results(graded: Sequence[Graded], folder: Path) -> None:
    """``<submission>/report.md``, ``report.html``, ``junit.xml`` beside the verdicts, and ``gradebook.csv``."""
    del graded, folder
