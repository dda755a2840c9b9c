"""What travels to a cluster and back, and what may not go without certificates."""

import os
import sys
import tarfile
import zipfile

import pytest

from harness.cli.cluster.door import is_loopback, security
from harness.cli.cluster.fitness import Kit, this_kit, unfit
from harness.cli.cluster.pack import (
    TooLarge,
    pack_results,
    pack_work,
    unpack_results,
    unpack_work,
)
from harness.cli.grade_view import minutes_left
from harness.cli.problems import UsageProblem
from harness.intake.content import content_hash
from harness.intake.errors import Refused


@pytest.fixture
def work(tmp_path):
    """A work with a script, an empty folder, a name in Cyrillic, and what no hash counts."""
    folder = tmp_path / "робота"
    (folder / "api").mkdir(parents=True)
    (folder / "empty").mkdir()
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("x")
    (folder / "api" / "запуск.sh").write_bytes(b"#!/bin/sh\r\n")
    (folder / "api" / "запуск.sh").chmod(0o755)
    return folder


def test_a_work_arrives_as_it_was(work, tmp_path):
    """The same content hash, so the same verdict; history stays at home."""
    unpack_work(pack_work(work), tmp_path / "there")
    assert content_hash(tmp_path / "there") == content_hash(work)
    assert (tmp_path / "there" / "empty").is_dir()
    assert not (tmp_path / "there" / ".git").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_out_arrives_as_a_link_and_leads_no_file_out(work, tmp_path):
    """It is judged there as here; what it points at is not sent, and nothing is written through
    it.
    """
    outside = tmp_path / "secret"
    outside.mkdir()
    (outside / "file").write_text("mine")
    (work / "aaa").symlink_to(outside)
    packed = pack_work(work)
    unpack_work(packed, tmp_path / "there")
    assert content_hash(tmp_path / "there") == content_hash(work)
    assert os.readlink(tmp_path / "there" / "aaa") == str(outside)  # noqa: PTH115 - as written
    assert b"mine" not in packed
    (tmp_path / "w.tgz").write_bytes(packed)
    with tarfile.open(tmp_path / "w.tgz") as tar:
        assert tar.getmembers()[-1].issym()


def test_too_large_a_work_is_not_sent(work, monkeypatch):
    """The same bound as an archive's that was handed in."""
    with (work / "big").open("wb") as file:
        file.truncate(301 * 1024 * 1024)
    with pytest.raises(TooLarge):
        pack_work(work)


def test_results_come_back_without_links_or_what_is_too_large(tmp_path):
    """The verdict first, however much else there is."""
    place = tmp_path / "place"
    (place / "pictures").mkdir(parents=True)
    (place / "verdict.json").write_text("{}")
    (place / "pictures" / "a.png").write_bytes(b"png")
    with (place / "huge.log").open("wb") as file:
        file.truncate(65 * 1024 * 1024)
    back = tmp_path / "back"
    unpack_results(pack_results(place), back)
    found = {one.relative_to(back).as_posix() for one in back.rglob("*") if one.is_file()}
    assert found == {"verdict.json", "pictures/a.png"}


def test_results_that_lead_out_are_refused(tmp_path):
    """A machine that ran a stranger's work may be a stranger's by now."""
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        archive.writestr("../evil", "x")
    with pytest.raises(Refused):
        unpack_results((tmp_path / "evil.zip").read_bytes(), tmp_path / "back")
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_loopback_goes_without_certificates(host):
    """Nobody else is there."""
    assert is_loopback(host)


@pytest.mark.parametrize(
    ("address", "reference"),
    [
        ("tcp://192.168.0.10:8786", "cluster-open"),
        ("tcp://localhost.example:8786", "cluster-open"),
        ("tcp://0.0.0.0:8786", "cluster-open"),
        ("tls://127.0.0.1:8786", "cluster-certificates"),
        ("192.168.0.10:8786", "cluster-address"),
        ("http://127.0.0.1:8786", "cluster-address"),
        ("tcp://127.0.0.1", "cluster-address"),
        ("tcp://127.0.0.1:999999", "cluster-address"),
    ],
)
def test_another_machine_is_not_spoken_to_in_the_open(address, reference):
    """By the address alone, before anything is sent."""
    with pytest.raises(UsageProblem) as problem:
        security(address, None, without=False)
    assert problem.value.reference == reference


def test_in_the_open_only_by_name():
    """Whoever asks for it has been told."""
    assert security("tcp://192.168.0.10:8786", None, without=True) is None


def test_another_kit_is_unfit():
    """Version, judges or rubric: each alone is enough."""
    own = this_kit("embedded")
    for field in ("version", "judges", "rubric"):
        other = Kit(**{**{f: getattr(own, f) for f in Kit.__slots__}, field: "other"})
        assert "інша версія" in unfit("embedded", other)


def test_a_machine_that_trusts_nobody_grades_nothing_without_docker(monkeypatch):
    """Its owner says so where it is started."""
    monkeypatch.setenv("LAB6_WORKER_TRUSTS", "0")
    assert "--trust" in unfit("embedded", this_kit("embedded"))


@pytest.mark.parametrize(
    ("seconds", "done", "waiting", "minutes"),
    [(60, 0, 5, None), (60, 2, 0, None), (60, 2, 4, 2), (90, 3, 1, 1)],
)
def test_time_left_is_the_pace_so_far(seconds, done, waiting, minutes):
    """However many machines made that pace."""
    assert minutes_left(seconds, done, waiting) == minutes
