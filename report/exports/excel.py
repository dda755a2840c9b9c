"""``excel``: a workbook: marks with numbers as numbers, and a sheet of checks. openpyxl is in
the extra ``group``.
"""

import io
from typing import TYPE_CHECKING, Any

from harness.texts import say
from report.errors import ReportError
from report.exports.made import Made, Wanted
from report.feedback import feedback
from report.group import GradedWork, Group
from report.markdown import one_line

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_WIDTHS = (28, 12, 10, 10, 10, 10, 12, 10, 80)
_LONGEST = 4000


def export(group: Group, wanted: Wanted) -> Made:
    """``gradebook.xlsx``. ``ReportError("export-extra")`` without openpyxl."""
    try:
        from openpyxl import Workbook
    except ImportError as error:
        raise ReportError("export-extra", package="openpyxl") from error
    book = Workbook()
    marks = book.active
    if marks is None:
        raise ReportError("export-extra", package="openpyxl")
    _sheet(
        marks,
        "marks",
        ["name", "id", "mark", "out-of", "score", "max", "unjudged", "days-late", "feedback"],
    )
    for work in group.works:
        _append(marks, _marks(work))
    checks = book.create_sheet()
    _sheet(checks, "checks", ["name", "check", "title", "result", "points", "max", "reason"])
    for work in group.works:
        for row in _checks(work):
            _append(checks, row)
    for letter, width in zip("ABCDEFGHI", _WIDTHS, strict=True):
        marks.column_dimensions[letter].width = width
    for letter, width in zip("ABCDEFG", (28, 20, 48, 12, 8, 8, 80), strict=True):
        checks.column_dimensions[letter].width = width
    out = io.BytesIO()
    book.save(out)
    return Made(files={"gradebook.xlsx": out.getvalue()})


def _sheet(sheet: "Worksheet", name: str, columns: list[str]) -> None:
    from openpyxl.styles import Font

    sheet.title = say(f"export.sheet.{name}")
    _append(sheet, [say(f"export.column.{column}") for column in columns])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "B2"


def _append(sheet: "Worksheet", row: list[Any]) -> None:
    """A row; a text is a text, also one that begins as a formula."""
    place = sheet.max_row + 1 if sheet.max_row > 1 or sheet["A1"].value is not None else 1
    for number, value in enumerate(row, 1):
        cell = sheet.cell(row=place, column=number)
        if isinstance(value, str):
            cell.value, cell.data_type = one_line(value)[:_LONGEST], "s"
        else:
            cell.value = value


def _marks(work: GradedWork) -> list[Any]:
    verdict, mark = work.verdict, work.mark
    if verdict is None or mark is None:
        figures: list[Any] = [None] * 6
    else:
        points = [verdict["score"], verdict["max_score"], verdict["unjudged"]]
        figures = [mark.value, mark.out_of, *points, mark.days_late]
    return [work.owner.name, work.owner.id, *figures, feedback(work, separator=" · ")]


def _checks(work: GradedWork) -> list[list[Any]]:
    checks = work.verdict["checks"] if work.verdict else ()
    return [
        [
            work.owner.name,
            check["id"],
            check["title"],
            say(f"export.result.{_RESULTS[check['passed']]}"),
            check["points"],
            check["max_points"],
            (check["cause"] or {}).get("rationale") or "",
        ]
        for check in checks
    ]


_RESULTS = {True: "passed", False: "failed", None: "unjudged"}
