"""Archives unpacked so that nothing leaves its folder, nothing is a link, and nothing grows without
bound.

Sizes are counted as bytes come out, never believed of a header. py7zr, for 7z, is in the extra
``group``.
"""

import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from harness.intake.errors import Refused
from harness.intake.limits import IntakeLimits
from harness.intake.member_names import member_name

SUFFIXES = re.compile(r"(?i)\.(zip|7z|tar|tgz|tbz2?|txz|tar\.(gz|bz2|xz))$")
_DROPPED = frozenset(
    {"__MACOSX", ".git", "node_modules", ".venv", "venv", "__pycache__", ".idea", ".vscode"}
)
_RESERVED = re.compile(r'[<>:"|?*\x00-\x1f]|[ .]+(?=/|$)')
_CHUNK = 1024 * 1024


@dataclass(slots=True, kw_only=True)
class Room:
    """What may still be unpacked."""

    bytes_left: float
    files_left: int
    ratio: float

    def take(self, size: int, name: str) -> None:
        """Count some. ``Refused("too-large")``."""
        self.bytes_left -= size
        if self.bytes_left < 0:
            raise Refused("too-large", name=name)


def is_archive(file: Path) -> bool:
    """By its name alone: what is within decides when it is opened."""
    return bool(SUFFIXES.search(file.name)) and file.is_file() and not file.is_symlink()


def room_of(limits: IntakeLimits, *, group: bool = False) -> Room:
    """For one work, or for the whole group's archive."""
    mb, files = (
        (limits.group_mb, limits.group_files) if group else (limits.work_mb, limits.work_files)
    )
    return Room(bytes_left=mb * 1024 * 1024, files_left=files, ratio=limits.ratio)


def unpack(archive: Path, to: Path, room: Room) -> list[str]:
    """Unpack into ``to``; names of what was left out (links, devices). ``Refused``: ``broken``,
    ``outside``, ``too-large``, ``bomb``, ``locked``, ``no-7z``."""
    to.mkdir(parents=True, exist_ok=True)
    kind = archive.name.lower()
    try:
        if kind.endswith(".zip"):
            return _zip(archive, to, room)
        return _seven(archive, to, room) if kind.endswith(".7z") else _tar(archive, to, room)
    except (
        zipfile.BadZipFile,
        tarfile.TarError,
        zlib.error,
        EOFError,
        NotImplementedError,
        ValueError,
        OSError,
    ) as error:
        raise Refused("broken", name=archive.name, reason=str(error)[:200]) from error
    except RuntimeError as error:  # what zipfile says of a password
        raise Refused("locked", name=archive.name) from error


def _zip(archive: Path, to: Path, room: Room) -> list[str]:
    left_out = []
    with zipfile.ZipFile(archive) as opened:
        for info in opened.infolist():
            name = member_name(info)
            target = _target(name, to)
            mode = info.external_attr >> 16
            if target is None or info.is_dir():
                continue
            if (mode & 0o170000) not in (0, 0o100000):
                left_out.append(name)
                continue
            with opened.open(info) as source:
                _store(source, target, room, info.compress_size)
            _mark(target, mode)
    return left_out


def _tar(archive: Path, to: Path, room: Room) -> list[str]:
    left_out = []
    packed = max(archive.stat().st_size, 1)
    with tarfile.open(archive) as opened:
        for info in _members(opened):
            target = _target(info.name, to)
            if target is None or info.isdir():
                continue
            source = opened.extractfile(info) if info.isreg() else None
            if source is None:
                left_out.append(info.name)
                continue
            with source:
                _store(source, target, room, packed)
            _mark(target, info.mode)
    return left_out


def _members(opened: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    while (info := opened.next()) is not None:
        yield info


def _seven(archive: Path, to: Path, room: Room) -> list[str]:
    """py7zr writes by itself: what it would write is counted and judged before."""
    try:
        import py7zr
    except ImportError as error:
        raise Refused("no-7z", name=archive.name) from error
    left_out, wanted = [], []
    try:
        with py7zr.SevenZipFile(archive) as opened:
            for info in opened.list():
                if _target(info.filename, to) is None or info.is_directory:
                    continue
                if info.is_symlink or not info.is_file:
                    left_out.append(info.filename)
                    continue
                _count(room, info.filename)
                room.take(int(info.uncompressed or 0), info.filename)
                wanted.append(info.filename)
            packed = max(archive.stat().st_size, 1)
            total = sum(int(info.uncompressed or 0) for info in opened.list())
            _ratio(total, packed, room, archive.name)
            opened.extract(path=to, targets=wanted)
    except py7zr.exceptions.PasswordRequired as error:
        raise Refused("locked", name=archive.name) from error
    except (py7zr.exceptions.ArchiveError, AttributeError, KeyError, TypeError) as error:
        raise Refused("broken", name=archive.name, reason=str(error)[:200]) from error
    return left_out


def _target(name: str, to: Path) -> Path | None:
    """Where a member goes; None for what is never wanted. ``Refused("outside")``: a path that
    leads out.
    """
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    if (
        ".." in parts
        or name.startswith(("/", "\\"))
        or re.match(r"[A-Za-z]:", name)
        or "\x00" in name
    ):
        raise Refused("outside", name=name[:200])
    if not parts or _DROPPED & set(parts) or parts[-1] in (".DS_Store", "Thumbs.db"):
        return None
    return to.joinpath(*(_RESERVED.sub("_", part)[:120] or "_" for part in parts))


def _store(source: IO[bytes], target: Path, room: Room, packed: int) -> None:
    _count(room, target.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with target.open("wb") as written:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            room.take(len(chunk), target.name)
            _ratio(size, packed, room, target.name)
            written.write(chunk)


def _count(room: Room, name: str) -> None:
    room.files_left -= 1
    if room.files_left < 0:
        raise Refused("too-many", name=name)


def _ratio(size: int, packed: int, room: Room, name: str) -> None:
    if size > _CHUNK and size / max(packed, 1) > room.ratio:
        raise Refused("bomb", name=name)


def _mark(target: Path, mode: int) -> None:
    if mode & 0o100:
        target.chmod(0o755)
