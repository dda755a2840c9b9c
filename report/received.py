"""When each work was handed in, as the learning system's table or a teacher's own list says it."""

from datetime import datetime
from typing import TYPE_CHECKING

from report.columns import find_columns
from report.errors import ReportError
from report.names import Person, match
from report.owners import Owner
from report.sheets import Sheet

if TYPE_CHECKING:
    from collections.abc import Sequence


def listed_times(sheet: Sheet, owners: "Sequence[Owner]", file: str) -> dict[int, datetime]:
    """Of a list of two columns, whom and when; by the works' places."""
    rows = [row for row in range(len(sheet.rows)) if len(sheet.rows[row]) > 1]
    people = [
        Person(row=row, name=name, ids=(name,))
        for row in rows
        if (name := sheet.value(row, 0).strip())
    ]
    return _times(sheet, owners, people, 1, file)


def sheet_times(
    sheet: Sheet,
    owners: "Sequence[Owner]",
    people: "Sequence[Person]",
    file: str,
    column: str | None,
) -> dict[int, datetime]:
    """Of Moodle's worksheet; none where it has no such column."""
    columns = find_columns(sheet, "moodle", file, column)
    if "submitted" not in columns.at:
        return {}
    return _times(sheet, owners, people, columns.at["submitted"], file)


def _times(
    sheet: Sheet,
    owners: "Sequence[Owner]",
    people: "Sequence[Person]",
    column: int,
    file: str,
) -> dict[int, datetime]:
    """Dates in words of either language. ``ReportError``: ``export-extra``, ``time-unreadable``."""
    try:
        import dateparser
    except ImportError as error:
        raise ReportError("export-extra", package="dateparser") from error
    times: dict[int, datetime] = {}
    for work, row in match(owners, people).rows.items():
        text = sheet.value(row, column).strip()
        if not text.strip("-–— "):
            continue
        order = {"DATE_ORDER": "DMY", "STRICT_PARSING": True}
        time = dateparser.parse(text[:100], languages=["uk", "en"], settings=order)
        if time is None:
            raise ReportError("time-unreadable", file=file, text=text[:100])
        times[work] = time
    return times
