"""From archives and folders to works: found however deep, never guessed, and nothing leaves its
folder.
"""

import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from harness.grade.submission.assignment import ASSIGNMENT
from harness.intake.content import content_hash
from harness.intake.errors import Refused
from harness.intake.limits import IntakeLimits, load_limits
from harness.intake.member_names import decoded
from harness.intake.take_in import take_in
from harness.intake.unpack import room_of, unpack

COMPOSE = {"docker-compose.yml": b"services: {}\n"}
SMALL = IntakeLimits(work_mb=2, work_files=20, ratio=50, depth=3)


def zipped(files):
    """A zip's bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(files):
    """A tar.gz's bytes."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def below(prefix, files):
    """The files in a folder."""
    return {f"{prefix}/{name}": data for name, data in files.items()}


def laid(folder, files):
    """The files on the disk."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def taken(path, tmp_path, limits=SMALL):
    """Works by what they are called, and what was told."""
    room = tmp_path / "room"
    room.mkdir(exist_ok=True)
    works, told = take_in([path], room, limits)
    return {work.given: work for work in works}, told


MOODLE = {
    "Іваненко Петро_1_assignsubmission_file_/lab.zip": zipped(below("lab6-main", COMPOSE)),
    "Коваль Оля_2_assignsubmission_file_/lab6/docker-compose.yml": b"services: {}\n",
    "Мороз Ія_3_assignsubmission_file_/deep.tar.gz": tarred({"x/inner.zip": zipped(COMPOSE)}),
    "Ткач Лев_4_assignsubmission_file_/report.pdf": b"%PDF",
    "Злий Хтось_5_assignsubmission_file_/evil.zip": zipped({"../../evil": b"x", **COMPOSE}),
    "Двічі Дана_6_assignsubmission_file_/a.zip": zipped(COMPOSE),
    "Двічі Дана_6_assignsubmission_file_/b.zip": zipped(COMPOSE),
}


@pytest.mark.parametrize("form", ["folder", "zip", "zip in a folder", "wrapped zip"])
def test_a_moodle_download_is_a_work_a_person(tmp_path, form):
    """As folder or archive, wrapped or not: found, absent, refused and unclear ones, each under
    its own name.
    """
    if form == "folder":
        path = laid(tmp_path / "group", MOODLE)
    else:
        inner = below("all", MOODLE) if form == "wrapped zip" else MOODLE
        path = tmp_path / "in" / "group.zip"
        laid(tmp_path / "in", {"group.zip": zipped(inner)})
        path = path.parent if form == "zip in a folder" else path
    works, _ = taken(path, tmp_path)
    by_name = {given.split("_")[0]: work for given, work in works.items()}
    for name in ("Іваненко Петро", "Коваль Оля", "Мороз Ія"):
        assert by_name[name].folder, (name, by_name[name])
        assert (by_name[name].folder / "docker-compose.yml").is_file()
    assert by_name["Ткач Лев"].absent
    assert by_name["Двічі Дана"].problem
    assert by_name["Двічі Дана"].folder is None
    assert "../../evil" in by_name["Злий Хтось"].problem
    assert not [one for one in tmp_path.rglob("evil") if one.is_file()]


def test_a_group_with_one_compose_file_at_a_works_top_is_a_group(tmp_path):
    """The others are told absent, not swallowed by the one."""
    files = {
        "ivanenko/docker-compose.yml": b"",
        "bondar/notes.txt": b"",
        "koval/a/b/compose.yaml": b"",
    }
    works, _ = taken(laid(tmp_path / "group-1", files), tmp_path)
    assert {given: bool(work.folder) for given, work in works.items()} == {
        "ivanenko": True, "bondar": False, "koval": True,
    }  # fmt: skip


def test_a_compose_file_in_the_groups_own_folder_is_told(tmp_path):
    """The works within are graded, and the teacher hears of it."""
    files = {
        "docker-compose.yml": b"",
        "a/docker-compose.yml": b"",
        "b/docker-compose.yml": b"",
        "list.xlsx": b"",
    }
    works, told = taken(laid(tmp_path / "group-1", files), tmp_path)
    assert sorted(works) == ["a", "b"]
    assert any("group-1" in line for line in told)


@pytest.mark.parametrize(
    "files",
    [
        {"docker-compose.yml": b"", "api/Dockerfile": b"", "worker/Dockerfile": b""},
        {"docker/docker-compose.yml": b"", "api/Dockerfile": b"", "worker/Dockerfile": b""},
        {"lab6-main/docker-compose.yml": b"", "lab6-main/api/Dockerfile": b""},
        {"docker-compose.yml": b"", "tests/x/docker-compose.yml": b""},
    ],
)
def test_one_work_is_one_work_however_it_is_laid_out(tmp_path, files):
    """By its own name."""
    works, _ = taken(laid(tmp_path / "kovalenko", files), tmp_path)
    assert [(given, bool(work.folder)) for given, work in works.items()] == [("kovalenko", True)]


def test_loose_files_are_told_and_stop_nothing(tmp_path):
    """Given by a shell's star, or lying in the group."""
    laid(tmp_path / "g", {"a/docker-compose.yml": b"", "b.zip": zipped(COMPOSE), "marks.xlsx": b""})
    works, told = taken(tmp_path / "g", tmp_path)
    assert sorted(works) == ["a", "b.zip"]
    assert any("marks.xlsx" in line for line in told)
    assert take_in([tmp_path / "g" / "marks.xlsx"], tmp_path, SMALL)[0] == []


def test_a_link_to_another_work_is_not_followed(tmp_path):
    """A folder that holds nothing else has no work."""
    laid(tmp_path / "g", {"honest/docker-compose.yml": b"", "thief/x": b""})
    try:
        (tmp_path / "g" / "thief" / "lab6").symlink_to("../honest")
    except OSError:
        pytest.skip("NOT CHECKED HERE: no links on this system")
    works, _ = taken(tmp_path / "g", tmp_path)
    assert works["thief"].absent


def test_what_is_packed_beside_the_work_is_dropped_and_crlf_is_told(tmp_path):
    """Of a Mac, of npm, of git; the script's line ends stand in the decisions."""
    junk = {"__MACOSX/._a": b"", "node_modules/x/docker-compose.yml": b"", ".git/config": b""}
    script = {"api/entrypoint.sh": b"#!/bin/sh\r\nexec python main.py\r\n"}
    laid(tmp_path, {"a.zip": zipped({**COMPOSE, **junk, **script})})
    works, _ = taken(tmp_path / "a.zip", tmp_path)
    (work,) = works.values()
    assert sorted(one.name for one in work.folder.iterdir()) == ["api", "docker-compose.yml"]
    assert any("api/entrypoint.sh" in line and "CRLF" in line for line in work.told)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.zip", zipped({"../x": b""}), "outside"),
        ("a.zip", zipped({"/etc/x": b""}), "outside"),
        ("a.zip", zipped({"C:/x": b""}), "outside"),
        ("a.zip", zipped({"..\\x": b""}), "outside"),
        ("a.tar.gz", tarred({"../x": b""}), "outside"),
        ("a.zip", zipped({"zeros": b"\0" * 1_900_000}), "bomb"),
        ("a.tar.gz", tarred({"zeros": b"\0" * 1_900_000}), "bomb"),
        ("a.zip", zipped({f"f{n}": b"" for n in range(30)}), "too-many"),
        ("a.zip", zipped({f"r{n}": os.urandom(1_000_000) for n in range(3)}), "too-large"),
        ("a.zip", b"PK\x03\x04 no archive", "broken"),
        ("a.tar.gz", b"\x1f\x8b\x08 no archive", "broken"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_hostile_archive_is_refused_by_its_reason(tmp_path, name, data, reason):
    """Nothing of it lies outside its folder."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(data)
    with pytest.raises(Refused) as told:
        unpack(tmp_path / "in" / name, tmp_path / "room" / "deep" / "to", room_of(SMALL))
    assert told.value.reason == reason
    outside = [one for one in tmp_path.rglob("*") if one.is_file()]
    assert all(
        (tmp_path / "room" / "deep" / "to") in one.parents or one.parent.name == "in"
        for one in outside
    )


def test_links_in_a_tar_are_left_out_and_told(tmp_path):
    """Symbolic and hard ones."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind in (("s", tarfile.SYMTYPE), ("h", tarfile.LNKTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    (tmp_path / "a.tar").write_bytes(out.getvalue())
    assert unpack(tmp_path / "a.tar", tmp_path / "to", room_of(SMALL)) == ["s", "h"]
    assert list((tmp_path / "to").iterdir()) == []


def test_a_7z_is_read_where_the_extra_is_installed(tmp_path):
    """And refused by the same bounds."""
    py7zr = pytest.importorskip("py7zr", reason="NOT CHECKED HERE, extra group: no py7zr")
    laid(tmp_path / "src", {"lab/docker-compose.yml": b"services: {}\n"})
    with py7zr.SevenZipFile(tmp_path / "a.7z", "w") as archive:
        archive.writeall(tmp_path / "src" / "lab", "lab")
    works, _ = taken(tmp_path / "a.7z", tmp_path)
    assert works["a.7z"].folder.name == "lab"
    with pytest.raises(Refused) as told:
        unpack(tmp_path / "a.7z", tmp_path / "x", room_of(IntakeLimits(work_files=0)))
    assert told.value.reason == "too-many"


@pytest.mark.parametrize("code", ["utf-8", "cp866", "cp1251"])
@pytest.mark.parametrize(
    "name",
    ["Лабораторна робота 6/docker-compose.yml", "Петро Іваненко/api/Dockerfile", "Звіт.docx"],
)
def test_ukrainian_names_are_read_in_whatever_they_were_packed(code, name):
    """Windows' two, and the one of today. (CP866 has no і of its own: some packers write it as
    Latin.)
    """
    if code == "cp866":
        name = name.replace("І", "I").replace("і", "i")
    assert decoded(name.encode(code)) == name


def test_the_same_work_has_the_same_hash_and_a_changed_one_another(tmp_path):
    """Bytes and paths count; where it lies, and git's own files, do not."""
    one, two = laid(tmp_path / "1", COMPOSE), laid(tmp_path / "2", {**COMPOSE, ".git/HEAD": b"x"})
    assert content_hash(one) == content_hash(two)
    laid(two, {"docker-compose.yml": b"services: {}  "})
    assert content_hash(one) != content_hash(two)


def test_the_assignments_limits_can_be_read():
    """As they stand in the repository."""
    assert load_limits(ASSIGNMENT).depth == 4
    assert Path(ASSIGNMENT).is_file()
