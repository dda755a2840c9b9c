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
from harness.trace.packed.bounded import bounded
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
_ROTATED = re.compile(r"(?:[._-](?P<number>\d{1,6}))?$")
_RESTARTS = re.compile(r"/(?P<number>\d+)\.log$")  # /var/log/pods/…/worker/0.log, 1.log
_SKIPPED = re.compile(r"(?:^|/)(?:__MACOSX/|\.)")
_HEAD = 1 << 12


class Member(NamedTuple):
    """A file of an archive, and how it is opened."""

    name: str
    size: int
    open: Callable[[], BinaryIO]


def is_zip(head: bytes) -> bool:
    return head.startswith(b"PK\x03\x04")


def is_tar(head: bytes) -> bool:
    return head[257:262] == b"ustar"


def zip_members(file: BinaryIO, name: str) -> list[Member]:
    """The files of a zip archive."""
    try:
        archive = zipfile.ZipFile(file)
    except _BROKEN as error:
        raise TraceError("log-packed-broken", file=name) from error
    infos = archive.infolist()
    if any(info.filename == "word/document.xml" for info in infos[:MOST_FILES]):
        raise TraceError("log-document", file=name)
    return [
        Member(info.filename, info.compress_size, partial(archive.open, info))  # type: ignore[arg-type]
        for info in _few(infos, name)
        if not info.is_dir()
    ]


def tar_members(file: BinaryIO, name: str) -> Iterator[tuple[Member, bytes]]:
    """The files of a tar archive, one after another, as they stand there."""
    with tarfile.open(fileobj=file, mode="r|") as archive:
        for count, info in enumerate(archive):
            if count >= MOST_FILES:
                raise TraceError("log-packed-many", file=name, most=MOST_FILES)
            inner = archive.extractfile(info) if info.isreg() else None
            if inner is not None:
                data = inner.read()
                yield Member(info.name, len(data), partial(BytesIO, data)), data


def tar_list(file: BinaryIO, name: str) -> list[Member]:
    """The files of a tar archive, in memory: a stream cannot be read out of turn."""
    members, left = [], 256 << 20
    try:
        for member, data in tar_members(file, name):
            left -= len(data)
            if left < 0:
                raise TraceError("log-packed-large", file=name)
            members.append(member)
    except _BROKEN as error:
        raise TraceError("log-packed-broken", file=name) from error
    return members


def in_order(members: list[Member]) -> list[tuple[str, Member]]:
    """Each file with its worker's name; of rotated ones the oldest first."""
    told = [
        (*_worker(member.name), member) for member in members if not _SKIPPED.search(member.name)
    ]
    told.sort(key=lambda one: (one[0], one[1]))
    return [(worker, member) for worker, _, member in told]


def _worker(name: str) -> tuple[str, int]:
    """The worker's name, and the place of this file among its files."""
    plain = _PACKED.sub("", name)
    if found := _RESTARTS.search(plain):
        return _named(plain[: found.start()]), int(found["number"])
    found = _ROTATED.search(plain)
    number = found["number"] if found else None
    if number is None or not PurePosixPath(plain[: found.start()]).suffix:  # type: ignore[union-attr]
        return _named(plain), 0
    return _named(plain[: found.start()]), -int(number)  # type: ignore[union-attr]


def _named(path: str) -> str:
    """The name as a decoration may have it."""
    return re.sub(r"[^\w.@/-]", "_", path.strip("/"), flags=re.ASCII).lstrip("._-/@") or "log"


def opened(member: Member, name: str) -> BinaryIO:
    """A file of the archive, unpacked again where it is packed in itself, and bounded."""
    try:
        stream = bounded(member.open(), member.size, name, _BROKEN)
        head = stream.peek(_HEAD)[:4]  # type: ignore[attr-defined]
        if head[:2] != b"\x1f\x8b" and head != b"\x28\xb5\x2f\xfd":
            return stream
        return unsqueezed(_Rewound(stream), member.size, name) or stream  # type: ignore[arg-type]
    except _BROKEN as error:
        raise TraceError("log-packed-broken", file=name) from error


class _Rewound:
    """A stream whose first four bytes may be looked at once, for one that cannot go back."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._looked = False

    def read(self, size: int = -1) -> bytes:
        if not self._looked:
            self._looked = True
            return bytes(self._stream.peek(4)[:size])  # type: ignore[attr-defined]
        return self._stream.read(size)

    def seek(self, at: int) -> None:
        """Back to the beginning, which looking has not left."""


def _few(infos: list[zipfile.ZipInfo], name: str) -> list[zipfile.ZipInfo]:
    if len(infos) > MOST_FILES:
        raise TraceError("log-packed-many", file=name, most=MOST_FILES)
    return infos
