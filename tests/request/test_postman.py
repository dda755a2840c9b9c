"""The Postman collection holds against the real api, and fails where it should."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from harness.stack.base import Stack

REQUEST = Path(__file__).parents[2] / "docs" / "request"
COLLECTION = "lab6.postman_collection.json"
LIMIT_S = 240  # a hang; idle, the work takes a few seconds

pytestmark = pytest.mark.embedded


def items(folder: dict) -> list[dict]:
    """The requests of a folder, those of its folders too."""
    return [
        request
        for item in folder["item"]
        for request in (items(item) if "item" in item else [item])
    ]


@pytest.fixture
def run(newman: str, embedded: Stack, tmp_path: Path):
    """Run the collection, or some of it; exit code and newman's own summary."""

    def run(*options: str) -> tuple[int, dict]:
        summary = tmp_path / "summary.json"
        command = [
            *(newman, "run", COLLECTION, "-e", "lab6.postman_environment.json"),
            *("--env-var", f"baseUrl={embedded.url}", "--working-dir", str(REQUEST)),
            *("--reporters", "json", "--reporter-json-export", str(summary), *options),
        ]
        done = subprocess.run(
            command, cwd=REQUEST, capture_output=True, text=True, timeout=LIMIT_S, check=False
        )
        assert summary.exists(), done.stdout + done.stderr
        return done.returncode, json.loads(summary.read_text(encoding="utf-8"))["run"]

    return run


def failed(summary: dict) -> list[str]:
    return [f"{one['source']['name']}: {one['error']['message']}" for one in summary["failures"]]


def test_every_request_of_the_collection_passes(run) -> None:
    """All three actions from 202 to the picture, and ten errors: every assertion is made and
    holds.
    """
    code, summary = run()
    assert (code, failed(summary)) == (0, [])
    sent = {one["item"]["name"] for one in summary["executions"]}
    collection = json.loads((REQUEST / COLLECTION).read_text(encoding="utf-8"))
    assert sent == {item["name"] for item in items(collection)}
    assert summary["stats"]["assertions"]["total"] >= 50


def test_the_collection_asks_again_until_the_worker_has_ended(run, embedded: Stack) -> None:
    """With the worker stopped a job stays QUEUED: asked as often as said, then told as failed."""
    embedded.stop("worker")
    try:
        code, summary = run("--folder", "Чорно-біле (grayscale)", "--env-var", "maxPolls=5")
    finally:
        embedded.start("worker")
    asked = [one for one in summary["executions"] if one["item"]["name"] == "Стан: grayscale"]
    assert (code, len(asked)) == (1, 5)
    assert any("COMPLETED" in one and "QUEUED" in one for one in failed(summary))


def test_every_request_is_described_in_ukrainian() -> None:
    """Whoever opens the collection reads what each request is for."""
    collection = json.loads((REQUEST / COLLECTION).read_text(encoding="utf-8"))
    for item in items(collection):
        assert re.search("[а-яіїєґ]{3}", item["request"]["description"]), item["name"]
        assert item["event"], item["name"]
