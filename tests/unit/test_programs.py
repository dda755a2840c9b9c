"""By what a lab's services run without containers, and what is missing for it."""

import pytest

from harness.stack.errors import StackError
from harness.stack.programs import GO_PROGRAMS, NODE_PROGRAMS, command_of, programs_of

PROGRAM = NODE_PROGRAMS["worker"]
FOLDER = "lab6/worker"


@pytest.fixture
def lab(tmp_path):
    """A lab in JavaScript whose services name their packages; none is installed."""
    for program in NODE_PROGRAMS.values():
        file = tmp_path / "lab" / program
        file.parent.mkdir(parents=True)
        file.write_text("", encoding="utf-8")
        file.with_name("package.json").write_text("{}", encoding="utf-8")
    return tmp_path / "lab"


@pytest.fixture
def node(tmp_path, monkeypatch):
    """A machine on whose PATH there is a program of that name, and nothing else."""
    for name in ("node", "node.exe"):
        file = tmp_path / "bin" / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"")
        file.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


def complaint(lab):
    """How it is refused: the reference and what its text names."""
    with pytest.raises(StackError) as refused:
        command_of(lab, PROGRAM, lab)
    return refused.value.reference, refused.value.facts


def test_without_node_it_is_node_that_is_missing(lab, tmp_path, monkeypatch):
    """Whatever is installed: packages alone run nothing."""
    (lab / FOLDER / "node_modules").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert programs_of(lab) == NODE_PROGRAMS
    assert complaint(lab) == ("node-missing", {})


@pytest.mark.usefixtures("node")
def test_packages_that_were_never_installed_are_named_by_their_folder(lab):
    """Those of the other service, or above the lab, are not found by Node or not the lab's."""
    (lab / "lab6/api/node_modules").mkdir()
    (lab.parent / "node_modules").mkdir()
    assert complaint(lab) == ("packages-missing", {"folder": FOLDER})


@pytest.mark.usefixtures("node")
@pytest.mark.parametrize("place", [FOLDER, "lab6", "."])
def test_packages_lie_beside_the_program_or_above_it_in_the_lab(lab, place):
    """npm's workspaces put them at the root of all."""
    (lab / place / "node_modules").mkdir()
    assert command_of(lab, PROGRAM, lab)[1:] == [str(lab / PROGRAM)]


@pytest.mark.usefixtures("node")
def test_a_program_that_names_no_packages_needs_none(lab):
    """Node's own modules are enough for it."""
    (lab / FOLDER / "package.json").unlink()
    assert command_of(lab, PROGRAM, lab)[1:] == [str(lab / PROGRAM)]


def test_without_go_it_is_go_that_is_missing(tmp_path, monkeypatch):
    """Said before anything is built."""
    for program in GO_PROGRAMS.values():
        file = tmp_path / program
        file.parent.mkdir(parents=True)
        file.write_text("package main", encoding="utf-8")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert programs_of(tmp_path) == GO_PROGRAMS
    with pytest.raises(StackError) as refused:
        command_of(tmp_path, GO_PROGRAMS["api"], tmp_path / "programs")
    assert refused.value.reference == "go-missing"
