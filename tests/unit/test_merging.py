"""A work's compose file may lie below its code, extend other files, and have another put over
it: all is read as Compose reads it, and never beyond what was handed in.
"""

from pathlib import Path

import pytest
import yaml

from harness.grade.errors import GradeError
from harness.grade.submission import sources
from harness.grade.submission.assignment import load_assignment
from harness.grade.submission.border import border, rebased
from harness.grade.submission.composefile import find_compose
from harness.grade.submission.handed_in import open_submission
from harness.grade.submission.merging import merged, with_override
from harness.grade.submission.reading import read_compose
from harness.grade.submission.tagged_yaml import load_tagged

SERVICES = {
    "redis": {"image": "redis:6-alpine"},
    "postgres": {"image": "postgres:15-alpine"},
    "api": {"build": {"context": "..", "dockerfile": "docker/Dockerfile"}, "env_file": "../.env"},
    "worker": {"build": "../worker", "volumes": ["../storage:/app/storage", "named:/data"]},
}


@pytest.fixture
def work(tmp_path):
    """A work whose compose file lies in ``docker/``."""
    folder = tmp_path / "work"
    for name in ("docker", "worker", "storage"):
        (folder / name).mkdir(parents=True)
    text = yaml.safe_dump({"services": SERVICES})
    (folder / "docker" / "docker-compose.yml").write_text(text, encoding="utf-8")
    (folder / ".env").write_text("REDIS_HOST=redis\n", encoding="utf-8")
    return folder


def test_a_parents_folder_is_the_works_where_it_was_handed_in(work):
    """Contexts, volumes and variables are told from the work's own folder."""
    submission = open_submission(work, load_assignment(), None)
    assert submission.folder == work
    services = submission.table["services"]
    assert services["api"]["build"] == {"context": ".", "dockerfile": "docker/Dockerfile"}
    assert services["api"]["environment"] == {"REDIS_HOST": "redis"}
    assert services["worker"]["build"] == "./worker"
    assert services["worker"]["volumes"] == ["./storage:/app/storage", "named:/data"]


def test_nothing_above_what_was_handed_in_is_the_works(work):
    """Handed in without it, the parent is somebody else's."""
    with pytest.raises(GradeError) as failed:
        open_submission(work / "docker", load_assignment(), None)
    assert ".env" in str(failed.value.facts["reason"])


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("build: .", 0),
        ("build: ..", 1),
        ("build: ./..", 1),
        ("build: ../../app", 2),
        ("build: ..\\\\app", 1),
        ("volumes: ['../a:/b']", 1),
        ("build: {context: ., dockerfile: ../Dockerfile}", 1),
        ("env_file: [{path: ../.env, required: false}]", 1),
        ("volumes: [{type: bind, source: ../../a, target: /b}]", 2),
        ("command: a..b  # and so on ../..", 0),
    ],
)
def test_how_far_a_file_reaches(tmp_path, text, levels):
    """As many folders up as it names, and never above what was handed in."""
    file = tmp_path / "a" / "b" / "c" / "docker-compose.yml"
    file.parent.mkdir(parents=True)
    file.write_text(f"services:\n  a:\n    {text}", encoding="utf-8")
    assert border(file, tmp_path) == [file.parent, *file.parents[1:]][levels]
    assert border(file, file.parent) == file.parent


def test_a_file_at_the_top_is_told_from_there():
    """Nothing changes."""
    table = {"services": {"a": {"build": "."}}}
    file = Path("/w/docker-compose.yml")
    assert rebased(table, file, file.parent) is table


def test_the_shallowest_file_is_taken_and_two_of_them_are_none(work):
    """However deep it lies; nobody guesses between two."""
    assert find_compose(work).parent.name == "docker"
    (work / "worker" / "compose.yml").write_text("services: {}", encoding="utf-8")
    with pytest.raises(GradeError):
        find_compose(work)


def test_a_service_takes_over_what_it_extends(tmp_path):
    """Of another file, whose places count from its own folder, and of this one; its own words stand
    above.
    """
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "common.yml").write_text(
        "services:\n  base:\n    build: app\n    env_file: app.env\n    restart: always\n"
        "    environment: {A: 1, B: 2}\n    volumes: ['./files:/data']\n    command: [one, two]\n",
        encoding="utf-8",
    )
    (tmp_path / "base" / "app.env").write_text("C=3\n", encoding="utf-8")
    file = tmp_path / "compose.yml"
    file.write_text(
        "services:\n  api:\n    extends: {file: base/common.yml, service: base}\n"
        "    environment: ['B=4']\n    command: [three]\n"
        "  worker:\n    extends: {service: api}\n    volumes: ['mine:/data', 'other:/x']\n",
        encoding="utf-8",
    )
    worker = read_compose(file)["services"]["worker"]
    assert worker == {
        "build": "./base/app",
        "restart": "always",
        "env_file": ["./base/app.env"],
        "environment": {"A": "1", "B": "4", "C": "3"},
        "command": ["three"],
        "volumes": ["mine:/data", "other:/x"],
    }


@pytest.mark.parametrize(
    "told", ["{service: nobody}", "{service: api}", "{file: docker-compose.yml, service: api}"]
)
def test_what_extends_nobody_or_itself_is_unreadable(tmp_path, told):
    """And ends."""
    file = tmp_path / "docker-compose.yml"
    file.write_text(f"services: {{api: {{build: ., extends: {told}}}}}", encoding="utf-8")
    with pytest.raises(GradeError) as failed:
        read_compose(file)
    assert "extends" in str(failed.value.facts["reason"])


@pytest.mark.parametrize("told", ["/etc/passwd", "../other/common.yml", "missing.yml"])
def test_nothing_is_extended_from_elsewhere(tmp_path, told):
    """The key stays, to be dropped and told."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "common.yml").write_text("services: {b: {image: x}}", encoding="utf-8")
    (tmp_path / "work").mkdir()
    file = tmp_path / "work" / "docker-compose.yml"
    entry = {"build": ".", "extends": {"file": told, "service": "b"}}
    file.write_text(yaml.safe_dump({"services": {"api": entry}}), encoding="utf-8")
    assert read_compose(file)["services"]["api"] == entry


def test_the_override_beside_is_put_over_the_file(tmp_path):
    """As ``docker compose up`` does by itself."""
    file = tmp_path / "docker-compose.yml"
    file.write_text("services: {api: {build: ., ports: ['8080:80']}}", encoding="utf-8")
    (tmp_path / "docker-compose.override.yml").write_text(
        "services: {api: {environment: {A: b}, ports: ['9000:9000']}, more: {image: x}}\n"
        "volumes: {v: {}}\n",
        encoding="utf-8",
    )
    table = read_compose(file)
    assert table["volumes"] == {"v": {}}
    assert table["services"] == {
        "api": {"build": ".", "ports": ["8080:80", "9000:9000"], "environment": {"A": "b"}},
        "more": {"image": "x"},
    }


def test_lists_and_tables_of_one_key_are_joined():
    """Whichever way each side says it."""
    base = {"depends_on": ["redis"], "networks": {"n": {"aliases": ["a"]}}, "build": "x"}
    over = {"depends_on": {"db": {"condition": "c"}}, "networks": ["m"], "build": {"target": "t"}}
    assert merged(base, over) == {
        "depends_on": {"redis": None, "db": {"condition": "c"}},
        "networks": {"n": {"aliases": ["a"]}, "m": None},
        "build": {"context": "x", "target": "t"},
    }
    assert with_override({"services": {"a": None}}, {"services": {"a": {"image": "b"}}})[
        "services"
    ] == {"a": {"image": "b"}}


@pytest.mark.parametrize(
    "files",
    [
        {"docker-compose.yml": "{api: {extends: {file: c.yml, service: b}}}", "c.yml": "{b: {build: ../worker}}"},
        {"docker-compose.yml": "{api: {image: x}}", "compose.override.yml": "{api: {build: ../worker}}"},
        {"docker-compose.yml": "{api: {build: '${APP_DIR}'}}", ".env": "APP_DIR=../worker"},
        {"docker-compose.yml": "{api: {extends: {file: ../c.yml, service: b}}}", "../c.yml": "{b: {build: worker}}"},
    ],
    ids=["extends", "override", "variable", "extends-above"],
)  # fmt: skip
def test_a_parents_folder_is_the_works_whichever_file_names_it(work, files):
    """Not the main file alone; intake, which hands in no more than that folder, finds the same."""
    for name, text in files.items():
        told = text if name == ".env" else f"services: {text}"
        (work / "docker" / name).write_text(told, encoding="utf-8")
    submission = open_submission(work, load_assignment(), None)
    assert submission.source_of("api") == work / "worker"
    assert border(submission.file, work) == work
    assert border(submission.file, submission.file.parent) == submission.file.parent


@pytest.mark.parametrize(
    "name",
    [f"{stem}.override.{end}" for stem in ("compose", "docker-compose") for end in ("yml", "yaml")],
)
def test_any_of_four_overrides_counts_beside_any_main_file(tmp_path, name):
    """It need not be called as the main file, and need not name a service."""
    file = tmp_path / "compose.yaml"
    file.write_text("services: {api: {image: x}}", encoding="utf-8")
    (tmp_path / name).write_text("volumes: {v: {}}", encoding="utf-8")
    table = read_compose(file)
    assert (table["services"], table["volumes"]) == ({"api": {"image": "x"}}, {"v": {}})


def test_what_is_reset_is_gone_and_what_overrides_stands_alone(tmp_path):
    """In an override, and over what is extended; as ``docker compose config`` has it."""
    (tmp_path / "common.yml").write_text(
        "services: {base: {image: b, ports: ['1:1'], environment: {A: 1, B: 2}, tmpfs: /a}}",
        encoding="utf-8",
    )
    file = tmp_path / "docker-compose.yml"
    file.write_text(
        "x-all: &all {tmpfs: !reset []}\n"
        "services:\n"
        "  api: {extends: {file: common.yml, service: base}, ports: !override ['2:2']}\n"
        "  worker: {<<: *all, extends: {file: common.yml, service: base}, command: !reset x}\n",
        encoding="utf-8",
    )
    (tmp_path / "docker-compose.override.yml").write_text(
        "services:\n"
        "  api: {environment: {A: !reset null}}\n"
        "  worker: {ports: !reset [], environment: !override {C: '3'}}\n",
        encoding="utf-8",
    )
    assert read_compose(file)["services"] == {
        "api": {"image": "b", "ports": ["2:2"], "environment": {"B": "2"}, "tmpfs": "/a"},
        "worker": {"image": "b", "environment": {"C": "3"}},
    }


@pytest.mark.parametrize("text", ["services: {api: !other 1}", "services: [api]", "a: 1\na: 2"])
def test_the_file_that_is_wrong_is_named(tmp_path, text):
    """An override's fault is none of the main file's; nor is one of a file that is extended."""
    file = tmp_path / "docker-compose.yml"
    file.write_text("services: {api: {image: x}}", encoding="utf-8")
    over = tmp_path / "compose.override.yml"
    over.write_text(text, encoding="utf-8")
    with pytest.raises(GradeError) as failed:
        read_compose(file)
    assert failed.value.facts["file"] == over.name
    over.rename(tmp_path / "c.yml")
    file.write_text("services: {api: {extends: {file: c.yml, service: b}}}", encoding="utf-8")
    with pytest.raises(GradeError) as failed:
        read_compose(file)
    assert failed.value.facts["file"] == "c.yml"


def test_one_word_is_joined_as_a_list_of_one_is():
    """And a key without a value takes nothing away."""
    base = {
        "env_file": "a.env",
        "tmpfs": ["/a"],
        "dns": "1.1.1.1",
        "ports": ["1:1"],
        "command": "c",
    }
    over = {"env_file": "b.env", "tmpfs": "/b", "dns": ["2.2.2.2"], "ports": None, "command": None}
    assert merged(base, over) == {
        "env_file": ["a.env", "b.env"],
        "tmpfs": ["/a", "/b"],
        "dns": ["1.1.1.1", "2.2.2.2"],
        "ports": ["1:1"],
        "command": None,
    }
    aliases = {"n": {"aliases": ["a"]}}
    assert merged({"networks": aliases}, {"networks": {"n": {"aliases": ["b"]}}}) == {
        "networks": {"n": {"aliases": ["a", "b"]}}
    }


@pytest.mark.parametrize("key", ["environment", "depends_on", "networks"])
@pytest.mark.parametrize("value", [5, True, 1.5])
def test_a_value_of_the_wrong_kind_is_unreadable(tmp_path, key, value):
    """Put over a right one; the work's fault, and no crash."""
    file = tmp_path / "docker-compose.yml"
    services = {"b": {"image": "x", key: ["a"]}, "a": {"extends": "b", key: value}}
    file.write_text(yaml.safe_dump({"services": services}), encoding="utf-8")
    with pytest.raises(GradeError) as failed:
        read_compose(file)
    assert failed.value.reference == "compose-unreadable"


def test_a_file_is_read_once_however_many_extend_it(tmp_path, monkeypatch):
    """A large one would cost its time for every service."""
    read = []
    monkeypatch.setattr(sources, "load_tagged", lambda text: read.append(1) or load_tagged(text))
    (tmp_path / "b.yml").write_text("services: {b: {image: x}}", encoding="utf-8")
    entry = {"extends": {"file": "b.yml", "service": "b"}}
    file = tmp_path / "docker-compose.yml"
    table = {f"s{n}": entry for n in range(50)}
    file.write_text(yaml.dump({"services": table}), encoding="utf-8")
    assert len(read_compose(file)["services"]) == 50
    assert len(read) == 2


def test_there_are_so_many_services_and_files_and_no_more(tmp_path):
    """Before any of them is put together."""
    file = tmp_path / "docker-compose.yml"
    many = {f"s{n}": {"image": "x"} for n in range(101)}
    file.write_text(yaml.safe_dump({"services": many}), encoding="utf-8")
    with pytest.raises(GradeError, match="services: > 100"):
        read_compose(file)
    files = [f"{n}.env" for n in range(50)]
    for name in files:
        (tmp_path / name).touch()
    one = {"services": {"a": {"image": "x", "env_file": files}}}
    file.write_text(yaml.safe_dump(one), encoding="utf-8")
    with pytest.raises(GradeError, match="> 40 files"):
        read_compose(file)
    long = [f"{n}:1" for n in range(600)]
    with pytest.raises(ValueError, match="more than 1000"):
        merged({"ports": long}, {"ports": long})
