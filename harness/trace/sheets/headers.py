"""``tail`` of several files, or ``rg --heading -n``: each part below a line that names its file,
which is its worker.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

_HEADER = re.compile(rb"^==> (?P<name>[^\r\n]{1,200}?) <==\r?$")
_HEADING = re.compile(rb"^(?P<name>[\w./\\:-]{0,200}\.\w+)\r?$")
_NUMBERED = re.compile(rb"(\d{1,9})[:-]")
_LEAST = 3  #: numbered lines below a heading
_OTHERS = re.compile(rb"[^\w.@/-]")


def has_headers(lines: list[bytes]) -> bool:
    """Whether the log begins so."""
    first = next((line for line in lines if line.strip()), b"")
    return bool(_HEADER.match(first))


def under_headers(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Each line behind its file's name, as compose puts a worker's; headers come empty."""
    worker = b""
    for line in lines:
        if match := _HEADER.match(line):
            worker = named(match["name"])
            yield b""
        else:
            yield behind(worker, line)


def has_headings(lines: list[bytes]) -> bool:
    """Whether the log begins with a file's name alone, and has its lines below, numbered."""
    if not lines or not _HEADING.match(lines[0]):
        return False
    numbers = []
    for line in lines[1:]:
        if not line.strip():
            break
        if (match := _NUMBERED.match(line)) is None:
            return False
        numbers.append(int(match[1]))
    return len(numbers) >= _LEAST and all(one < two for one, two in pairwise(numbers))


def under_headings(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Each line behind its file's name, without its number; headings come empty."""
    worker, before = b"", b""
    for line in lines:
        if not before.strip() and (match := _HEADING.match(line)):
            worker = named(match["name"])
            yield b""
        else:
            number = _NUMBERED.match(line)
            yield behind(worker, line[number.end() :] if number else line)
        before = line


def behind(worker: bytes, line: bytes) -> bytes:
    return worker + b" | " + line if worker and line.strip() else line


def named(file: bytes) -> bytes:
    return _OTHERS.sub(b"_", file).lstrip(b"._-/@") or b"log"
