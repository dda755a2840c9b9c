"""``moodle``: the grading worksheet that Moodle gave, filled; and feedback files as a zip that
Moodle takes back.

Moodle finds a row by its identifier («Participant 123456»; the number stands in the folder of a
downloaded submission as well) and needs its own header, untouched. The zip repeats the folders of
«Download all submissions»: ``Full name_123456_assignsubmission_file/``; what lies within becomes
the student's feedback file.
"""

import io
import re
import zipfile

from report.columns import Columns, find_columns
from report.exports.filled import Filled, fill
from report.exports.made import Made, Wanted
from report.group import Group
from report.names import Person
from report.sheets import Sheet

_NUMBER = re.compile(r"(\d+)\s*$")
_NOT_IN_NAMES = re.compile(r'[_/\\:*?"<>|\x00-\x1f]+')
_EPOCH = (1980, 1, 1, 0, 0, 0)  #: so that the same feedback is the same file


def export(group: Group, wanted: Wanted) -> Made:
    """``moodle.csv`` and ``moodle-feedback.zip``."""
    filled = fill(group, wanted, "moodle", _person)
    files = {"moodle.csv": filled.sheet.to_bytes()}
    packed = _zip(group, filled, wanted)
    if packed:
        files["moodle-feedback.zip"] = packed
    return Made(files=files, told=filled.told, filled=len(filled.rows))


def people_of(sheet: Sheet, file: str, column: str | None) -> list[Person]:
    """Everyone whom a worksheet lists. ``ReportError("sheet-columns")``."""
    columns = find_columns(sheet, "moodle", file, column)
    rows = range(columns.header + 1, len(sheet.rows))
    return [person for row in rows if (person := _person(sheet, columns, row)) is not None]


def _person(sheet: Sheet, columns: Columns, row: int) -> Person | None:
    name = columns.cell(sheet, row, "name")
    text = columns.cell(sheet, row, "id")
    email = columns.cell(sheet, row, "email")
    match = _NUMBER.search(text)
    ids = tuple(filter(None, (match and match[1], email, email.partition("@")[0])))
    return Person(row=row, name=name or text, ids=ids) if name or text else None


def _zip(group: Group, filled: Filled, wanted: Wanted) -> bytes | None:
    """Feedback of the matched works that have a number and a page; None where no work has."""
    out, any_ = io.BytesIO(), False
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, row in sorted(filled.rows.items()):
            person = _person(filled.sheet, filled.columns, row)
            page = wanted.pages.get(group.works[place].name)
            if person is None or page is None or not person.ids or not person.ids[0].isdigit():
                continue
            name = _NOT_IN_NAMES.sub(" ", person.name).strip() or "student"
            folder = f"{name}_{person.ids[0]}_assignsubmission_file"
            archive.writestr(zipfile.ZipInfo(f"{folder}/lab6.html", _EPOCH), page)
            any_ = True
    return out.getvalue() if any_ else None
