"""What a hostile submission printed stays text in every format; each is read back by its own
reader.
"""

import csv
import io
import json
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from harness.grade.verdict.rubric import RUBRIC
from report import ReportError, load_run, write_reports
from report.cells import uncell
from report.exports import EXPORTS, Wanted, export_as
from report.exports.junit import junit
from report.exports.plain import gradebook
from report.group import Group, load_group, made_work
from report.html import render_html
from report.markdown import one_line
from report.marks import MarkRule
from report.student import PARTS, hidden_parts, write_student_page

EVIL = (
    "</td><script>alert(1)</script><img src=x onerror=alert(2)>\x1b[31m\x00\u202e]]>&amp;"
    " ```` {{ 7*7 }} %} \ufffe " + "x" * 5000
)


def check(name, passed, error=None):
    """One check of a verdict, every text of it hostile."""
    cause = {"rationale": EVIL, "help": EVIL, "expected": EVIL, "actual": EVIL, "error": error}
    return {
        "id": name, "task": 1, "title": EVIL, "passed": passed, "points": 0, "max_points": 2,
        "visibility": "visible", "depends_on": [], "seconds": 0.1,
        "cause": None if passed else cause,
        "evidence": [{"witness": "log", "time": None, "where": EVIL, "text": EVIL}],
    }  # fmt: skip


@pytest.fixture
def verdict():
    """A verdict of a lab that never came up: no demonstration."""
    checks = [check("a", True), check("b", False), check("c", None), check("d", None, EVIL)]
    return {
        "schema": "lab6/verdict/v1", "submission": EVIL, "runtime": "compose", "seed": 1,
        "started": "2026-11-24T12:00:00Z", "seconds": 2.5, "score": 2.0, "max_score": 8,
        "versions": {"redis": EVIL}, "checks": checks, "ok": False, "unjudged": 4,
        "tasks": [{"task": 1, "title": EVIL, "points": 2, "max_points": 8}],
        "changes": [{"where": EVIL, "what": EVIL}], "experiments": {},
    }  # fmt: skip


@pytest.fixture
def folder(tmp_path, verdict):
    """Its run's folder."""
    (tmp_path / "verdict.json").write_text(json.dumps(verdict), encoding="utf-8")
    (tmp_path / "worker.log").write_text(f"2026-11-24T12:00:00Z {EVIL}\n", encoding="utf-8")
    return tmp_path


def group_of(*rows):
    """A group: name, verdict, problem."""
    works = tuple(
        made_work(f"w{n}" if len(name) > 1 else name, name, verdict, problem, MarkRule())
        for n, (name, verdict, problem) in enumerate(rows)
    )
    return Group(folder=None, works=works, rule=MarkRule())


class Page(HTMLParser):
    """The elements and attributes of a page."""

    def __init__(self, text):
        super().__init__()
        self.seen = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


def test_the_page_runs_nothing_and_loads_nothing(folder):
    """No element, no attribute of the submission's making; a policy that forbids all but
    pictures within.
    """
    text = render_html(load_run(folder))
    page = Page(text)
    assert not {tag for tag, _ in page.seen} & {
        "script",
        "iframe",
        "object",
        "link",
        "base",
        "form",
    }
    assert not [attrs for _, attrs in page.seen if any(name.startswith("on") for name in attrs)]
    assert all(attrs.get("src", "data:").startswith("data:") for _, attrs in page.seen)
    policy = [attrs["content"] for tag, attrs in page.seen if "http-equiv" in attrs]
    assert policy
    assert policy[0].startswith("default-src 'none'")
    assert "49" not in text.split("<h1>")[1].split("</h1>")[0]
    assert not {"\x1b", "\x00", "\u202e"} & set(text)
    assert len(text) < 200_000


def test_junit_tells_whose_fault_it_is(verdict):
    """The student's is a failure, the grader's an error, what could not be judged is skipped."""
    root = ElementTree.fromstring(junit(verdict))  # noqa: S314 - our own text
    cases = {case.get("name").split(":")[0]: case for case in root.iter("testcase")}
    kinds = {
        name: [one.tag for one in case if one.tag != "properties"] for name, case in cases.items()
    }
    assert kinds == {"a": [], "b": ["failure"], "c": ["skipped"], "d": ["error"]}
    suite = root.find("testsuite")
    counts = [suite.get(name) for name in ("tests", "failures", "errors", "skipped")]
    assert counts == ["4", "1", "1", "1"]
    points = {one.get("name"): one.get("value") for one in cases["b"].iter("property")}
    assert points == {"points": "0", "max_points": "2"}


@pytest.mark.parametrize(
    "name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", 'a,b\n"c"', "'=1"]
)
@pytest.mark.parametrize(("separator", "decimal"), [(",", "."), (";", ","), ("\t", ".")])
def test_no_cell_is_a_formula_and_no_name_breaks_the_table(verdict, name, separator, decimal):
    """Read back by csv: as many columns everywhere, the marks in their places, the name as it
    was.
    """
    verdict["score"] = 2.5
    text = gradebook(group_of((name, verdict, ""), ("nobody", None, "=late")), separator, decimal)
    assert text.startswith("\ufeff")
    rows = list(csv.reader(text.removeprefix("\ufeff").splitlines(), delimiter=separator))
    assert len({len(row) for row in rows}) == 1
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t"))]
    first = dict(zip(rows[0], rows[1], strict=True))
    assert uncell(first["name"]) == one_line(name)
    assert [first[key] for key in ("mark", "score", "max_score", "unjudged", "ok", "task_1")] == [
        f"2{decimal}5", f"2{decimal}5", "8", "4", "no", "2",
    ]  # fmt: skip
    second = dict(zip(rows[0], rows[2], strict=True))
    assert [second[key] for key in ("mark", "score", "task_1")] == ["", "", ""]
    assert "=late" in second["feedback"]


def test_one_damaged_verdict_costs_its_own_row_alone(tmp_path, verdict):
    """Cut short, a number that is none, nothing of what it must hold: told as such; the others
    have their marks.
    """
    for name, text in {
        "cut": json.dumps(verdict)[:100],
        "deep": "[" * 200_000,
        "lone": json.dumps(verdict).replace("compose", "\\ud83d"),
        "nan": json.dumps({**verdict, "score": float("nan")}),
        "none": "{}",
        "sound": json.dumps(verdict),
        "words": json.dumps({**verdict, "score": "many"}),
    }.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "verdict.json").write_text(text, encoding="utf-8")
    group = load_group(tmp_path, MarkRule())
    marks = {work.name: work.mark and work.mark.value for work in group.works}
    assert marks == {
        "cut": None, "deep": None, "lone": 2, "nan": None, "none": None, "sound": 2, "words": None,
    }  # fmt: skip
    assert all(work.problem for work in group.works if work.mark is None)
    for name in sorted(set(EXPORTS) - {"moodle", "excel"}):
        assert export_as(name, group, Wanted()).files


def test_gradescope_has_what_its_contract_asks(verdict):
    """Points as they are, no status of what nobody judged, a document also without a verdict."""
    verdict["checks"][0]["visibility"] = "hidden"
    files = export_as(
        "gradescope", group_of(("a", verdict, ""), ("b", None, "late")), Wanted()
    ).files
    judged, other = (json.loads(files[f"{name}/results.json"]) for name in ("a", "b"))
    assert judged["score"] == 2
    assert [test.get("status") for test in judged["tests"]] == ["passed", "failed", None, None]
    assert [test["visibility"] for test in judged["tests"]][:2] == ["hidden", "visible"]
    assert len({test["number"] for test in judged["tests"]}) == 4
    assert (other["score"], other["visibility"], other["tests"]) == (0, "hidden", [])
    assert "late" in other["output"]


@pytest.mark.parametrize(("points", "scale"), [(2, 1), (0.5, 2), (1.1, 10), (1.25, 4), (0.01, 100)])
def test_classroom50_has_whole_numbers_that_add_up(verdict, points, scale):
    """All points times one whole number; their sum is the score; the runner's own fields are
    taken from it.
    """
    verdict["checks"][0]["points"] = points
    given = {"COMMIT_URL": "https://example.org/c", "SUBMISSION_TAG": "submit/1", "CLASSROOM": "ms"}
    wanted = Wanted(environment=given)
    document = json.loads(
        export_as("classroom50", group_of(("a", verdict, "")), wanted).files["a/result.json"]
    )
    assert document["schema"] == "classroom50/result/v1"
    assert all(isinstance(document[key], int) for key in ("score", "max-score"))
    assert (
        document["score"]
        == sum(test["score"] for test in document["tests"])
        == round(points * scale)
    )
    assert document["max-score"] == 8 * scale
    assert (document["submission"], document["review"]) == ("submit/1", "https://example.org/c")
    assert all(
        document[key] for key in ("classroom", "assignment", "commit", "release", "datetime")
    )


def test_prairielearn_takes_no_attempt_for_what_nobody_judged(verdict):
    """A share of 1, and no grade at all without a verdict."""
    files = export_as(
        "prairielearn", group_of(("a", verdict, ""), ("b", None, "late")), Wanted()
    ).files
    judged, other = (json.loads(files[f"{name}/results.json"]) for name in ("a", "b"))
    assert (judged["gradable"], judged["score"]) == (True, 0.25)
    assert {"name", "points", "max_points", "message"} <= set(judged["tests"][0])
    assert other["gradable"] is False
    assert "score" not in other
    assert max(map(len, files.values())) < 1_000_000


def test_the_workbook_has_numbers_as_numbers_and_no_formula(verdict):
    """Read back by openpyxl, with what a stranger wrote as text."""
    openpyxl = pytest.importorskip("openpyxl", reason="NOT CHECKED HERE, extra group: no openpyxl")
    data = export_as("excel", group_of(("=1+1", verdict, ""), ("b", None, "")), Wanted()).files
    book = openpyxl.load_workbook(io.BytesIO(data["gradebook.xlsx"]))
    marks, checks = book.worksheets
    row = list(marks[2])
    assert (row[0].value, row[0].data_type) == ("=1+1", "s")
    assert [cell.data_type for cell in row[2:8]] == ["n"] * 6
    assert [cell.value for cell in row[2:7]] == [2, 8, 2, 8, 4]
    assert marks.cell(row=3, column=3).value is None
    assert checks.max_row == 5
    assert not [
        c for sheet in (marks, checks) for line in sheet for c in line if c.data_type == "f"
    ]


def test_the_students_page_has_what_is_for_students_alone(folder, verdict, tmp_path):
    """Neither a hidden check, nor a traceback, nor what the rubric keeps; the score of all
    checks stays.
    """
    verdict["checks"][0] |= {"visibility": "hidden", "title": "Прихована"}
    verdict["checks"][3]["cause"]["error"] = "Traceback of ours"
    verdict["checks"][1]["evidence"][0]["text"] = "seen by redis"
    verdict["intake"] = {"told": ["two compose files"], "content": "abc"}
    (folder / "verdict.json").write_text(json.dumps(verdict), encoding="utf-8")
    teacher = render_html(load_run(folder))
    for text in ("Прихована", "Traceback of ours", "two compose files", "seen by redis"):
        assert text in teacher
    write_student_page(folder, tmp_path / "page.html", {"error", "changes", "versions", "seed"})
    student = (tmp_path / "page.html").read_text(encoding="utf-8")
    for text in ("Прихована", "Traceback of ours", "two compose files"):
        assert text not in student
    assert "seen by redis" in student
    write_student_page(folder, tmp_path / "page.html", set(PARTS))
    assert "seen by redis" not in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_a_rubric_may_hide_known_parts_alone(tmp_path):
    """A slip would show what was to be hidden."""
    assert "error" in hidden_parts(RUBRIC)
    (tmp_path / "r.toml").write_text("[student]\nhidden = ['eror']", encoding="utf-8")
    with pytest.raises(ReportError):
        hidden_parts(tmp_path / "r.toml")


def test_all_reports_are_written_of_a_lab_that_never_came_up(folder):
    """Without a demonstration too."""
    write_reports(folder)
    assert {"report.md", "report.html", "junit.xml"} <= {one.name for one in folder.iterdir()}
