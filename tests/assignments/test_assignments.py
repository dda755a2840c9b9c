"""Another lab is a folder: its reference is graded by ``--assignment`` alone, mutants are named by
the check that is about them, honest variants keep every point."""

import json
import shutil
import tomllib
from pathlib import Path

import pytest

from harness.cli.assignment_option import CHECKS
from tests.command import lab6 as run_lab6

HERE = Path(__file__).parent
LIMIT_S = 600  # a hang; idle, half a minute
VARIANTS = tomllib.loads((HERE / "variants.toml").read_text(encoding="utf-8"))
NAMED = [(lab, name) for lab, variants in VARIANTS.items() for name in variants]

pytestmark = [pytest.mark.embedded, pytest.mark.slow]


def built(lab: str, changes: list[dict[str, str]], folder: Path) -> Path:
    """A copy of the lab's reference, changed so. An ``old`` text that does not stand exactly
    once is an error.
    """
    shutil.copytree(CHECKS / "assignments" / lab / "reference", folder)
    for change in changes:
        file = folder / change["file"]
        text = file.read_text(encoding="utf-8")
        assert text.count(change["old"]) == 1, change["old"]
        file.write_text(text.replace(change["old"], change["new"]), encoding="utf-8")
    return folder


def graded(lab: str, work: Path, place: Path) -> dict[str, dict[str, object]]:
    """What ``lab6 grade --assignment`` says of the work, by check."""
    words = ["grade", work, "--out", place, "--assignment", CHECKS / "assignments" / lab]
    run = run_lab6(*words, "--runtime=embedded", "--trust", place=Path.cwd(), limit_s=LIMIT_S)
    file = place / work.name / "verdict.json"
    assert file.is_file(), run.stdout + run.stderr
    return {one["id"]: one for one in json.loads(file.read_text(encoding="utf-8"))["checks"]}


def points_lost(checks: dict[str, dict[str, object]]) -> dict[str, object]:
    """What does not hold, or not in full."""
    return {
        name: one["cause"] for name, one in checks.items() if one["points"] != one["max_points"]
    }


@pytest.mark.parametrize("lab", VARIANTS)
def test_the_reference_has_every_point(lab, tmp_path):
    """And the group's page and the reports are made, though nothing in them is lab 6's."""
    checks = graded(lab, built(lab, [], tmp_path / "work"), tmp_path / "out")
    assert points_lost(checks) == {}
    asked = tomllib.loads((CHECKS / "assignments" / lab / "rubric.toml").read_text("utf-8"))
    assert set(checks) == set(asked["check"])
    for name in ("index.html", "gradebook.csv", "feedback/work.html", "work/report.html"):
        assert (tmp_path / "out" / name).is_file(), name
    demo = json.loads((tmp_path / "out/work/demo.json").read_text(encoding="utf-8"))
    report = (tmp_path / "out/work/report.md").read_text(encoding="utf-8")
    for job in demo["jobs"]:  # each in a row of the table, with what it asked for
        first = next(iter(job["fields"].values()))
        assert " ".join(first.split())[:20] in report


@pytest.mark.parametrize(("lab", "name"), NAMED)
def test_a_variant_is_judged_by_the_check_that_is_about_it(lab, name, tmp_path):
    """A mutant by that, with a reason; an honest one loses nothing."""
    variant = VARIANTS[lab][name]
    checks = graded(lab, built(lab, variant["change"], tmp_path / name), tmp_path / "out")
    if "check" in variant:
        found = checks[variant["check"]]
        assert found["passed"] is False, found
        assert found["cause"]["rationale"]
    else:
        assert points_lost(checks) == {}
