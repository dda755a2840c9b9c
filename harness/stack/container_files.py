"""A file of a container, taken out and put back through the archives of the Engine's API."""

import io
import re
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from harness.stack import docker_door as door
from harness.stack.birth import born
from harness.stack.errors import StackError

_LARGEST_FILE = 64 * 1024 * 1024
_PACKING = 64 * 1024  #: bytes that an archive of one file holds beside it


def read_file(container: Any, service: str, path: str) -> bytes:
    """A regular file, whatever the container's archive claims; a relative path counts from the
    container's working folder. ``file-missing``, ``file-too-large``."""
    packed = _packed(container, service, path)
    with suppress(tarfile.TarError), tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        member = archive.next()
        file = archive.extractfile(member) if member is not None and member.isfile() else None
        if file is not None:
            return file.read(_LARGEST_FILE)
    raise StackError("file-missing", service=service, path=path)


def modified_file(container: Any, service: str, path: str) -> datetime:
    """When it was last written to, or made, whichever is later, UTC. ``file-missing``."""
    with door.named_errors(container.name):
        container.reload()  # first: before an archive is read to its end, the Engine tells nothing
    with _archive(container, service, path) as (_, facts):
        written = datetime.fromisoformat(facts["mtime"]).astimezone(UTC)
    here = f"/proc/{container.attrs['State']['Pid']}/root{_place(container, path)}"
    made = None
    with suppress(OSError):  # on another machine that number may be anybody's
        made = born(here) if Path(here).stat().st_size == facts["size"] else None
    return max(written, made or written)


def write_file(container: Any, service: str, path: str, data: bytes) -> None:
    """Other bytes for a file that is there; it keeps its owner, its mode and its time, to the last
    digit. ``file-missing``, ``file-too-large``."""
    packed, repacked, member = _packed(container, service, path), io.BytesIO(), None
    with _archive(container, service, path) as (_, facts):
        written = facts["mtime"]
    with suppress(tarfile.TarError), tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        member = archive.next()
    if member is None or not member.isfile():
        raise StackError("file-missing", service=service, path=path)
    member.size = len(data)
    # The archive's own time has whole seconds only.
    member.pax_headers = {**member.pax_headers, "mtime": seconds_of(written)}
    with tarfile.open(fileobj=repacked, mode="w") as archive:
        archive.addfile(member, io.BytesIO(data))
    folder = str(_place(container, path).parent)
    with door.named_errors(container.name):
        container.put_archive(folder, repacked.getvalue())


def seconds_of(moment: str) -> str:
    """A moment as the Engine writes it, in seconds since 1970 with all its digits: nine of a
    second are more than Python's moments or numbers hold."""
    whole = datetime.fromisoformat(moment).replace(microsecond=0)
    digits = re.search(r"\.(\d+)", moment)
    return f"{int(whole.timestamp())}.{digits[1] if digits else '0'}"


def _place(container: Any, path: str) -> PurePosixPath:
    return PurePosixPath(container.attrs["Config"].get("WorkingDir") or "/", path)


@contextmanager
def _archive(
    container: Any, service: str, path: str
) -> Iterator[tuple[Iterable[bytes], dict[str, Any]]]:
    """The archive that the Engine makes of the file, piece by piece, and what it says of it."""
    try:
        with door.named_errors(container.name):
            yield container.get_archive(str(_place(container, path)))
    except door.NotThere as error:
        raise StackError("file-missing", service=service, path=path) from error


def _packed(container: Any, service: str, path: str) -> bytes:
    """The archive that the Engine makes of it."""
    packed = None
    with _archive(container, service, path) as (chunks, facts):
        # A folder's own size says nothing of what is in it: the archive is counted as it comes.
        if facts["size"] <= _LARGEST_FILE:
            packed = at_most(chunks, _LARGEST_FILE + _PACKING)
    if packed is None:
        raise StackError("file-too-large", service=service, path=path)
    return packed


def at_most(chunks: Iterable[bytes], most: int) -> bytes | None:
    """All of them; None, and no further one is asked for, where they are more than ``most``
    bytes."""
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > most:
            return None
    return bytes(data)
