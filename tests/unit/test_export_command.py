"""``lab6 export`` from kept verdicts: files, what is said, the exit status."""

import csv
import json

import pytest

from harness.cli.exit_status import run
from harness.cli.group import group
from tests.unit.test_sheets import ROWS, WORKSHEET, verdict


@pytest.fixture
def graded(tmp_path):
    """A results folder: two verdicts of Moodle's folders, a damaged one, a work that took too
    long.
    """
    works = []
    for name, given, score in (("ivanenko", "Іваненко Петро_101_assignsubmission_file_", 87.5),
                               ("oneil", "О'Ніл \"Шон\"", 40), ("bad", "Погана Робота", None)):  # fmt: skip
        (tmp_path / name).mkdir()
        text = "{" if score is None else json.dumps(verdict(score))
        (tmp_path / name / "verdict.json").write_text(text, encoding="utf-8")
        works.append({"name": name, "given": given})
    works.append({"name": "slow", "given": "Повільна Робота", "problem": "12 хв"})
    works.append({"name": "../../etc", "given": "=x"})
    (tmp_path / "group.json").write_text(json.dumps({"works": works}), encoding="utf-8")
    (tmp_path / "feedback").mkdir()
    (tmp_path / "feedback" / "oneil.html").write_text("<p>", encoding="utf-8")
    (tmp_path / "sheet.csv").write_bytes(WORKSHEET.encode("utf-8-sig"))
    return tmp_path


def test_every_work_has_a_row_in_every_format(graded, capsys):
    """Also the damaged one and the late one; 0."""
    assert (
        run(group, ["export", str(graded), "--to", "csv", "--to", "junit", "--separator", ";"]) == 0
    )
    text = (graded / "exports" / "csv" / "gradebook.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(text.splitlines(), delimiter=";"))
    assert {row["name"]: row["mark"] for row in rows} == {
        "Іваненко Петро": "87,5", "О'Ніл \"Шон\"": "40", "Погана Робота": "", "Повільна Робота": "",
    }  # fmt: skip
    files = sorted(one.parent.name for one in (graded / "exports" / "junit").glob("*/junit.xml"))
    assert files == ["bad", "ivanenko", "oneil", "slow"]
    assert "gradebook.csv" in capsys.readouterr().out


def test_what_has_no_row_is_listed_and_the_status_says_so(graded, capsys):
    """1, on the screen and in told.txt; the worksheet is filled all the same."""
    pytest.importorskip("translitua", reason="NOT CHECKED HERE, extra group: no translitua")
    asked = ["export", str(graded), "--to", "moodle", "--sheet", str(graded / "sheet.csv")]
    assert run(group, asked) == 1
    place = graded / "exports" / "moodle"
    told = (place / "told.txt").read_text(encoding="utf-8")
    assert all(name in told for name in ("Погана Робота", "Повільна Робота", "Ніхто Нема"))
    assert "Погана Робота" in capsys.readouterr().out
    data = (place / "moodle.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbfIdentifier")
    assert ROWS[2].encode() in data
    assert (place / "moodle-feedback.zip").is_file()


@pytest.mark.parametrize("more", [["--to", "moodle"], ["--to", "nowhere"], []])
def test_what_cannot_be_done_is_said_with_2(graded, more, capsys):
    """No worksheet, no such format, no format at all."""
    assert run(group, ["export", str(graded), *more]) == 2
    assert capsys.readouterr().err.count("\n") == 2


def test_a_folder_without_verdicts_is_said(tmp_path):
    """2, and nothing is written."""
    assert run(group, ["export", str(tmp_path), "--to", "csv"]) == 2
    assert list(tmp_path.iterdir()) == []
