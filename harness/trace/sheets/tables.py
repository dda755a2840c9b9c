"""A log as a table: CSV or TSV of a viewer's export, one column of it the worker's words."""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from harness.trace.profile import Profile
from harness.trace.reading.reader import Reader
from harness.trace.reading.structured import MESSAGES, unwrapped

_MARKS = (",", ";", "\t")
_LEAST = 3  #: events in the column of words
_ROWS = 300  #: by which a table is known
_WIDEST = 60  #: columns, and characters of a column's name
_TIME = re.compile(r"\d:\d\d")
_SHARE = 0.9  #: of the events, that must stand in that column


@dataclass(frozen=True, slots=True)
class LogTable:
    """How a table is read: what parts its columns, their names, which one holds the words."""

    mark: str
    names: tuple[str, ...]
    words: int
    reader: Reader

    def lines(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """Each row as a line of JSON; what is no row comes as it is."""
        for line in lines:
            yield self._line(line)

    def _line(self, line: bytes) -> bytes:
        row = _row(line, self.mark)
        if row is not None and len(row) > len(self.names) == self.words + 1:
            row = [*row[: self.words], self.mark.join(row[self.words :])]  # nobody quoted it
        if row is None or len(row) != len(self.names):
            return line
        words = row[self.words]
        if self.reader.is_noise(words) and _speaks(self.reader, line):
            return line
        record = dict(zip(self.names, row, strict=True))
        del record[self.names[self.words]]
        return json.dumps({MESSAGES[0]: words, **record}, ensure_ascii=False).encode(
            "utf-8", "replace"
        )


def table_of(lines: list[bytes], profile: Profile) -> LogTable | None:
    """The table that a log's first lines are; None where they are none."""
    rows = [line for line in islice(lines, _ROWS) if line.strip()]
    marks = [mark for mark in _MARKS if _parts_most(rows, mark.encode())]
    if not marks:
        return None
    reader = Reader(profile)
    events = [line for line in rows if _speaks(reader, line)]
    if len(events) < _LEAST or _is_record(events[0]):
        return None
    return next((made for mark in marks if (made := _by(rows, events, mark, reader))), None)


def _is_record(line: bytes) -> bool:
    """Whether a line says by itself which of its fields holds the words."""
    return line.lstrip().startswith(b"{") or unwrapped(_text(line).strip()) is not None


def _parts_most(rows: list[bytes], mark: bytes) -> bool:
    """Whether the mark stands in most of the lines: a quick look, for most logs are no tables."""
    return 2 * sum(mark in line and not line.startswith(b"{") for line in rows) > len(rows)


def _by(rows: list[bytes], events: list[bytes], mark: str, reader: Reader) -> LogTable | None:
    split_rows = [row for line in events if (row := _row(line, mark)) is not None and len(row) > 1]
    if len(split_rows) < _SHARE * len(events):
        return None
    columns = Counter(
        (at, len(row))
        for row in split_rows
        for at, cell in enumerate(row)
        if _is_event(reader, cell)
    )
    if not columns:
        return None
    (words, width), many = columns.most_common(1)[0]
    if many < max(_LEAST, _SHARE * len(split_rows)) or width > _WIDEST:
        return None
    names = _head(rows[0], mark, width, reader)
    if names is None and not all(b'"' in line for line in events):
        return None  # a comma in a stamp makes no table
    names = names or tuple(f"column {number}" for number in range(1, width + 1))
    return LogTable(mark, _apart(names, words), words, reader)


def _speaks(reader: Reader, line: bytes) -> bool:
    """Whether a line holds an event's words anywhere."""
    return reader.read(line) is not None or reader.near(line, 1) is not None


def _is_event(reader: Reader, cell: str) -> bool:
    parsed = reader.read(cell)
    return parsed is not None and parsed.fault is None


def _head(first: bytes, mark: str, width: int, reader: Reader) -> tuple[str, ...] | None:
    """The columns' names in the first row; None where it is a row like the others."""
    names = [name.strip()[:_WIDEST] for name in _row(first, mark) or []]
    is_row = any(name.isdigit() or _TIME.search(name) for name in names)
    if len(names) != width or len(set(names)) < width or is_row or _speaks(reader, first):
        return None
    return tuple(names)


def _apart(names: tuple[str, ...], words: int) -> tuple[str, ...]:
    """None of the others named as words are."""
    return tuple(
        f"{name} of the row" if name in MESSAGES and at != words else name
        for at, name in enumerate(names)
    )


def _row(line: bytes, mark: str) -> list[str] | None:
    """The cells of a line; None where a cell goes on in the next line."""
    try:
        rows = list(csv.reader([_text(line)], delimiter=mark, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def _text(line: bytes) -> str:
    line = line.removeprefix(b"\xef\xbb\xbf")
    return line.decode("utf-8", "replace")
