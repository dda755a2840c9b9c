"""A log whose lines a spreadsheet cut into columns at the bars of the messages ("text to columns"):
receipts have cells, all other lines empty ones behind them.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from harness.trace.profile import Kind, Profile
from harness.trace.reading.reader import Reader

_MARKS = (";", ",", "\t")
_ROWS = 300  #: by which it is known
_LEAST = 2  #: lines of events that have cells for others' messages


@dataclass(frozen=True, slots=True)
class CutUp:
    """What stands in place of the bars, and who reads the lines."""

    mark: str
    reader: Reader

    def lines(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """The lines as they were; what has other cells comes as it is."""
        for line in lines:
            yield self.whole(line) or line

    def whole(self, line: bytes) -> bytes | None:
        """The line with its bars; None where it has other cells."""
        profile = self.reader.profile
        try:
            rows = list(csv.reader([line.decode("utf-8", "replace")], delimiter=self.mark))
        except csv.Error:
            return None
        if len(rows) != 1 or len(rows[0]) != len(profile.fields):
            return None
        patterns = dict(profile.patterns)
        received = patterns.get(Kind.RECEIVED)
        cells = rows[0]
        if received is None or not received.search(cells[0]):
            while len(cells) > 1 and not cells[-1]:
                cells.pop()
        return profile.separator.join(cells).encode()


def cut_up(lines: list[bytes], profile: Profile) -> CutUp | None:
    """How a log's first lines are cut up; None where they are not."""
    rows = [line for line in islice(lines, _ROWS) if line.strip()]
    for mark in _MARKS:
        padding = mark.encode() * (len(profile.fields) - 1)
        padded = sum(line.endswith(padding) for line in rows)
        if padded < _LEAST or any(profile.separator.encode() in line for line in rows):
            continue
        made = CutUp(mark, Reader(profile))
        whole = [made.whole(line) for line in rows]
        if all(whole) and any(_is_receipt(made.reader, line) for line in whole if line):
            return made
    return None


def _is_receipt(reader: Reader, line: bytes) -> bool:
    parsed = reader.read(line)
    return parsed is not None and parsed.kind is Kind.RECEIVED and parsed.fault is None
