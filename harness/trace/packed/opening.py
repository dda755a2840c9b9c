"""A file with a log in it, whatever it is: its lines, and which of them came from where.

What unpacks it is imported where it is needed: most logs are plain, and a short one is judged in no
time.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from harness.trace.errors import TraceError
from harness.trace.lines import read_lines
from harness.trace.packed.bounded import MOST
from harness.trace.packed.kinds import is_page, is_squeezed, is_tar, is_zip

_HEAD = 512
_TEXTS = 64 << 20  #: bytes of a notebook or a page
_OTHERS = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"7z\xbc\xaf", "7z"),
    (b"Rar!", "RAR"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"\xd0\xcf\x11\xe0", "Word (.doc)"),
    (b"{\\rtf", "RTF"),
)


@dataclass(frozen=True, slots=True)
class Part:
    """A file of an archive: its name, and the first and last of its lines among all."""

    name: str
    first: int
    last: int


@dataclass(slots=True)
class Unpacked:
    """The log in a file that is no plain text: one ``stream`` of bytes, or ``lines``."""

    stream: BinaryIO | None = None
    lines: Iterable[bytes] = ()
    is_report: bool = False  #: the lines are a report's: its log is to be found in it
    parts: list[Part] = field(default_factory=list)  #: known once the lines are read


def unpacked(file: BinaryIO, path: Path) -> Unpacked | None:
    """The log in an open file; None where it is plain text. Raises TraceError where nobody can
    read it.
    """
    size = path.stat().st_size
    if not path.is_file():
        return None  # a named pipe: what is looked at is gone
    head = file.read(_HEAD)
    file.seek(0)
    name = str(path)
    if (kind := next((kind for mark, kind in _OTHERS if head.startswith(mark)), None)) is not None:
        raise TraceError("log-kind", file=name, kind=kind)
    if is_zip(head):
        return _archive(file, name, zipped=True)
    if is_tar(head):
        return _archive(file, name, zipped=False)
    if is_squeezed(head):
        return _squeezed(file, head, size, name)
    if path.suffix.lower() == ".ipynb":
        from harness.trace.packed.texts import notebook_lines

        return Unpacked(lines=notebook_lines(_text(file, size, name), name), is_report=True)
    if path.suffix.lower() in (".html", ".htm") or is_page(head):
        from harness.trace.packed.texts import page_lines

        return Unpacked(lines=page_lines(_text(file, size, name)))
    return None


def _squeezed(file: BinaryIO, head: bytes, size: int, name: str) -> Unpacked | None:
    from harness.trace.packed.squeezed import unsqueezed

    stream = unsqueezed(file, head, size, name)
    if stream is None:
        return None
    if is_tar(stream.peek(_HEAD)):
        return _archive(stream, name, zipped=False)
    return Unpacked(stream=stream)


def _text(file: BinaryIO, size: int, name: str) -> bytes:
    if size > _TEXTS:
        raise TraceError("log-packed-large", file=name)
    return file.read(_TEXTS)


def _archive(file: BinaryIO, name: str, *, zipped: bool) -> Unpacked:
    from harness.trace.packed.archive import in_order, opened, tar_list, zip_members

    members = in_order(zip_members(file, name) if zipped else tar_list(file, name))
    several = len({worker for worker, _ in members}) > 1
    made = Unpacked()

    def lines() -> Iterator[bytes]:
        count, left = 0, MOST
        for worker, member in members:
            first = count + 1
            for line in read_lines(opened(member, name)):
                count += 1
                left -= len(line) + 1
                if left < 0:
                    raise TraceError("log-packed-large", file=name)
                yield worker.encode() + b" | " + line if several else line
            if count >= first:
                made.parts.append(Part(member.name, first, count))

    made.lines = lines()
    return made
