"""A work as bytes for the way to another machine, and its results as bytes for the way back.

A work travels as it is, links and rights included, so that it is judged there as it would be here;
links come last, so that no file is ever written through one. Results come from a machine that ran a
stranger's work: they are unpacked as an archive that was handed in would be.
"""

import io
import math
import os
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from harness.grade.submission.assignment import ASSIGNMENT
from harness.intake.content import LEFT_OUT
from harness.intake.limits import load_limits
from harness.intake.unpack import Room, unpack

_MB = 1024 * 1024
_LARGEST_RESULT = 64 * _MB  #: a file of the results; what is larger stays behind
_LARGEST_RESULTS = 250 * _MB
_MOST_RESULTS = 20_000  #: files


class TooLarge(Exception):  # noqa: N818 - a fact about a work
    """A work that is larger than one may be."""


def pack_work(folder: Path) -> bytes:
    """The folder as a tar archive, gzipped, without what no content hash counts. ``TooLarge``."""
    limits, size, written = load_limits(ASSIGNMENT), 0, io.BytesIO()
    files = sorted(_files(folder), key=lambda file: (file.is_symlink(), file))
    if len(files) > limits.work_files:
        raise TooLarge(str(len(files)))
    with tarfile.open(fileobj=written, mode="w:gz", compresslevel=1) as tar:
        for file in files:
            size += 0 if file.is_symlink() else file.stat().st_size
            if size > limits.work_mb * _MB:
                raise TooLarge(f"{size // _MB} MB")
            tar.add(file, file.relative_to(folder).as_posix(), recursive=False, filter=_nobodys)
    return written.getvalue()


def _nobodys(info: tarfile.TarInfo) -> tarfile.TarInfo:
    return info.replace(uid=0, gid=0, uname="", gname="", deep=False)


def unpack_work(packed: bytes, to: Path) -> None:
    """Lay it out below ``to``, which is new."""
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as tar:
        tar.extractall(to, filter="tar")


def pack_results(place: Path) -> bytes:
    """The files of a place as a zip archive; links and what is too large stay behind."""
    written, left, files = io.BytesIO(), _LARGEST_RESULTS, 0
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file in sorted(_files(place), key=lambda file: file.name != "verdict.json"):
            if file.is_symlink() or not file.is_file():
                continue
            size = file.stat().st_size
            if size <= min(_LARGEST_RESULT, left) and files < _MOST_RESULTS:
                left, files = left - size, files + 1
                archive.write(file, file.relative_to(place).as_posix())
    return written.getvalue()


def unpack_results(packed: bytes, place: Path) -> None:
    """Lay them out in ``place``. ``Refused`` where they are no honest archive.

    However tightly they are packed: a work may log one line a million times, and its bytes are
    counted as they come out.
    """
    left = Room(bytes_left=_LARGEST_RESULTS, files_left=_MOST_RESULTS, ratio=math.inf)
    with tempfile.TemporaryDirectory(prefix="lab6-results-") as room:
        archive = Path(room) / "results.zip"
        archive.write_bytes(packed)
        unpack(archive, place, left)


def _files(folder: Path) -> Iterator[Path]:
    """Files and links below, and empty folders: what the content hash leaves out is left out."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in LEFT_OUT)
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        if not folders and not files:
            yield Path(place)
        for name in sorted([*files, *links]):
            file = Path(place) / name
            if file.is_symlink() or file.is_file():  # neither pipes nor devices
                yield file
