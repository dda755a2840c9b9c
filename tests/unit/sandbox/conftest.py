"""A compose file as the grader runs it."""

import json

import pytest
import yaml

from harness.grade.submission.assignment import load_assignment
from harness.grade.submission.handed_in import _emitted, open_submission
from tests.unit.sandbox.emitting import LAB


@pytest.fixture
def emitted(tmp_path):
    """The project that a compose file becomes, and what was changed. ``more`` is laid over the
    lab's.
    """

    def make(more=None, text=None):
        folder = tmp_path / "work"
        for name in ("api", "worker", "scripts", "empty"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "api" / "Dockerfile").write_text("FROM python:3.11-slim\n", encoding="utf-8")
        (folder / "scripts" / "init.sql").write_text("SELECT 1;\n", encoding="utf-8")
        (folder / "empty" / ".gitkeep").touch()
        table = json.loads(json.dumps(LAB))
        for name, entry in (more or {}).items():
            table["services"].setdefault(name, {}).update(entry)
        file = folder / "docker-compose.yml"
        file.write_text(text or yaml.safe_dump(table), encoding="utf-8")
        submission = open_submission(folder, load_assignment(), None)
        return _emitted(submission, tmp_path / "run"), submission.changed

    return make
