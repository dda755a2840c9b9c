"""``canvas``: the gradebook that Canvas exported, its assignment's column filled; without one, a
table to import.

Canvas knows a student by its own ID, else by login, else by name; wants ``Student``, ``ID`` and
``Section`` before the assignments, and in the line «Points Possible» how much each is worth.
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
    """``canvas.csv``."""
    if wanted.sheet is None:
        return Made(files={"canvas.csv": _table(group, wanted.column).encode("utf-8", "replace")})
    filled = fill(group, wanted, "canvas", _person)
    told = filled.told
    return Made(files={"canvas.csv": filled.sheet.to_bytes()}, told=told, filled=len(filled.rows))


def _person(sheet: Sheet, columns: Columns, row: int) -> Person | None:
    names = [columns.cell(sheet, row, what) for what in ("name", "last", "first")]
    name = " ".join(filter(None, names))
    ids = tuple(filter(None, (columns.cell(sheet, row, what) for what in ("id", "login"))))
    beside = not ids or "points possible" in name.casefold()
    return None if beside or not name else Person(row=row, name=name, ids=ids)


def _table(group: Group, title: str | None) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["Student", "ID", "SIS Login ID", "Section", title or group.rule.title])
    most = group.rule.out_of or group.max_score
    writer.writerow(["    Points Possible", "", "", "", number(most, ".")])
    for work in group.works:
        mark = "" if work.mark is None else number(work.mark.value, ".")
        writer.writerow([cell(work.owner.name), work.owner.id, "", "", mark])
    return out.getvalue()
