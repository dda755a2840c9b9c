"""The wheel alone: built, installed into an environment of its own, used in an empty folder."""

import functools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import venv

import httpx
import pytest

from harness.home import HOME
from harness.stack.ready import free_ports
from tests.command import ran

pytestmark = [pytest.mark.embedded, pytest.mark.slow]

BUILT_FROM = (
    *("MANIFEST.in", "README.md", "LICENSE", "pyproject.toml", "setup.py", "docker-compose.yml"),
    *("bench", "checks", "deploy", "docs/request", "harness", "lab6", "report"),
)
run = functools.partial(ran, limit_s=900)  #: an index may be slow, and the packages are many
PROGRAMS = "Scripts" if sys.platform == "win32" else "bin"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, by way of the source archive, as a release is built; from a copy: what an earlier
    build left beside the code would come along.
    """
    place = tmp_path_factory.mktemp("wheel")
    source = place / "source"
    for name in BUILT_FROM:
        given, copy = HOME / name, source / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if given.is_dir():
            shutil.copytree(given, copy, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(given, copy)
    built = run(sys.executable, "-m", "build", "--outdir", place, source, place=place)
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = place.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def lab6(wheel, tmp_path_factory):
    """The installed command, run in one folder that was empty and has no checkout above it."""
    place = tmp_path_factory.mktemp("installed")
    venv.create(place / "own", with_pip=True)
    programs = place / "own" / PROGRAMS
    installed = run(programs / "python", "-m", "pip", "install", "--quiet", wheel, place=place)
    assert installed.returncode == 0, installed.stderr
    empty = place / "empty"
    empty.mkdir()
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    environment |= {"HOME": str(place), "USERPROFILE": str(place), "PYTHONUTF8": "1"}

    def call(*words):
        return run(programs / "lab6", *words, place=empty, settings=environment)

    call.place, call.program, call.environment = empty, programs / "lab6", environment
    return call


@pytest.fixture(scope="module")
def demonstrated(lab6):
    """The folder of a demonstration of the lab that the wheel carries."""
    shown = lab6("demo", "--runtime", "embedded")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    (folder,) = (lab6.place / "out").glob("demo-*")
    return folder


def test_the_carried_lab_gets_all_points(lab6):
    """The suite, its settings and the lab came with the wheel."""
    checked = lab6("checks", "--runtime", "embedded", "--json", "verdict.json")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    verdict = json.loads((lab6.place / "verdict.json").read_text(encoding="utf-8"))
    assert verdict["score"] == verdict["max_score"] == 100


def test_a_log_is_verified_and_a_report_written(lab6, demonstrated):
    """Rules, texts and templates came with it, too."""
    assert lab6("verify", demonstrated / "worker.log").returncode == 0
    assert lab6("report", "--from", demonstrated, "--out", "my-report").returncode in (0, 2)
    assert "submit_job_handler" in (lab6.place / "my-report" / "report.md").read_text(
        encoding="utf-8"
    )


def test_a_new_work_is_written_and_graded(lab6):
    """A skeleton with nothing done falls short; that is a verdict, not a crash."""
    assert lab6("new", "my-lab", "--name", "Марія Шевченко").returncode == 0
    options = ("--runtime", "embedded", "--trust", "--out", "graded")
    graded = lab6("grade", "my-lab", *options)
    assert graded.returncode == 1, graded.stdout + graded.stderr
    assert (lab6.place / "graded" / "my-lab" / "report.html").is_file()


def test_the_lab_is_kept_and_ended(lab6):
    """``up`` tells where the picture lies that the wheel brought, and ``down`` finds its notes."""
    (port,) = free_ports(1)
    kept = lab6("up", "--runtime", "embedded", "--port", port)
    try:
        assert kept.returncode == 0, kept.stderr
        (picture,) = re.findall(r"lab6 submit (.+) --action", kept.stdout)
        assert lab6("submit", picture, "--action", "grayscale", "--wait").returncode == 0
    finally:
        assert lab6("down").returncode == 0


def test_the_live_page_is_served(lab6):
    """With its own files, which are no Python."""
    page = subprocess.Popen(
        [lab6.program, "live", "--runtime", "embedded", "--port", "0", "--no-browser"],
        cwd=lab6.place,
        env=lab6.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
    )
    try:
        url = next(found[0] for line in page.stdout if (found := re.search(r"http://\S+", line)))
        assert "lab6-token" in httpx.get(url, trust_env=False).text
    finally:
        page.send_signal(signal.SIGINT)
        page.communicate(timeout=60)
