"""Where a learning system's table holds whom, and where the mark goes."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from report.errors import ReportError
from report.sheets import Sheet

_TITLES = tomllib.loads((Path(__file__).parent / "columns.toml").read_text(encoding="utf-8"))
_DEEPEST = 6  #: the header is one of the first lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The header's line, and columns by what they hold."""

    header: int
    at: dict[str, int]

    def cell(self, sheet: Sheet, row: int, what: str) -> str:
        """What a row says of it; "" where the table has no such column."""
        return sheet.value(row, self.at[what]).strip() if what in self.at else ""


def find_columns(sheet: Sheet, kind: str, file: str, column: str | None = None) -> Columns:
    """Columns of a table of ``kind``; ``column`` names the mark's own where its title is the
    course's choice.

    ``ReportError``: ``sheet-columns`` where people or the mark's column are not to be found.
    """
    candidates = [(row, _known(sheet, row, kind)) for row in range(min(_DEEPEST, len(sheet.rows)))]
    header, at = max(candidates, key=lambda candidate: len(candidate[1]))
    titles = [sheet.value(header, number).strip() for number in range(len(sheet.rows[header]))]
    if column is not None:
        at = {**at, **_named(titles, column)}
    if "grade" not in at or not {"name", "last"} & set(at):
        shown = ", ".join(filter(None, titles))[:500]
        raise ReportError("sheet-columns", file=file, titles=shown)
    return Columns(header=header, at=at)


def _known(sheet: Sheet, row: int, kind: str) -> dict[str, int]:
    at: dict[str, int] = {}
    for number in range(len(sheet.rows[row])):
        title = sheet.value(row, number).strip()
        for what, pattern in _TITLES[kind].items():
            if what not in at and re.fullmatch(pattern, title, re.IGNORECASE):
                at[what] = number
                break
    return at


def _named(titles: list[str], column: str) -> dict[str, int]:
    """The column of that title, else the only one that begins so: Canvas adds its number in
    brackets.
    """
    wanted = column.strip().casefold()
    exact = [number for number, title in enumerate(titles) if title.casefold() == wanted]
    begun = [number for number, title in enumerate(titles) if title.casefold().startswith(wanted)]
    numbers = exact or begun
    return {"grade": numbers[0]} if len(numbers) == 1 else {}
