"""``classroom``: the grades that Google Classroom let be downloaded, the assignment's column
filled; else a table.

Classroom itself takes no file back: the column is pasted into the Sheet that «Copy all grades to
Google Sheets» makes, which has the same lines.
"""

import csv
import io

from report.cells import cell
from report.columns import Columns
from report.exports.filled import fill
from report.exports.made import Made, Wanted
from report.group import Group
from report.names import Person
from report.numbers import number
from report.sheets import Sheet


def export(group: Group, wanted: Wanted) -> Made:
    """``classroom.csv``."""
    if wanted.sheet is None:
        return Made(files={"classroom.csv": _table(group, wanted).encode("utf-8", "replace")})
    filled = fill(group, wanted, "classroom", _person)
    files = {"classroom.csv": filled.sheet.to_bytes()}
    return Made(files=files, told=filled.told, filled=len(filled.rows))


def _person(sheet: Sheet, columns: Columns, row: int) -> Person | None:
    """Lines of dates, points and averages have no address."""
    email = columns.cell(sheet, row, "email")
    name = " ".join(columns.cell(sheet, row, what) for what in ("last", "first")).strip()
    ids = (email, email.partition("@")[0])
    return Person(row=row, name=name, ids=ids) if "@" in email else None


def _table(group: Group, wanted: Wanted) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["Last Name", "First Name", wanted.column or group.rule.title])
    for work in group.works:
        last, _, first = work.owner.name.partition(" ")
        mark = "" if work.mark is None else number(work.mark.value, ".")
        writer.writerow([cell(last), cell(first), mark])
    return "\ufeff" + out.getvalue()
