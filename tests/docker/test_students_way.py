"""The way of a student by the guide: a new work, its tasks one after another, the report, git."""

import functools
import json
import re
import shutil
import subprocess

import pytest

from tests import command
from tests.day import day
from tests.skeletons import go_packages, node_image, node_packages
from tests.skeletons.peel import TASKS, build

pytestmark = pytest.mark.slow

#: Each takes minutes: one language a day on each runtime (LAB6_DAY sets the day).
EMBEDDED = pytest.param(
    ("python", "go", "node")[(day() + 1) % 3], "embedded", marks=pytest.mark.embedded
)
COMPOSE = pytest.param(("python", "go", "node")[day() % 3], "compose", marks=pytest.mark.docker)
CONFIGURATION = [task for task in TASKS if task.startswith("4")]
PRODUCER = [task for task in TASKS if not task.startswith("2")]
lab6 = functools.partial(command.lab6, limit_s=900)


def git(*words, place):
    """What git says; identity and settings are the test's own."""
    own = ["-c", "user.name=Марія", "-c", "user.email=m@example.edu", "-c", "core.quotePath=false"]
    program = shutil.which("git")
    ran = subprocess.run([program, *own, *words], cwd=place, capture_output=True, check=True)
    return ran.stdout.decode()


@pytest.mark.parametrize(("language", "runtime"), [EMBEDDED, COMPOSE])
def test_from_a_new_work_to_the_report_in_git(language, runtime, tmp_path):
    """At every stop the command says what is the next task to do; at the end all checks hold."""
    missing = lacks(language, runtime)
    if missing:
        pytest.skip(f"NOT CHECKED HERE, {language} on {runtime}: {missing}")
    work = tmp_path / "my-lab"
    about = ("--language", language, "--name", "Марія Шевченко", "--group", "ІП-31")
    assert lab6("new", "my-lab", *about, place=tmp_path).returncode == 0
    if (language, runtime) == ("node", "embedded") and (missing := node_packages.install(work)):
        pytest.skip(f"NOT CHECKED HERE, node on {runtime}: {missing}")

    build(language, work, CONFIGURATION)
    begun = lab6("checks", "my-lab", "--runtime", runtime, place=tmp_path)
    assert begun.returncode == 1, begun.stdout + begun.stderr
    assert "1.1" in begun.stdout

    build(language, work, PRODUCER)
    half = lab6("checks", "my-lab", "--runtime", runtime, place=tmp_path)
    assert half.returncode == 1, half.stdout + half.stderr
    assert "2.1" in half.stdout

    build(language, work, TASKS)
    assert lab6("demo", "my-lab", "--runtime", runtime, place=tmp_path).returncode == 0
    where = ("--out", "my-lab/report")
    told = lab6("report", "my-lab", "--runtime", runtime, *where, place=tmp_path)
    assert told.returncode == 0, told.stdout + told.stderr
    verdict = json.loads((work / "report" / "verdict.json").read_text(encoding="utf-8"))
    assert verdict["ok"] is True
    handed_in(work)


def lacks(language, runtime):
    """What the language needs of this machine and does not find; None where all is there."""
    if (language, runtime) == ("go", "embedded"):
        return go_packages.lacking()
    if language != "node":
        return None
    return node_packages.lacking() if runtime == "embedded" else node_image.lacking()


def handed_in(work):
    """The report is in the repository, knows whose it is, and all that it shows came along."""
    git("init", "--quiet", place=work)
    git("add", ".", place=work)
    git("commit", "--quiet", "-m", "Лабораторна робота 6", place=work)
    kept = set(git("ls-files", place=work).splitlines())
    text = (work / "report" / "report.md").read_text(encoding="utf-8")
    assert "Марія Шевченко" in text
    assert "ІП-31" in text
    linked = re.findall(r'(?:\]\(|src=")(?!https?:|#)([^)"]+)', text)
    assert linked
    assert {f"report/{link}" for link in linked} <= kept
