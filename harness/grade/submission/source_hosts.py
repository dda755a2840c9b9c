"""Where a service's own source names a host: who needs no variable for it may well write it down
there."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

_MOST_FILES = 400
_MOST_BYTES = 512 * 1024  #: of one file; what is larger is no source
#: what the name of a setting ends with
_SETTING = rb"(?:(?<![A-Za-z0-9])(?i:host|addr|server)|Host|Addr|Server)\w*"
_LEFT_OUT = frozenset({".git", ".venv", "venv", "node_modules", "__pycache__", "vendor"})


def host_named(folder: Path, names: Iterable[str]) -> str | None:
    """The first place, ``file:line``, where one of ``names`` stands as a host: quoted, with a port,
    after ``//`` or ``@``, as the value of a setting called after a host or an address (``host=`` of
    a connection string, ``ENV`` of a Dockerfile, a shell's default, a line of YAML), or behind a
    program's ``-h`` or ``--host``. None where none does."""
    words = b"|".join(re.escape(name.encode()) for name in sorted(names, key=len, reverse=True))
    host = re.compile(
        rb"(?:[\"'`]|//|@)(?:"
        + words
        + rb")(?:[\"'`]|:\d|/)"
        + rb"|(?<![\w.-])(?:"
        + words
        + rb"):\d{4,5}\b"
        + rb"|(?:"
        + _SETTING
        + rb"\s?(?:=|:[-=]?)\s?|^\s*ENV\s+[\w.-]*"
        + _SETTING
        + rb"\s+)(?:"
        + words
        + rb")(?![\w.-])"
        + rb"|(?<!\S)(?:-h|--host)[ =]?(?:"
        + words
        + rb")(?![\w.-])"
    )
    for file in _texts(folder):
        for number, line in enumerate(file.read_bytes().split(b"\n"), 1):
            if host.search(line):
                return f"{file.relative_to(folder).as_posix()}:{number}"
    return None


def _texts(folder: Path) -> Iterable[Path]:
    count = 0
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _LEFT_OUT)
        for name in sorted(files):
            file = Path(place) / name
            count += 1
            if count > _MOST_FILES:
                return
            if file.is_file() and not file.is_symlink() and file.stat().st_size <= _MOST_BYTES:
                yield file
