"""What a stranger's work is built from and mounts lies within its own folder."""

from pathlib import Path

import pytest
import yaml

from harness.grade.errors import GradeError
from harness.grade.submission.assignment import load_assignment
from harness.grade.submission.handed_in import open_submission
from harness.grade.submission.interpolation import interpolated
from harness.grade.submission.reading import read_compose
from harness.grade.submission.sandbox.places import copy_submission, within
from tests.unit.sandbox.emitting import LAB, services


@pytest.mark.parametrize(
    "volume",
    [
        "/:/host",
        "/var/run/docker.sock:/var/run/docker.sock",
        "../other:/other",
        "./api/../../other:/other",
        "~/.ssh:/ssh",
        "./api:/proc/x",
        "./api:/",
        {"type": "bind", "source": "/etc", "target": "/etc2"},
        {"type": "bind", "source": "..", "target": "/up"},
        {"type": "npipe", "source": "x", "target": "/pipe"},
        {"type": "image", "source": "x", "target": "/image"},
    ],
    ids=str,
)
def test_no_place_of_this_machine_is_mounted(emitted, volume):
    """A path that leads out of the submission is dropped, and said."""
    project, changes = emitted({"api": {"volumes": [volume]}})
    assert services(project)["api"]["volumes"] == []
    assert "services.api.volumes" in {change.where for change in changes}


def test_the_submissions_own_folders_are_mounted_from_the_copy(emitted, tmp_path):
    """A bare folder becomes a volume of the run, shared by its name; one with files is bound."""
    shared = {"volumes": ["./empty:/app/storage", "data:/data", "./scripts:/scripts:ro"]}
    project, _ = emitted({"api": shared, "worker": {"volumes": ["./empty:/app/storage"]}})
    storage, data, scripts = services(project)["api"]["volumes"]
    assert storage["type"] == data["type"] == "volume"
    assert services(project)["worker"]["volumes"] == [storage]
    assert scripts["type"] == "bind"
    assert scripts["read_only"]
    assert scripts["source"].startswith(str((tmp_path / "run").resolve()))
    assert set(project.document["volumes"]) == {storage["source"], data["source"]}


def test_a_dockerfile_may_lie_beside_its_context_or_in_the_compose_file(emitted, tmp_path):
    """Within the submission; one that leads out of it is refused."""
    beside = {"context": "./worker", "dockerfile": "../api/Dockerfile"}
    inline = {"context": "./worker", "dockerfile_inline": "FROM scratch"}
    other = {"context": "./worker", "dockerfile_inline": "FROM alpine"}
    more = {"worker": {"build": beside}, "api": {"build": inline}, "extra": {"build": other}}
    project, _ = emitted(more)
    made = services(project)
    copied = Path(made["worker"]["build"]["context"]) / made["worker"]["build"]["dockerfile"]
    assert copied.read_text(encoding="utf-8").strip() == "FROM python:3.11-slim"
    file = Path(made["api"]["build"]["context"]) / made["api"]["build"]["dockerfile"]
    assert file.read_text(encoding="utf-8").strip() == "FROM scratch"


def test_a_dockerfile_outside_the_submission_is_refused(emitted):
    """However it is written."""
    out = {"context": "./worker", "dockerfile": "../../../Dockerfile"}
    assert "worker" not in services(emitted({"worker": {"build": out}})[0])


@pytest.mark.parametrize(
    "build", ["..", "/", "https://example.org/x.git", {"context": "../.."}, "git@host:x", "./none"]
)
def test_nothing_is_built_from_elsewhere(emitted, build):
    """A service that cannot be built is left out; nobody depends on it any more."""
    project, changes = emitted({"worker": {"build": build}, "api": {"depends_on": ["worker"]}})
    assert "worker" not in services(project)
    assert services(project)["api"]["depends_on"] == {}
    assert project.roles["worker"] == ()
    assert "build-outside" in {change.reason for change in changes}


@pytest.mark.parametrize(
    "image",
    [
        "evil/miner:latest",
        "localhost:5000/x",
        "pythonx",
        "",
        "lab6-kit-api",
        "python@sha256:" + "a" * 64,
    ],
)
def test_only_known_images_are_started(emitted, image):
    """A service of an unknown image is left out."""
    project, _ = emitted({"extra": {"image": image}})
    assert "extra" not in services(project)


@pytest.mark.parametrize("target", ["//proc/x", "/a/../proc", "/./sys", "//", "/a/.."])
def test_a_forbidden_place_is_known_in_any_spelling(emitted, target):
    """Normalised once, before any decision."""
    project, changes = emitted({"api": {"volumes": [f"data:{target}"], "tmpfs": [target]}})
    assert services(project)["api"]["volumes"] == []
    assert "tmpfs" not in services(project)["api"]
    assert {"services.api.volumes", "services.api.tmpfs"} <= {one.where for one in changes}


def test_a_link_to_another_work_is_no_submission(tmp_path):
    """A submission is what lies inside its own folder."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "docker-compose.yml").write_text(yaml.safe_dump(LAB), encoding="utf-8")
    for name, target in (("lab6", "../other"), ("compose.yml", "../other/docker-compose.yml")):
        work = tmp_path / f"work-{name}"
        work.mkdir()
        (work / name).symlink_to(target)
        with pytest.raises(GradeError) as refused:
            open_submission(work, load_assignment(), None)
        assert refused.value.reference == "submission-link"


def test_a_link_that_was_left_behind_is_told(emitted, tmp_path):
    """Nobody wonders why a file is missing."""
    (tmp_path / "work" / "api").mkdir(parents=True)
    (tmp_path / "work" / "api" / "model").symlink_to("../../other")
    _, changes = emitted()
    assert [one.where for one in changes if one.reason == "link-outside"] == ["api/model"]


def test_dollars_are_literal_in_what_is_emitted(emitted, monkeypatch):
    """Neither the grader's environment nor Compose puts anything in."""
    monkeypatch.setenv("HOME_SECRET", "grader")
    environment = {"A": "$HOME_SECRET", "B": "${HOME_SECRET:-own}", "C": "$$HOME_SECRET"}
    project, _ = emitted({"api": {"environment": environment}})
    assert services(project)["api"]["environment"] == {"A": "", "B": "own", "C": "$$HOME_SECRET"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("services: {a: {}, a: {}}", "twice"),
        ("services: &a {b: *a}", "holds itself"),
        ("a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
            f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 10)}]\n" for n in range(6)
        ), "nodes"),
        ("services: !!python/object/apply:os.system [id]", "constructor"),
        ("services: {../x: {}}", "name"),
        ("services: {lab6-grader-gate: {}}", "name"),
        ("services: {lab: {image: '${MUST:?say it}'}}", "say it"),
        ("services: []", "services"),
        ("[" * 3000, ""),
        ("\x00", ""),
    ],
)  # fmt: skip
def test_a_file_made_to_break_the_reader_is_unreadable(tmp_path, text, reason):
    """A sentence with what is wrong; never a crash, never a long wait."""
    file = tmp_path / "docker-compose.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(GradeError) as refused:
        read_compose(file)
    assert refused.value.reference == "compose-unreadable"
    assert reason in str(refused.value.facts["reason"])


def test_variables_come_from_the_submissions_own_file(tmp_path):
    """``.env`` and ``env_file`` beside the compose file; a link to elsewhere is refused."""
    (tmp_path / ".env").write_text("TAG=7\n", encoding="utf-8")
    (tmp_path / "api.env").write_text("REDIS_HOST=redis\nX=1\n", encoding="utf-8")
    file = tmp_path / "docker-compose.yml"
    table = {"a": {"image": "redis:${TAG}", "env_file": ["api.env"], "environment": {"X": "2"}}}
    file.write_text(yaml.safe_dump({"services": table}), encoding="utf-8")
    service = read_compose(file)["services"]["a"]
    assert service["image"] == "redis:7"
    assert service["environment"] == {"REDIS_HOST": "redis", "X": "2"}
    (tmp_path / "api.env").unlink()
    (tmp_path / "api.env").symlink_to("/etc/passwd")
    with pytest.raises(GradeError):
        read_compose(file)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("${A:-x}", "1"), ("${B:-x}", "x"), ("${E:-x}", "x"), ("${E-x}", ""), ("${A:+y}", "y"),
        ("${B:+y}", ""), ("$A$B", "1"), ("$$A", "$A"), ("${B:-${A}}", "1"), ("a$", "a$"),
    ],
)  # fmt: skip
def test_interpolation_is_composes(text, filled):
    """Each form as Compose has it."""
    assert interpolated({"k": [text]}, {"A": "1", "E": ""}) == {"k": [filled]}


def test_the_copy_holds_no_way_out(tmp_path):
    """Links that lead elsewhere, pipes and heavy folders stay behind."""
    work = tmp_path / "work"
    (work / "node_modules").mkdir(parents=True)
    (work / "a.py").write_text("x", encoding="utf-8")
    (work / "in").symlink_to("a.py")
    (work / "out").symlink_to("/etc/passwd")
    (work / "up").symlink_to("../secret")
    copy_submission(work, tmp_path / "copy")
    assert sorted(one.name for one in (tmp_path / "copy").iterdir()) == ["a.py", "in"]


@pytest.mark.parametrize("told", ["..", "/etc", "a/../../b", "~", "C:\\x", "\x00", "//host/x"])
def test_within_knows_what_is_elsewhere(tmp_path, told):
    """None for whatever is not below the folder."""
    assert within(tmp_path, told) is None
