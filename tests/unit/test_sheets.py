"""A learning system's own table is given back as it was, but for the cells that were to be
filled.
"""

import csv
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report import ReportError
from report.exports import Wanted, export_as
from report.feedback import feedback
from report.group import Group, made_work
from report.marks import MarkRule
from report.received import sheet_times
from report.sheets import read_sheet

HEADER = (
    'Identifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed",'
    '"Last modified (submission)","Last modified (grade)","Feedback comments"'
)
ROWS = (
    'Participant 101,"Іваненко Петро",p@example.org,"Submitted for grading",,100.00,Yes,"Tuesday, 24 November 2026, 11:59 PM",-,',
    'Participant 102,"О’Ніл, ""Шон""",s@example.org,"Submitted for grading",12.00,100.00,Yes,"Wednesday, 25 November 2026, 12:30 AM",-,"old, with\r\na line"',
    'Participant 103,"Ніхто Нема",n@example.org,"No submission",,100.00,Yes,-,-,',
)
WORKSHEET = "\r\n".join([HEADER, *ROWS, ""])
CANVAS = (
    "Student,ID,SIS Login ID,Section,Вступ (1),Лабораторна 6 (77),Final Score\n"
    "    Points Possible,,,,5,100,(read only)\n"
    '"Іваненко, Петро",4417,pivanenko,КН-31,5,,\n'
    "Student, Test,99,x,КН-31,,,\n"
)
CLASSROOM = (
    "Last Name,First Name,Email Address,Лабораторна 6\n,,Date,2026-11-24\n,,Points,100\n"
    "Іваненко,Петро,p@example.org,\nМороз,Ія,i@example.org,\n"
)


def verdict(score=87.5, **more):
    """The least of one."""
    check = {"id": "a", "task": 1, "title": "=Назва", "passed": False, "seconds": 0, "points": 0, "max_points": 100,
             "visibility": "visible", "evidence": [], "cause": {"rationale": "=бо", "help": "", "error": None}}  # fmt: skip
    return {"submission": "x", "runtime": "compose", "seed": 1, "schema": "lab6/verdict/v1", "ok": False, "score": score, "max_score": 100, "unjudged": 0,
            "seconds": 1, "started": "2026-11-24T12:00:00Z", "checks": [check],
            "tasks": [{"task": 1, "title": "x", "points": score, "max_points": 100}], **more}  # fmt: skip


def group_of(*names, rule=None):
    """A group whose works all have 87.5."""
    rule = rule or MarkRule()
    works = tuple(made_work(f"w{n}", name, verdict(), "", rule) for n, name in enumerate(names))
    return Group(folder=None, works=works, rule=rule)


def wanted(text, encoding="utf-8", **more):
    """A sheet given by the teacher."""
    return Wanted(sheet=read_sheet(text.encode(encoding), "s.csv"), sheet_name="s.csv", **more)


@given(st.text(st.sampled_from('a,;"\t\r\nй1.')))
def test_an_untouched_table_is_given_back_byte_by_byte(text):
    """Whatever quotes, line ends and separators it has."""
    data = text.encode()
    try:
        sheet = read_sheet(data, "s.csv")
    except ReportError:
        return
    assert sheet.to_bytes() == data


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_what_is_put_into_a_cell_is_read_back(text):
    """By our reader and by Python's."""
    sheet = read_sheet(WORKSHEET.encode(), "s.csv")
    sheet.put(1, 9, text)
    again = read_sheet(sheet.to_bytes(), "s.csv")
    assert again.value(1, 9) == text
    assert len(again.rows) == 4


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_encoding_mark_and_separator_are_kept(encoding, separator):
    """Only the two cells differ."""
    text = "\r\n".join(
        [separator.join(["Ідентифікатор", "Повне ім'я", "Оцінка", "Коментарі"]),
         separator.join(["Учасник 101", "Іваненко Петро", "", ""]), ""]
    )  # fmt: skip
    data = text.encode(encoding)
    sheet = read_sheet(data, "s.csv")
    made = export_as("moodle", group_of("Петро Іваненко"), Wanted(sheet=sheet, sheet_name="s.csv"))
    changed = made.files["moodle.csv"].decode(encoding)
    assert made.files["moodle.csv"].startswith(data[:3])
    (row,) = list(csv.reader(io.StringIO(changed), delimiter=separator))[1:]
    assert row[:2] == ["Учасник 101", "Іваненко Петро"]
    assert row[2] == ("87,5" if separator == ";" else "87.5")
    assert "=бо" in row[3]
    assert not row[3].startswith("=")


def test_moodles_worksheet_is_filled_by_its_number_and_nothing_else_moves():
    """Read back as Moodle's importer reads it: the header untouched, the number at the
    identifier's end.
    """
    pytest.importorskip("translitua", reason="NOT CHECKED HERE, extra group: no translitua")
    group = group_of("Хто завгодно_101_assignsubmission_file_", 'О\'Ніл "Шон"', "Зайва Робота")
    made = export_as("moodle", group, wanted(WORKSHEET))
    text = made.files["moodle.csv"].decode()
    assert text.split("\r\n", 1)[0] == HEADER
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    marks = {int(row["Identifier"].removeprefix("Participant ")): row["Grade"] for row in rows}
    assert marks == {101: "87.5", 102: "87.5", 103: ""}
    assert ROWS[2] in text
    assert text.replace("87.5", "").count('"Submitted for grading"') == 2
    told = [(one.reason, one.name) for one in made.told]
    assert told == [("unknown", "Зайва Робота"), ("no-work", "Ніхто Нема")]
    assert made.filled == 2


def test_feedback_goes_into_the_folders_that_moodle_unpacks():
    """``Name_number_assignsubmission_file/file``: five parts at most, split as its importer
    splits them.
    """
    group = group_of("Іваненко Петро_101_assignsubmission_file_", 'О\'Ніл "Шон"')
    pages = {"w0": b"<p>0", "w1": b"<p>1"}
    made = export_as("moodle", group, wanted(WORKSHEET, pages=pages))
    with zipfile.ZipFile(io.BytesIO(made.files["moodle-feedback.zip"])) as archive:
        found = {}
        for name in archive.namelist():
            _, number, kind, plugin = name.split("/")[0].split("_", 4)[:4]
            found[number, kind, plugin, name.split("/", 1)[1]] = archive.read(name)
    assert found == {
        ("101", "assignsubmission", "file", "lab6.html"): b"<p>0",
        ("102", "assignsubmission", "file", "lab6.html"): b"<p>1",
    }


def test_a_worksheet_of_another_scale_is_told_and_left_alone():
    """Moodle would drop 87.5 of 12 in silence."""
    with pytest.raises(ReportError) as told:
        export_as(
            "moodle", group_of("Іваненко Петро"), wanted(WORKSHEET.replace("100.00", "12.00"))
        )
    assert told.value.reference == "sheet-scale"
    made = export_as(
        "moodle",
        group_of("Іваненко Петро", rule=MarkRule(out_of=12, step=0.1)),
        wanted(WORKSHEET.replace("100.00", '"12,00"')),
    )
    assert '10,5"' in made.files["moodle.csv"].decode()


def test_a_table_without_known_columns_is_told_with_its_titles():
    """Never a guess; the teacher names the column."""
    with pytest.raises(ReportError) as told:
        export_as("moodle", group_of("a"), wanted("Apples,Pears\n1,2\n"))
    assert told.value.reference == "sheet-columns"
    assert "Apples, Pears" in told.value.facts["titles"]
    with pytest.raises(ReportError):
        export_as("moodle", group_of("a"), Wanted())


def test_canvas_fills_the_assignments_column_found_by_its_name():
    """Its number in brackets need not be typed; the line of points and Canvas's own columns
    stay.
    """
    made = export_as(
        "canvas", group_of("petro_4417_1_x.zip"), wanted(CANVAS, column="Лабораторна 6")
    )
    lines = made.files["canvas.csv"].decode().splitlines()
    assert lines[:2] == CANVAS.splitlines()[:2]
    assert lines[2] == '"Іваненко, Петро",4417,pivanenko,КН-31,5,87.5,'
    assert lines[3] == CANVAS.splitlines()[3]


def test_canvas_without_a_table_gets_what_its_import_asks_for():
    """Student, ID, then Section last before the assignment; the line of points."""
    text = (
        export_as("canvas", group_of("petro_4417_1_x.zip"), Wanted()).files["canvas.csv"].decode()
    )
    rows = list(csv.reader(text.splitlines()))
    assert rows[0][:4] == ["Student", "ID", "SIS Login ID", "Section"]
    assert "Points Possible" in rows[1][0]
    assert rows[1][4] == "100"
    assert rows[2] == ["petro", "4417", "", "", "87.5"]


def test_google_classrooms_table_is_filled_below_its_dates_and_points():
    """By name or address."""
    group = group_of("Петро Іваненко", "i@example.org")
    made = export_as("classroom", group, wanted(CLASSROOM, column="Лабораторна 6"))
    assert made.files["classroom.csv"].decode().splitlines()[1:] == [
        ",,Date,2026-11-24", ",,Points,100", "Іваненко,Петро,p@example.org,87.5", "Мороз,Ія,i@example.org,87.5",
    ]  # fmt: skip


def test_times_of_submission_stand_in_the_worksheet():
    """In words of English, or of Ukrainian."""
    pytest.importorskip("dateparser", reason="NOT CHECKED HERE, extra group: no dateparser")
    from report.exports.moodle import people_of

    text = WORKSHEET.replace(
        "Tuesday, 24 November 2026, 11:59 PM", "вівторок, 24 листопада 2026, 23:59"
    )
    sheet = read_sheet(text.encode(), "s.csv")
    owners = [one.owner for one in group_of("Іваненко Петро", 'О\'Ніл "Шон"').works]
    times = sheet_times(sheet, owners, people_of(sheet, "s.csv", None), "s.csv", None)
    assert [times[place].isoformat() for place in (0, 1)] == [
        "2026-11-24T23:59:00",
        "2026-11-25T00:30:00",
    ]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"PK\x03\x04\0\0", b"\xff\xfe"])
def test_what_is_no_table_is_told(data):
    """An empty file, a workbook."""
    with pytest.raises(ReportError) as told:
        read_sheet(data, "s.csv")
    assert told.value.reference == "sheet-unreadable"


def test_a_reason_that_many_checks_share_is_told_once():
    """A work without a compose file fails them all for one reason."""
    check = verdict()["checks"][0]
    checks = [{**check, "id": f"c{n}", "cause": {"rationale": "немає файла"}} for n in range(9)]
    many = made_work("w", "a", verdict(0, checks=[check, *checks]), "", MarkRule())
    lines = feedback(many).splitlines()
    assert len(lines) == 3
    assert "=бо" in lines[1]
    assert lines[2].startswith("✗ немає файла (")
    assert "9" in lines[2]
