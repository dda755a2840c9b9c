"""The group's page: the same numbers as ``group.json``, nothing of a stranger's making, small
at 300 works.
"""

import json
import re
from html.parser import HTMLParser

import pytest

from harness.texts import LANGUAGES
from report.group import Group, made_work
from report.group_document import State, Waiting, group_document
from report.group_page import render_group
from report.marks import MarkRule
from report.statistics import check_shares, spread
from tests.unit.test_exports import EVIL
from tests.unit.test_sheets import verdict


def checks(*results):
    """Checks c0, c1, … by their results; reasons differ in their numbers alone."""
    base = verdict()["checks"][0]
    return [
        {**base, "id": f"c{n}", "title": f"T{n}", "passed": one,
         "cause": None if one else {"rationale": f"прийшло {n * 7}", "help": "Чому?", "error": None}}
        for n, one in enumerate(results)
    ]  # fmt: skip


def group_of(*works):
    """A group of names and verdicts."""
    rule = MarkRule(title="Лабораторна 6")
    made = [made_work(f"w{n}", name, one, "", rule) for n, (name, one) in enumerate(works)]
    return Group(folder=None, works=tuple(made), rule=rule)


class Table(HTMLParser):
    """Rows of the page's table by their data, and every tag with its attributes."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.rows = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "tr" and "data-owner" in dict(attrs):
            self.rows.append(dict(attrs))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_has_the_numbers_of_the_document(monkeypatch, lang):
    """Every work and mark, in either language; a work that waits is there as well."""
    monkeypatch.setenv("LAB6_LANG", lang)
    group = group_of(
        ("Іваненко Петро_101_assignsubmission_file_", verdict(87.5)), ("b", None), ("c", verdict(0))
    )
    waiting = [Waiting(name="d", given="Ткач Лев", done=3)]
    document = json.loads(json.dumps(group_document(group, State(waiting=waiting))))
    rows = {row["data-owner"]: row for row in Table(render_group(document)).rows}
    for work in document["works"]:
        row = rows.pop(work["owner"])
        assert row["data-mark"] == ("" if work["mark"] is None else str(work["mark"]))
        assert row["data-score"] == ("" if work["score"] is None else str(float(work["score"])))
    assert list(rows) == ["Ткач Лев"]
    assert document["over"] is False


def test_nothing_of_a_strangers_making_is_on_the_page():
    """No element, no handler, one script whose hash the policy names; texts escaped."""
    evil = verdict(1)
    evil["checks"][0].update(
        title=EVIL, id=EVIL, cause={"rationale": EVIL, "help": EVIL, "error": None}
    )
    pair = {
        "one": EVIL,
        "other": EVIL,
        "share_one": 90.0,
        "share_other": 80.0,
        "sides": [{"file": EVIL, "text": EVIL}],
    }
    page = render_group(group_document(group_of((EVIL, evil), (EVIL, None)), State(alike=[pair])))
    tags = Table(page).tags
    assert [tag for tag, _ in tags].count("script") == 1
    assert not {"img", "iframe", "object", "link", "base", "form"} & {tag for tag, _ in tags}
    assert not [one for _, one in tags if any(name.startswith("on") for name in one)]
    policy = next(one["content"] for _, one in tags if "http-equiv" in one)
    assert re.match(r"default-src 'none'; script-src 'sha256-[\w+/=]+';", policy)
    assert "\u202e" not in page


def test_checks_stand_worst_first_with_their_commonest_reason():
    """Reasons that differ by a number are one; who was not judged counts on no side."""
    works = group_of(
        ("a", {**verdict(), "checks": checks(True, False, None)}),
        ("b", {**verdict(), "checks": checks(True, False, None)}),
        ("c", {**verdict(), "checks": checks(False, False, True)}),
    ).works
    told = {one["id"]: one for one in check_shares(works)}
    assert list(told) == ["c1", "c0", "c2"]
    assert (told["c0"]["share"], told["c1"]["share"], told["c2"]["share"]) == (66.7, 0.0, 100.0)
    assert (told["c1"]["times"], told["c1"]["reason"], told["c1"]["hint"]) == (
        3,
        "прийшло 7",
        "Чому?",
    )
    assert (told["c2"]["passed"], told["c2"]["unjudged"]) == (1, 2)


def test_points_are_spread_over_tenths():
    """100 is in the last tenth; a work without a verdict in none."""
    told = spread(group_of(*[(str(n), verdict(n)) for n in (0, 9, 10, 99, 100)], ("x", None)).works)
    assert told == {"bins": [2, 1, 0, 0, 0, 0, 0, 0, 0, 2], "mean": 43.6, "median": 10.0}


def test_a_group_of_300_is_a_small_page():
    """Under 2 MB, with 26 checks a work."""
    one = {**verdict(), "checks": checks(*[n % 3 == 0 for n in range(26)])}
    page = render_group(group_document(group_of(*[(f"Студент {n}", one) for n in range(300)])))
    assert len(page.encode()) < 2_000_000
    assert len(Table(page).rows) == 300


def test_works_that_share_code_are_a_pair_and_the_labs_own_code_makes_none(tmp_path):
    """Names changed and comments added do not hide it; what all have from the lab does not
    count.
    """
    pytest.importorskip("copydetect", reason="NOT CHECKED HERE, extra group: no copydetect")
    from report.alike import alike

    own = "\n".join(
        f"def step_{n}(queue, data):\n    for item in data[{n}:]:\n        if item > {n} and queue.push(item):\n"
        f"            return [item, {n}, queue.size() * {n}]\n    return queue.pop(timeout={n})\n"
        for n in range(12)
    )
    lab = own.replace("push", "send").replace("for item in data", "while data and item not in data")
    renamed = own.replace("queue", "черга").replace("item", "річ").replace("def", "# крок\ndef")
    for name, text in {"lab": lab, "a": own, "b": renamed, "c": lab}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.py").write_text(text, encoding="utf-8")
    works = {name: tmp_path / name for name in "abc"}
    found = alike(works, tmp_path / "lab", percent=50, deadline_s=60)
    assert [(pair["one"], pair["other"]) for pair in found] == [("a", "b")]
    assert found[0]["share_one"] > 70
    assert "step_" in found[0]["sides"][0]["text"]
