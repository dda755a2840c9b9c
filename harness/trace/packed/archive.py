"""Archives of logs: each file a worker's, its rotated parts in their order."""

import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from pathlib import PurePosixPath
from typing import BinaryIO, NamedTuple

from harness.trace.errors import TraceError
from harness.trace.packed.bounded import Readable, bounded
from harness.trace.packed.squeezed import unsqueezed

MOST_FILES = 1000
_BROKEN = (
    EOFError,
    OSError,
    RuntimeError,  # what zipfile says of a password
    NotImplementedError,
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
)
_PACKED = re.compile(r"\.(?:gz|zst)$")
_ROTATED = re.compile(r"[._-](?P<number>\d{1,6})$")
_DATED = re.compile(  # worker.log.2026-11-22_08-00, worker.log-20261122, worker-20261122.log
    r"[._-](?P<date>20\d\d(?P<mark>-?)(?:0\d|1[0-2])(?P=mark)[0-3]\d"
    r"(?:[_T-]?\d\d(?:[:-]?\d\d){0,2})?)(?P<suffix>\.[A-Za-z]{1,5})?$"
)
_RESTARTS = re.compile(r"/(?P<number>\d+)\.log$")  # /var/log/pods/…/worker/0.log, 1.log
_SKIPPED = re.compile(r"(?:^|/)(?:__MACOSX/|\.(?!/))")  # ./worker.log is tar's own way
_HEAD = 4
_MOST = 256 << 20  #: bytes of a tar archive, which is held in memory
_NEWEST = (1, 0)

_DOCUMENTS = ("word/document.xml", "content.xml")  #: of Word, of LibreOffice
_SPREADSHEET = "xl/workbook.xml"


class Member(NamedTuple):
    """A file of an archive, and how it is opened."""

    name: str
    size: int
    open: Callable[[], Readable]


def zip_members(file: BinaryIO, name: str) -> list[Member]:
    """The files of a zip archive."""
    try:
        archive = zipfile.ZipFile(file)
    except _BROKEN as error:
        raise TraceError("log-packed-broken", file=name) from error
    infos = archive.infolist()
    if any(info.filename in _DOCUMENTS for info in infos[:MOST_FILES]):
        raise TraceError("log-document", file=name)
    if any(info.filename == _SPREADSHEET for info in infos[:MOST_FILES]):
        raise TraceError("log-spreadsheet", file=name)
    return [
        Member(info.filename, info.compress_size, partial(archive.open, info))
        for info in _few(infos, name)
        if not info.is_dir()
    ]


def tar_list(file: BinaryIO, name: str) -> list[Member]:
    """The files of a tar archive, in memory: a stream cannot be read out of turn."""
    try:
        with tarfile.open(fileobj=file, mode="r|") as archive:
            return list(_tar_members(archive, name))
    except _BROKEN as error:
        raise TraceError("log-packed-broken", file=name) from error


def _tar_members(archive: tarfile.TarFile, name: str) -> Iterator[Member]:
    left = _MOST
    for count, info in enumerate(archive):
        if count >= MOST_FILES:
            raise TraceError("log-packed-many", file=name, most=MOST_FILES)
        if not info.isreg():
            continue
        left -= info.size  # before it is read: a sparse file of no bytes may be a terabyte
        if left < 0:
            raise TraceError("log-packed-large", file=name)
        if (inner := archive.extractfile(info)) is not None:
            data = inner.read()
            yield Member(info.name, len(data), partial(BytesIO, data))


def in_order(members: list[Member]) -> list[tuple[str, Member]]:
    """Each file with its worker's name; of rotated ones the oldest first."""
    files = [
        (*_worker(member.name), member) for member in members if not _SKIPPED.search(member.name)
    ]
    files.sort(key=lambda file: (file[0], file[1]))
    return [(worker, member) for worker, _, member in files]


def _worker(name: str) -> tuple[str, tuple[int, ...]]:
    """The worker's name, and the place of this file among its files."""
    base, age = _rotated(_PACKED.sub("", name))
    if match := _RESTARTS.search(base):
        return _named(base[: match.start()]), (int(match["number"]), *age)
    return _named(base), (0, *age)


def _rotated(plain: str) -> tuple[str, tuple[int, int]]:
    """The name that a file had before it was rotated, and when that was."""
    if match := _DATED.search(plain):
        digits = re.sub(r"\D", "", match["date"])
        return plain[: match.start()] + (match["suffix"] or ""), (0, int(digits.ljust(14, "0")))
    match = _ROTATED.search(plain)
    if match is None or not PurePosixPath(plain[: match.start()]).suffix:
        return plain, _NEWEST
    return plain[: match.start()], (0, -int(match["number"]))


def _named(path: str) -> str:
    """The name as a decoration may have it."""
    return re.sub(r"[^\w.@/-]", "_", path.strip("/"), flags=re.ASCII).lstrip("._-/@") or "log"


def opened(member: Member, name: str) -> BinaryIO:
    """A file of the archive, unpacked again where it is packed in itself, and bounded."""
    try:
        stream = bounded(member.open(), member.size, name, _BROKEN)
        return unsqueezed(stream, stream.peek(_HEAD), member.size, name) or stream
    except _BROKEN as error:
        raise TraceError("log-packed-broken", file=name) from error


def _few(infos: list[zipfile.ZipInfo], name: str) -> list[zipfile.ZipInfo]:
    if len(infos) > MOST_FILES:
        raise TraceError("log-packed-many", file=name, most=MOST_FILES)
    return infos
