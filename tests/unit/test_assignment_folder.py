"""An assignment's folder is looked through before anything runs: each slip is one sentence, in
both languages.
"""

import os
import shutil
import subprocess
import sys

import pytest
import yaml

from harness.cli.assignment_option import CHECKS, look_through
from harness.grade.errors import GradeError
from harness.texts import LANGUAGES, explain
from harness.trace.ids import uuid_of
from harness.witness.message import MessageFormat

LABS = (CHECKS, *sorted(one for one in (CHECKS / "assignments").iterdir() if one.is_dir()))


@pytest.fixture
def folder(tmp_path):
    """A folder like lab 6's."""
    for name in ("assignment.toml", "rubric.toml", "workload.py"):
        shutil.copy(CHECKS / name, tmp_path)
    return tmp_path


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.name)
def test_every_lab_that_is_shipped_can_be_read(lab):
    """By the same look that a teacher's own gets."""
    look_through(lab)


@pytest.mark.parametrize("name", ["assignment.toml", "rubric.toml", "workload.py"])
def test_a_file_that_is_not_there_is_named(folder, name):
    """The first that is missing."""
    (folder / name).unlink()
    with pytest.raises(GradeError) as caught:
        look_through(folder)
    assert caught.value.reference == "assignment-file-missing"
    assert name in explain(caught.value)[0]


SLIPS = {
    "assignment-unreadable": ("assignment.toml", "name = \n[[", ""),
    "rubric-unreadable": ("rubric.toml", "[limit]\n", "task"),
    "rubric-check": ("rubric.toml", None, "no-such-check"),
    "workload-raised": ("workload.py", "\n\nraise KeyError('jobs')\n", "3"),
    "workload-incomplete": ("workload.py", "WORKLOAD = object()\n", "large_job"),
}


@pytest.mark.parametrize("reference", SLIPS)
def test_a_slip_is_told_in_a_sentence(folder, reference, monkeypatch):
    """With the file's name, and the place where there is one."""
    name, text, told = SLIPS[reference]
    file = folder / name
    if text is None:
        text = file.read_text(encoding="utf-8").replace("[check.burst]", f"[check.{told}]")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(GradeError) as caught:
        look_through(folder)
    assert caught.value.reference == reference
    for language in LANGUAGES:
        monkeypatch.setenv("LAB6_LANG", language)
        what, hint = explain(caught.value)
        assert name in what
        assert told in what
        assert hint


@pytest.mark.parametrize("command", ["grade", "checks"])
def test_the_command_says_it_and_nothing_runs(folder, command, tmp_path):
    """One sentence and its remedy; no traceback."""
    (folder / "workload.py").write_text("import nothing_of_that_name\n", encoding="utf-8")
    line = [sys.executable, "-m", "harness.cli", command, str(folder), "--assignment", str(folder)]
    line += ["--out", str(tmp_path / "out"), "--runtime=embedded"]
    line += ["--trust"] if command == "grade" else []
    environment = {**os.environ, "LAB6_LANG": "en"}
    run = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=60, check=False)  # fmt: skip
    assert run.returncode == 2
    assert "nothing_of_that_name" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_message_is_read_by_the_names_of_its_fields():
    """Between separators, and by paths in JSON; another form is none."""
    lab = MessageFormat()
    assert lab.read("7|a.png|crop|1,2") == {"job": uuid_of("7"), "path": "a.png", "action": "crop", "params": "1,2"}  # fmt: skip
    assert lab.read("7|a.png") is None
    assert lab.has_file
    json = MessageFormat(keys={"job": ("id",), "text": ("payload", "text")})
    assert json.read('{"payload": {"text": "a|b"}, "id": 7}') == {
        "job": uuid_of("7"),
        "text": "a|b",
    }
    assert not json.has_file
    for other in ("", "[]", "7", '{"id": 7}', '{"id": 7, "payload": "text"}', "[" * 100_000):
        assert json.read(other) is None


@pytest.mark.parametrize("lab", ["word-count", "next-lab"])
def test_a_references_services_are_built_from_folders_that_are_there(lab: str) -> None:
    """Without containers nobody asks the compose file."""
    reference = CHECKS / "assignments" / lab / "reference"
    table = yaml.safe_load((reference / "docker-compose.yml").read_text(encoding="utf-8"))
    built = {name: entry["build"] for name, entry in table["services"].items() if "build" in entry}
    assert built == {"api": "./lab6/api", "worker": "./lab6/worker"}
    assert all((reference / folder / "Dockerfile").is_file() for folder in built.values())
