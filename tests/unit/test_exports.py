"""What a hostile submission printed stays text in every format; each is read back by its own reader."""

import csv
import json
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from report import gradebook, load_run, write_exports
from report.html import render_html
from report.junit import junit

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


class Page(HTMLParser):
    """The elements and attributes of a page."""

    def __init__(self, text):
        super().__init__()
        self.seen = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


def test_the_page_runs_nothing_and_loads_nothing(folder):
    """No element, no attribute of the submission's making; a policy that forbids all but pictures within."""
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


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", 'a,b\n"c"'])
def test_no_cell_is_a_formula_and_no_name_breaks_the_table(verdict, name):
    """Read back by csv: as many columns everywhere, the marks in their places."""
    text = gradebook([(name, verdict, ""), ("nobody", None, "=late")])
    assert text.startswith("\ufeff")
    rows = list(csv.reader(text.removeprefix("\ufeff").splitlines()))
    assert {len(row) for row in rows} == {7}
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t"))]
    assert rows[1][1:6] == ["2.0", "8", "4", "no", "2"]
    assert rows[2][1:6] == ["", "", "", "", ""]
    assert rows[2][6] == "'=late"


def test_all_reports_are_written_of_a_lab_that_never_came_up(folder):
    """Without a demonstration too."""
    write_exports(folder)
    assert {"report.md", "report.html", "junit.xml"} <= {one.name for one in folder.iterdir()}
