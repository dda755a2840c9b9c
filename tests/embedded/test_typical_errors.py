"""Sixteen errors of a beginner: the first thing that the kit says of each names cause, file and
line.
"""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.skeletons.peel import TASKS, build

pytestmark = pytest.mark.embedded

ERRORS = tomllib.loads(Path(__file__).with_name("typical_errors.toml").read_text(encoding="utf-8"))[
    "error"
]
QUICK = "a wrong name at the first job"
LIMIT_S = 240


def put_in(error, folder):
    """The skeleton with all tasks done and this error in it; the folder."""
    build("python", folder, TASKS)
    file = folder / "lab6" / error["service"] / "main.py"
    text = file.read_text(encoding="utf-8")
    assert text.count(error["old"]) >= 1, error["name"]
    file.write_text(text.replace(error["old"], error["new"]), encoding="utf-8")
    return folder


def lab6(*arguments, cwd):
    """The command as a student runs it."""
    return subprocess.run(
        [sys.executable, "-m", "harness.cli", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "LAB6_LANG": "uk", "PYTHONUTF8": "1"},
        timeout=LIMIT_S,
        check=False,
    )


def told(text):
    """What is told from the first cause on, to the blank line after it."""
    return text[text.index("✗ Найперша причина") :].partition("\n\n")[0]


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(one, id=one["name"], marks=() if one["name"] == QUICK else pytest.mark.slow)
        for one in ERRORS
    ],
)
def test_the_first_thing_said_names_the_cause(error, tmp_path):
    """The command that comes upon it says the error's line of code, with its file, before all
    else.
    """
    work = put_in(error, tmp_path / "work")
    command = error.get("shown_by", "demo")
    run = lab6(command, str(work), "--runtime", "embedded", cwd=tmp_path)
    assert run.returncode in (1, 2), run.stdout
    first = told(run.stderr + run.stdout if "✗ Найперша" in run.stderr else run.stdout)
    assert f"lab6/{error['service']}/main.py, рядок " in first, run.stdout
    assert error["code"] in " ".join(first.split()), first


@pytest.mark.slow
def test_checks_and_report_tell_the_same_cause(tmp_path):
    """In the verdict, on both pages of the report, and on the terminal before the points."""
    error = ERRORS[0]
    work = put_in(error, tmp_path / "work")
    run = lab6("checks", str(work), "--runtime", "embedded", "--out", "run", cwd=tmp_path)
    verdict = json.loads((tmp_path / "run" / "verdict.json").read_text(encoding="utf-8"))
    found = verdict["finding"]
    assert (found["case"], found["kind"], found["service"]) == ("ended", "name", "worker")
    assert found["waits"] == sum(check["why_null"] == "not-checked" for check in verdict["checks"])
    assert run.stdout.index(error["code"]) < run.stdout.index("Відправник (API Gateway)")
    assert lab6("report", str(work), "--from", "run", "--out", "my", cwd=tmp_path).returncode == 1
    for name, chapter in (("report.md", "## 1."), ("report.html", "<h2")):
        page = (tmp_path / "my" / name).read_text(encoding="utf-8")
        assert page.index("logg.info(") < page.index(chapter)
        assert f"рядок {found['line']}" in page
