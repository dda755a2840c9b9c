"""What ``lab6 new`` gives: the solutions with their gaps, code that compiles at every step, a
sheet with all points.
"""

import os
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from harness.cli.exit_status import run as run_command
from harness.cli.group import group
from harness.grade.verdict.rubric import load_rubric
from harness.starters.writing import LANGUAGES, STARTERS
from tests.skeletons.peel import LANGUAGES as PEELED
from tests.skeletons.peel import TASKS, build, peeled

STEPS = [TASKS[:done] for done in range(len(TASKS) + 1)]
GO = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "CGO_ENABLED": "0"}


def files(folder):
    """The texts of all files below, by path."""
    return {
        file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8")
        for file in folder.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }


@pytest.mark.parametrize("language", PEELED)
def test_the_starter_is_the_solution_with_nothing_done(language, tmp_path):
    """Whoever changes a solution makes the starters anew: ``python -m tests.skeletons.peel``."""
    assert files(STARTERS / language) == files(build(language, tmp_path))


@pytest.mark.parametrize("language", PEELED)
def test_every_task_stands_in_the_starter_and_no_solution_does(language):
    """Each task is named where it is to be written, and the marks of the solutions are gone."""
    text = "".join(files(STARTERS / language).values())
    assert [task for task in TASKS if f"Завдання {task}" not in text] == []
    assert "<завдання" not in text
    assert 'RPUSH", queueName' not in text
    assert "rdb.rpush(" not in text
    assert "rdb.rPush(queueName" not in text


def test_of_a_task_either_the_solution_or_the_gap_stays():
    """The smallest solution there is."""
    text = "a\n  # <завдання 1.1>\n  b\n  # <інакше>\n  # c\n  # </завдання>\nd\n"
    assert peeled(text) == "a\n  c\nd\n"
    assert peeled(text, ["1.1"]) == "a\n  b\nd\n"


@pytest.mark.parametrize("done", STEPS, ids=len)
def test_python_compiles_at_every_step(done, tmp_path):
    """Also the compose file can be read at every step."""
    folder = build("python", tmp_path, done)
    for file in folder.rglob("*.py"):
        compile(file.read_text(encoding="utf-8"), file.name, "exec")
    services = yaml.safe_load((folder / "docker-compose.yml").read_text(encoding="utf-8"))
    assert {"api", "worker", "redis", "postgres"} == set(services["services"])


@pytest.mark.slow
@pytest.mark.parametrize("done", STEPS, ids=len)
def test_go_compiles_at_every_step(done, tmp_path):
    """Go refuses unused names: no gap may leave one, and gofmt has nothing to say."""
    libraries = Path("/usr/share/gocode/src/github.com/gomodule/redigo")
    go, gofmt = shutil.which("go"), shutil.which("gofmt")
    if go is None or gofmt is None or not libraries.is_dir():
        pytest.skip("NOT CHECKED HERE, go: no Go with Debian's libraries")
    for file in sorted(build("go", tmp_path / "lab", done).rglob("*.go")):
        command = [go, "build", "-o", str(tmp_path / "service"), str(file)]
        environment = {**os.environ, **GO, "GOCACHE": str(tmp_path.parent / "go-cache")}
        built = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False
        )
        assert built.returncode == 0, built.stderr
        listed = subprocess.run(
            [gofmt, "-l", str(file)], capture_output=True, text=True, check=True
        )
        assert listed.stdout == ""


@pytest.mark.parametrize("done", STEPS, ids=len)
def test_node_reads_every_step(done, tmp_path):
    """No gap leaves a half sentence behind."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("NOT CHECKED HERE, node: no node on PATH")
    for file in sorted(build("node", tmp_path, done).rglob("*.js")):
        read = subprocess.run([node, "--check", str(file)], capture_output=True, check=False)
        assert read.returncode == 0, read.stderr.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_new_work_has_its_sheet_its_student_and_its_compose_file(language, tmp_path, capfd):
    """The sheet lists each check of the rubric with its points; a quote in a name stays a quote."""
    work = tmp_path / "моя робота"
    status = run_command(
        group,
        ["new", str(work), "--language", language, "--name", 'О\'Ніл "Ок"', "--group", "ІП-31"],
    )
    assert status == 0
    assert "lab6 checks" in capfd.readouterr().out
    sheet = (work / "README.md").read_text(encoding="utf-8")
    assert [item.id for item in load_rubric().items.values() if f"`{item.id}`" not in sheet] == []
    about = tomllib.loads((work / "lab6.toml").read_text(encoding="utf-8"))
    assert about == {"language": language, "student": {"name": 'О\'Ніл "Ок"', "group": "ІП-31"}}
    assert (work / "docker-compose.yml").is_file()


def test_what_lies_there_already_is_never_touched(tmp_path, capfd):
    """A second run, or a folder of one's own: refused, and nothing changes."""
    (tmp_path / "мій файл.txt").write_text("важливе", encoding="utf-8")
    assert run_command(group, ["new", str(tmp_path)]) == 2
    assert "уже існує і не порожня" in capfd.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["мій файл.txt"]
