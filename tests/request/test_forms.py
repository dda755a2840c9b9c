"""The request in curl, PowerShell and Python, as ``docs/uk/request.md`` shows it, against the
real api.
"""

import os
import re
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from harness.stack.base import Stack

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "uk" / "request.md"
USUAL = "http://127.0.0.1:8080"
LIMIT_S = 240  # a hang; idle, the work takes a few seconds
RESIZED, CROPPED = (320, 240), (240, 200)

pytestmark = pytest.mark.embedded


def block(language: str, holding: str, url: str) -> str:
    """The page's one code block with these words, turned to where the test's api answers."""
    blocks = re.findall(
        rf"^```{language}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    (found,) = (one for one in blocks if holding in one)
    assert USUAL in found
    return found.replace(USUAL, url)


@pytest.fixture
def run(tmp_path: Path):
    """Run a program of the page where ``docs/request/photo.jpg`` is found and a result may be
    left.
    """
    (tmp_path / "docs").symlink_to(ROOT / "docs")

    def run(*command: str, status: int = 0) -> str:
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=LIMIT_S,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    return run


def result(folder: Path) -> Image.Image:
    return Image.open(BytesIO((folder / "result.jpg").read_bytes()))


@pytest.fixture(scope="module")
def bash() -> str:
    if shutil.which("curl") is None or (found := shutil.which("bash")) is None:
        pytest.skip("NOT CHECKED HERE, the request in curl: no curl or no bash")
    return found


def test_one_curl_line_is_answered_queued(run, bash: str, embedded: Stack) -> None:
    """The shortest form: one line, one answer."""
    told = run(bash, "-ec", block("sh", "params=320x240", embedded.url))
    assert '"status":"QUEUED"' in told


def test_curl_sends_waits_and_fetches(run, bash: str, embedded: Stack, tmp_path: Path) -> None:
    """From the submission to a grey picture of the same size."""
    told = run(bash, "-euc", block("sh", "result.jpg", embedded.url))
    assert '"status":"COMPLETED"' in told
    assert (result(tmp_path).mode, result(tmp_path).size) == ("L", (800, 600))


def test_python_sends_waits_and_fetches(run, embedded: Stack, tmp_path: Path) -> None:
    """The program prints 202 and COMPLETED, and leaves the cropped picture."""
    told = run(sys.executable, "-c", block("python", "httpx", embedded.url))
    assert told.startswith("202 {'job_id': '")
    assert "COMPLETED ./storage/processed_" in told
    assert result(tmp_path).size == CROPPED


def test_curl_exe_of_powershell_is_answered_queued(run, bash: str, embedded: Stack) -> None:
    """The line for Windows PowerShell 5.1; its words mean the same to bash, with curl for
    curl.exe.
    """
    line = block("powershell", "curl.exe", embedded.url)
    assert '"status":"QUEUED"' in run(bash, "-ec", line.replace("curl.exe", "curl"))


def test_powershell_sends_waits_and_fetches(run, embedded: Stack, tmp_path: Path) -> None:
    """The program for PowerShell 7, where there is one."""
    pwsh = shutil.which("pwsh")
    if pwsh is None:
        pytest.skip("NOT CHECKED HERE, the request in PowerShell 7 (only its syntax is): no pwsh")
    program = block("powershell", "-Form", embedded.url)
    run(
        pwsh,
        "-NoProfile",
        "-NonInteractive",
        "-Command",
        "$ErrorActionPreference = 'Stop'\n" + program,
    )
    assert result(tmp_path).size == RESIZED
