"""``tail`` of several files: each part below a line that names its file, which is its worker."""

import re
from collections.abc import Iterable, Iterator

_HEADER = re.compile(rb"^==> (?P<name>[^\r\n]{1,200}?) <==\r?$")
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
            worker = _OTHERS.sub(b"_", match["name"]).lstrip(b"._-/@") or b"log"
            yield b""
        else:
            yield worker + b" | " + line if worker and line.strip() else line
