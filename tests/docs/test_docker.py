"""The documents' commands that need a Docker Engine."""

import shutil
import subprocess
import uuid
from pathlib import Path

import pytest

from harness.stack.waiting import until
from tests.docs.blocks import ROOT, lines
from tests.docs.test_commands import COMMANDS, typed

NAMES = ("redis_queue_cache", "image_api_gateway", "image_worker_service", "postgres_db")
LIMIT_S = 600  # a hang; idle, the longest takes a minute

pytestmark = pytest.mark.docker


def docker(*arguments: str) -> str:
    """Run docker; what it printed."""
    done = subprocess.run(
        [str(shutil.which("docker")), *arguments],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def block(page: str, first: str) -> list[str]:
    """The lines of the page's block that ``commands.toml`` gives to this file."""
    (found,) = (
        lines(one)
        for one, entry in zip(typed(page), COMMANDS[page], strict=True)
        if entry["block"] == first and entry.get("run") == "docker"
    )
    return found


def test_the_way_of_the_labs_own_text(checkout) -> None:
    """Compose up, curl, the log of the container and its verdict, down: as docs/uk/by-hand.md
    says.
    """
    taken = set(docker("ps", "-a", "--format", "{{.Names}}").split()) & set(NAMES)
    if taken:
        pytest.skip(f"NOT CHECKED HERE, docker compose up of by-hand.md: {taken} are taken")
    up, curl, logs, verify, down = block("docs/uk/by-hand.md", "docker compose up -d --build")

    def ask(command: str) -> str:
        return checkout.shell(command, docker=True)

    try:
        ask(up)
        health = f"curl --silent --fail http://127.0.0.1:{checkout.port}/health"
        until(
            lambda: "ok" in checkout.shell(health, docker=True, check=False),
            deadline_s=60,
            what="GET /health",
        )
        assert '"status":"QUEUED"' in ask(curl)
        until(lambda: "COMPLETED" in ask(logs), deadline_s=60, what="COMPLETED in the log")
        ask(verify)
    finally:
        ask(down)


@pytest.mark.slow
def test_two_submissions_are_graded(checkout) -> None:
    """README.uk.md's grade: a page for each, one gradebook; the one without services falls
    short.
    """
    good, bad = checkout.folder / "ivanenko", checkout.folder / "bondar"
    shutil.copytree(ROOT / "lab6", good / "lab6", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "docker-compose.yml", good)
    bad.mkdir()
    text = "services:\n  redis:\n    image: redis:6-alpine\n"
    (bad / "docker-compose.yml").write_text(text, encoding="utf-8")
    (grade,) = block("README.uk.md", "lab6 grade ivanenko bondar --out out/group --jobs 2")
    told = checkout.shell(grade, docker=True, check=False)
    out = checkout.folder / "out" / "group"
    assert (out / "gradebook.csv").exists(), told
    book = (out / "gradebook.csv").read_text(encoding="utf-8-sig")
    assert "ivanenko" in book
    assert "bondar" in book
    assert "✓" in (out / "ivanenko" / "report.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_class_without_a_network_builds_the_services(tmp_path: Path) -> None:
    """docs/uk/offline.md: the prepared base is saved, loaded, and both services build on it,
    cut off.
    """
    tag = f"lab6-docs-offline:{uuid.uuid4().hex[:12]}"
    made = [tag]
    try:
        docker(
            "build",
            "-q",
            "-t",
            tag,
            "-f",
            str(ROOT / "docs" / "offline.Dockerfile"),
            str(ROOT / "lab6"),
        )
        docker("save", "-o", str(tmp_path / "images.tar"), tag)
        docker("rmi", tag)
        docker("load", "-i", str(tmp_path / "images.tar"))
        for service in ("api", "worker"):
            room = tmp_path / service
            shutil.copytree(ROOT / "lab6" / service, room)
            recipe = (room / "Dockerfile").read_text(encoding="utf-8")
            assert recipe.startswith("FROM python:3.11-slim\n")
            recipe = recipe.replace("FROM python:3.11-slim", f"FROM {tag}")
            (room / "Dockerfile").write_text(recipe, encoding="utf-8")
            built = f"{tag}-{service}"
            docker("build", "-q", "--network", "none", "-t", built, str(room))
            made.append(built)
    finally:
        for image in reversed(made):
            docker("rmi", "-f", image)
