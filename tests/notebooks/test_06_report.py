"""06_report checks the lab, reads the verdict, and shows the report of that very run."""

import re

from tests.notebooks.conftest import value

NOTEBOOK = "06_report"


def rows(html):
    """The rows of a table without its index, each a list of its cells' texts."""
    found = re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    return [re.findall(r"<td>(.*?)</td>", row) for row in found if "<td>" in row]


def test_the_points_are_those_of_the_tasks(ran):
    """Their sum, and what can be had: a hundred."""
    tasks = rows(ran.html("checked.tasks()"))
    assert [row[0] for row in tasks] == ["1", "2", "3", "4"]
    told = re.search(r"([0-9,]+) балів із ([0-9,]+)", ran.shown("check_lab("))
    assert value(told[1]) == sum(value(row[2]) for row in tasks)
    assert value(told[2]) == sum(value(row[3]) for row in tasks) == 100
    assert len(ran.pictures("checked.draw_tasks()")) == 1


def test_the_kits_own_lab_loses_nothing(ran):
    """Every check holds."""
    assert "Не втрачено нічого." in ran.shown("checked.lost()")
    marks = {row[1] for row in rows(ran.html("checked.checks()"))}
    assert marks == {"✓"}


def test_the_report_is_of_this_run(ran):
    """Its chapter on the verdict has the same points; its files are there."""
    assert "100 / 100" in ran.shown('checked.report("4")')
    assert "Висновок перевірок" in ran.shown("checked.headings()")
    for file in ("report.md", "report.html", "worker.log", "pictures"):
        assert file in ran.shown("checked.folder.iterdir()")


def test_the_unsolved_exercise_waits_with_a_hint(ran):
    """One of them."""
    assert ran.shown('exercise("').count("Ще не розв’язано") == 1
