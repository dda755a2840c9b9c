"""A log in columns, as Rich prints it where it knows no width: the words go on below their own
column, and the place in the code stands at the right edge of the first row.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise, product

from harness.trace.reading.reader import Reader

_FIRST_ROW = re.compile(r"^(?P<left>.*?)(?P<gap>\s+)(?P<place>[\w.<>-]+:\d+)\s*$")
_BELOW = re.compile(r"^(?P<gap> {4,})(?P<text>\S.*?)\s*$")
_MOST_ROWS = 12
_MOST_FULL = 4  #: rows of which both are tried
_WIDEST = 1000  #: bytes of a row: no terminal is so wide, and longer ones would cost much time


def unfolded(lines: Sequence[bytes], reader: Reader) -> list[bytes] | None:
    """The lines whole again, empty ones in place of their rows below; None where the log has no
    such columns, or nothing comes out better by it.
    """
    texts = [line.decode("utf-8", "replace") if len(line) <= _WIDEST else "" for line in lines]
    edge = _edge(texts)
    column = _column(texts, edge)
    if column is None:
        return None
    made, better, at = list(lines), 0, 0
    while at < len(texts):
        first = _first_row(texts[at], edge)
        rows = _rows(texts, at, column, first)
        if first is not None and len(rows) > 1:
            width = first.start("place") - column - 1
            if whole := _whole(first["left"][:column], rows, width, reader):
                made[at : at + len(rows)] = [whole.encode(), *[b""] * (len(rows) - 1)]
                better += 1
        at += len(rows)
    return made if better else None


def _edge(texts: Sequence[str]) -> int | None:
    """Where most places in the code end: at the right edge."""
    first = (match for text in texts if (match := _FIRST_ROW.match(text)))
    ends = Counter(match.end("place") for match in first if len(match["gap"]) > 1)
    return ends.most_common(1)[0][0] if ends else None


def _first_row(text: str, edge: int | None) -> re.Match[str] | None:
    """The row, if a place stands apart from its words; by one space only where it ends at the
    edge, for words may end in such a place themselves.
    """
    match = _FIRST_ROW.match(text)
    if match is None or not (len(match["gap"]) > 1 or match.end("place") == edge):
        return None
    return match


def _column(texts: Sequence[str], edge: int | None) -> int | None:
    """Where the words begin: where most rows below another do."""
    gaps = Counter(
        len(below["gap"])
        for before, text in pairwise(texts)
        if (below := _BELOW.match(text)) and (_first_row(before, edge) or _BELOW.match(before))
    )
    return gaps.most_common(1)[0][0] if gaps else None


def _rows(texts: Sequence[str], at: int, column: int, first: re.Match[str] | None) -> list[str]:
    """The words of the line that begins here, row by row."""
    if first is None or not texts[at][column - 1 : column].isspace():
        return [texts[at]]
    rows = [first["left"][column:].rstrip()]
    for text in texts[at + 1 : at + _MOST_ROWS]:
        below = _BELOW.match(text)
        if below is None or len(below["gap"]) != column:
            break
        rows.append(below["text"])
    return rows


def _whole(left: str, rows: list[str], width: int, reader: Reader) -> str | None:
    """The line that these rows make, if it is an event. A full row was cut within a word, or at a
    space that is lost; nobody knows which, but for what comes out.
    """
    full = [at for at, row in enumerate(rows[:-1]) if len(row) >= width - 1][:_MOST_FULL]
    for glues in product(("", " "), repeat=len(full)):
        behind = dict(zip(full, glues, strict=True))
        text = "".join(row + behind.get(at, " ") for at, row in enumerate(rows)).rstrip()
        for line in (left + text, text):  # a stamp that the reader does not know yet is no fault
            parsed = reader.read(line)
            if parsed is not None and parsed.fault is None and parsed.job is not None:
                return left + text
    return None
