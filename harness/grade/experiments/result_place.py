"""Where a job's result lies: by its row, else by its worker's log."""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from harness.grade.experiments.lab_under_test import LabUnderTest
from harness.grade.experiments.worker_cpu import cpu_of
from harness.stack.base import DatedFiles
from harness.stack.errors import StackError
from harness.trace import Event, Kind
from harness.witness.postgres import Row


def result_paths(row: Row | None, events: Sequence[Event]) -> list[str]:
    """Where row or log say that it lies, the likeliest first. A row may tell less than the log
    does: a path from a framework's own folder for files.
    """
    logged = next((event.path for event in events if event.kind is Kind.COMPLETED), None)
    told = [row.output_path if row else None, *_logged_paths(logged)]
    return [path for path in told if path]


def _logged_paths(logged: str | None) -> list[str]:
    """What the log may mean: all that follows the words, or what stands before a gap, as a logger
    puts its fields, or a place in the code, behind a message."""
    if logged is None:
        return []
    return list(dict.fromkeys([logged, *(re.split(gap, logged)[0] for gap in (r"\s{2,}", r"\s"))]))


def written(lab: LabUnderTest, path: str | None) -> datetime | None:
    """When the result was last written to; None where nobody can tell, or by another clock than
    this machine's.
    """
    stack = lab.stack
    if not path or not isinstance(stack, DatedFiles) or cpu_of(stack) is None:
        return None
    with suppress(StackError):
        return stack.modified("worker", path)
    return None


def first_there(
    lab: LabUnderTest, service: str, paths: Sequence[str]
) -> tuple[str | None, bytes | None]:
    """The first of these paths where the service sees a file, and what lies there; the first of all
    where there is none."""
    for path in paths:
        with suppress(StackError):  # no such file: that is the fact
            return path, lab.stack.read(service, path)
    return next(iter(paths), None), None
