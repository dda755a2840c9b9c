"""Every check can fail: a lab with one defect fails the check that is about it, and says why."""

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
DEFECTS = tomllib.loads((HERE / "defects.toml").read_text(encoding="utf-8"))
HONEST = tomllib.loads((HERE / "honest.toml").read_text(encoding="utf-8"))
LIMIT_S = 180
SHORTER = {"job_s = 30": "job_s = 8", "quiet_s = 8": "quiet_s = 2", "back_s = 40": "back_s = 15"}


def changed(folder, changes):
    """A copy of the lab, changed so."""
    shutil.copytree(ROOT / "lab6", folder / "lab6", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "docker-compose.yml", folder)
    for change in changes:
        file = folder / change["file"]
        text = file.read_text(encoding="utf-8")
        assert text.count(change["old"]) == 1, f"{change['file']}: {change['old']!r}"
        file.write_text(text.replace(change["old"], change["new"]), encoding="utf-8")
    return folder


def shorter_rubric(folder):
    """The rubric with shorter deadlines: most of what is waited for here never comes."""
    text = (ROOT / "checks" / "rubric.toml").read_text(encoding="utf-8")
    for old, new in SHORTER.items():
        assert text.count(f"\n{old} ") == 1
        text = text.replace(f"\n{old} ", f"\n{new} ")
    (folder / "rubric.toml").write_text(text, encoding="utf-8")
    return folder / "rubric.toml"


def graded(lab, out, *arguments):
    """The suite's verdict of that lab, by the checks' ids; the finished run."""
    command = [sys.executable, "-m", "pytest", str(ROOT / "checks"), "-q", "--tb=short"]
    command += ["--runtime=embedded", f"--submission={lab}", f"--lab6-out={out}", *arguments]
    run = subprocess.run(
        command, cwd=out.parent, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    assert (out / "verdict.json").is_file(), run.stdout + run.stderr
    verdict = json.loads((out / "verdict.json").read_text(encoding="utf-8"))
    return {check["id"]: check for check in verdict["checks"]}, run


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_fails_the_check_that_is_about_it(name, tmp_path):
    """False, with a reason and a hint; never null, never by a crash of the suite."""
    defect = DEFECTS[name]
    (tmp_path / "lab").mkdir()
    lab = changed(tmp_path / "lab", defect["change"])
    only = f"test_{defect['check'].replace('-', '_')}"
    rubric = shorter_rubric(tmp_path)
    checks, run = graded(lab, tmp_path / "out", "-k", only, f"--rubric={rubric}")
    check = checks[defect["check"]]
    assert check["passed"] is False, (check, run.stdout)
    assert check["points"] == 0
    assert check["cause"]["rationale"]
    assert check["cause"]["help"]
    assert check["cause"]["error"] is None


def test_every_check_but_one_is_seen_to_fail():
    """The kill costs points only, by the contract: a worker that never comes back is another check's."""
    from harness.grade.rubric import load_rubric

    seen = {defect["check"] for defect in DEFECTS.values()}
    assert set(load_rubric().items) - seen == {"worker-killed"}


@pytest.mark.parametrize("name", HONEST)
def test_another_way_that_is_right_keeps_its_points(name, tmp_path):
    """No false accusation: every check holds, and none is null."""
    (tmp_path / "lab").mkdir()
    lab = changed(tmp_path / "lab", HONEST[name]["change"])
    checks, run = graded(lab, tmp_path / "out")
    assert run.returncode == 0, run.stdout
    assert {name: check["cause"] for name, check in checks.items() if not check["passed"]} == {}
    assert len(checks) == 26


def test_what_rests_on_a_broken_check_is_null_and_blames_nobody(tmp_path):
    """An api that never comes up: one false, what needs it null, the compose file judged all the same."""
    (tmp_path / "lab").mkdir()
    lab = changed(tmp_path / "lab", DEFECTS["never-comes-up"]["change"])
    checks, run = graded(lab, tmp_path / "out")
    assert run.returncode == 1
    values = {name: check["passed"] for name, check in checks.items()}
    assert {name for name, passed in values.items() if passed is False} == {"cold-start"}
    assert {name for name, passed in values.items() if passed is True} == {
        name for name in values if name.startswith("compose-")
    }
    assert checks["burst"]["cause"]["error"] is None
