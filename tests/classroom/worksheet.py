"""Moodle's worksheet for marking off-line: as the teacher downloads it, and whether what goes back
is that worksheet with the grades in it."""

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.classroom.archive import Pupil
from tests.classroom.verdicts import Verdict

COLUMNS = (
    *("Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade"),
    *("Grade can be changed", "Last modified (submission)", "Last modified (grade)"),
    "Feedback comments",
)
_BOM = b"\xef\xbb\xbf"


def write_worksheet(file: Path, group: Sequence[Pupil]) -> None:
    """The whole class, no grade yet."""
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for one in group:
        mail = f"p{one.number}@example.org"
        row = [f"Participant {one.number}", one.name, mail, "Submitted for grading", "", "100.00"]
        table.writerow([*row, "Yes", "Tuesday, 24 November 2026, 11:59 PM", "-", ""])
    file.write_bytes(_BOM + text.getvalue().encode())


def not_as_graded(
    group: Sequence[Pupil], verdicts: dict[str, Verdict], given: Path, back: Path
) -> list[str]:
    """In words: what the worksheet in the folder ``back`` lacks or has otherwise than the verdicts
    say, and whatever besides has changed since it was given; also of the feedback's files."""
    with zipfile.ZipFile(back / "moodle-feedback.zip") as feedback:
        files = feedback.namelist()
    rows = zip(group, _rows(given), _rows(back / "moodle.csv"), strict=True)
    return [
        f"{pupil.name}: {fault}"
        for pupil, was, row in rows
        for fault in _faults(pupil, verdicts.get(pupil.folder), was, row, files)
    ]


def _faults(
    pupil: Pupil,
    verdict: Verdict | None,
    was: dict[str, str],
    row: dict[str, str],
    files: Sequence[str],
) -> Iterator[str]:
    changed = {key: value for key, value in row.items() if value != was[key]}
    grade, said = changed.pop("Grade", ""), changed.pop("Feedback comments", "")
    if bool(verdict) != bool(grade) or (verdict and float(grade) != verdict["score"]):
        yield f"the grade {grade!r}"
    if bool(verdict) != bool(said):
        yield f"the comment {said!r}"
    if changed:
        yield f"changed: {changed}"
    if bool(verdict) != (f"{pupil.folder.rstrip('_')}/lab6.html" in files):
        yield "the feedback's file"


def _rows(file: Path) -> list[dict[str, str]]:
    """With a byte order mark, as Moodle writes it."""
    assert file.read_bytes().startswith(_BOM), file
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))
