"""What a compose file takes from other files of its work."""

import pytest

from harness.grade.submission.reading import read_compose

INFRA = """
services:
  redis: {image: redis, volumes: ["./redis.conf:/r.conf"]}
  api: {image: never}
secrets:
  word: {file: ../secrets/word.txt}
  far: {file: ../../far.txt}
networks: {inner: {driver: bridge}}
"""
MAIN = """
include: [infra/more.yaml, "missing.yaml", {path: ["other.yaml"]}]
services:
  api:
    build: .
    secrets: [word, {source: word, target: /app/word}, far]
configs:
  own: {file: ./own.toml}
  inline: {content: x}
"""


@pytest.fixture
def work(tmp_path):
    """A work in several files, and one that lies outside of it."""
    work = tmp_path / "work"
    for name, text in {
        "compose.yaml": MAIN,
        "infra/more.yaml": INFRA,
        "other.yaml": "services: {worker: {build: ./worker, configs: [own, inline]}}",
        "own.toml": "x = 1",
        "secrets/word.txt": "s3",
        "../far.txt": "far",
    }.items():
        file = work / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return work


def test_included_services_are_told_from_the_works_own_folder(work):
    """With their networks; the file's own word counts; what is not there stays, to be told."""
    table = read_compose(work / "compose.yaml", work)
    assert set(table["services"]) == {"redis", "api", "worker"}
    assert table["services"]["redis"]["volumes"] == ["./infra/redis.conf:/r.conf"]
    assert table["services"]["api"]["build"] == "."
    assert set(table["networks"]) == {"inner"}
    assert table["include"] == ["missing.yaml"]


def test_files_of_the_work_that_are_given_to_a_service_become_mounts(work):
    """Where it looks for them; a file that lies elsewhere, and what is no file, are left."""
    services = read_compose(work / "compose.yaml", work)["services"]
    mounts = [(one["source"], one["target"]) for one in services["api"]["volumes"]]
    assert mounts == [
        ("./secrets/word.txt", "/run/secrets/word"),
        ("./secrets/word.txt", "/app/word"),
    ]
    assert services["api"]["secrets"] == ["far"]
    assert [one["target"] for one in services["worker"]["volumes"]] == ["/own"]
    assert services["worker"]["configs"] == ["inline"]


def test_files_that_include_one_another_have_an_end(work):
    """Whoever goes in circles gets what can be had."""
    (work / "other.yaml").write_text(
        "include: [compose.yaml]\nservices: {worker: {build: ./worker}}", encoding="utf-8"
    )
    assert "worker" in read_compose(work / "compose.yaml", work)["services"]
