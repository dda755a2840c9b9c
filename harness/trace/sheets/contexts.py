"""What ``grep -n -A 2`` prints: found lines behind ``12:``, those around them behind ``13-``, of
several files each behind its file's name.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from harness.trace.sheets.headers import behind, named

_BETWEEN = b"--"  #: stands where lines were left out
_ROW = re.compile(
    rb"(?:(?P<file>[^\s:]{1,200}?\.\w{1,9})(?P<by>[:-]))??(?P<number>\d{1,9})(?P<mark>[:-])(?P<text>.*)",
    re.DOTALL,
)
_MARKS = {b":", b"-"}


class _Row(NamedTuple):
    file: bytes
    number: int
    mark: bytes
    text: bytes


def has_contexts(first: list[bytes]) -> bool:
    """Whether the log begins so: each line has its number, and not all were found themselves."""
    rows = [_row(line) for line in first if line.strip() and line.rstrip() != _BETWEEN]
    told = [row for row in rows if row is not None]
    if not told or len(told) < len(rows):
        return False
    of_one = [row for row in told if row.file == told[0].file]
    is_counted = all(one.number < two.number for one, two in pairwise(of_one))
    return is_counted and {row.mark for row in of_one} == _MARKS


def context_lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Each line without its number, behind its file's name, as compose puts a worker's."""
    for line in lines:
        row = _row(line)
        yield behind(named(row.file) if row.file else b"", row.text) if row else line


def _row(line: bytes) -> _Row | None:
    match = _ROW.fullmatch(line)
    if match is None or match["by"] not in (None, match["mark"]):
        return None
    return _Row(match["file"] or b"", int(match["number"]), match["mark"], match["text"])
