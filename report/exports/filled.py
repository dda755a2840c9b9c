"""A learning system's table with the group's marks put in; whatever has no one row is told."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from report.columns import Columns, find_columns
from report.errors import ReportError
from report.exports.made import Told, Wanted
from report.feedback import feedback
from report.group import GradedWork, Group
from report.names import Matches, Person, match
from report.numbers import number
from report.sheets import Sheet

People = Callable[[Sheet, Columns, int], Person | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """The table, which row each work has, and what is told."""

    sheet: Sheet
    columns: Columns
    rows: Mapping[int, int]  #: work's place in the group → row
    told: tuple[Told, ...]


def fill(group: Group, wanted: Wanted, kind: str, person: People) -> Filled:
    """Put marks, and feedback where there is a column for it, into the table's own cells.

    ``person`` reads a row, None where it tells of nobody. ``ReportError``: ``sheet-wanted``,
    ``sheet-columns``, ``sheet-scale``.
    """
    if wanted.sheet is None:
        raise ReportError("sheet-wanted", kind=kind)
    sheet = wanted.sheet
    columns = find_columns(sheet, kind, wanted.sheet_name, wanted.column)
    rows = range(columns.header + 1, len(sheet.rows))
    people = [entry for row in rows if (entry := person(sheet, columns, row)) is not None]
    matches = match([work.owner for work in group.works], people)
    decimal = _decimal(sheet, columns, [entry.row for entry in people])
    for number_of, row in matches.rows.items():
        _put(sheet, columns, row, group.works[number_of], decimal, wanted.sheet_name)
    told = tuple(_told(group, matches, people))
    return Filled(sheet=sheet, columns=columns, rows=matches.rows, told=told)


def _put(
    sheet: Sheet, columns: Columns, row: int, work: GradedWork, decimal: str, file: str
) -> None:
    if work.mark is None:
        return
    most = _figure(columns.cell(sheet, row, "most"))
    if most is not None and most != work.mark.out_of:
        raise ReportError(
            "sheet-scale", file=file, most=number(most, "."), ours=number(work.mark.out_of, ".")
        )
    sheet.put(row, columns.at["grade"], number(work.mark.value, decimal))
    if "feedback" in columns.at:
        sheet.put(row, columns.at["feedback"], feedback(work))


def _decimal(sheet: Sheet, columns: Columns, rows: list[int]) -> str:
    """The sign that the table itself writes; where it writes no fraction, what its separator
    leaves.
    """
    figures = [columns.cell(sheet, row, what) for row in rows for what in ("most", "grade")]
    if any("," in figure for figure in figures):
        return ","
    return "," if sheet.separator == ";" and not any("." in figure for figure in figures) else "."


def _figure(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def _told(group: Group, matches: Matches, people: list[Person]) -> Iterator[Told]:
    for place, work in enumerate(group.works):
        if place in matches.unclear:
            others = tuple(person.name for person in matches.unclear[place])
            yield Told(reason="unclear", name=work.given, others=others)
        elif place in matches.unknown:
            yield Told(reason="unknown", name=work.given)
        elif work.mark is None:
            yield Told(reason="unjudged", name=work.given, others=(work.problem,))
        elif work.verdict and work.verdict["unjudged"]:
            others = (number(work.verdict["unjudged"]),)
            yield Told(reason="partly", name=work.given, others=others)
    taken = set(matches.rows.values()) | {
        person.row for candidates in matches.unclear.values() for person in candidates
    }
    yield from (
        Told(reason="no-work", name=person.name) for person in people if person.row not in taken
    )
