"""A log in columns, as Rich prints it where it knows no width: the words go on below their own
column, and the place in the code stands at the right edge of the first row.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from harness.trace.reading.reader import Reader

_FIRST_ROW = re.compile(r"^(?P<left>.*?)\s{2,}(?P<place>[\w.<>-]+:\d+)\s*$")
_BELOW = re.compile(r"^(?P<gap> {4,})(?P<text>\S.*?)\s*$")
_MOST_ROWS = 12
_WIDEST = 1000  #: bytes of a row: no terminal is so wide, and longer ones would cost much time


def unfolded(lines: Sequence[bytes], reader: Reader) -> list[bytes] | None:
    """The lines whole again, empty ones in place of their rows below; None where the log has no
    such columns, or nothing comes out better by it.
    """
    texts = [line.decode("utf-8", "replace") if len(line) <= _WIDEST else "" for line in lines]
    column = _column(texts)
    if column is None:
        return None
    made, better, at = list(lines), 0, 0
    while at < len(texts):
        rows = _rows(texts, at, column)
        if len(rows) > 1 and (first := _FIRST_ROW.match(texts[at])):
            width = first.start("place") - column - 1
            if whole := _whole(first["left"][:column], rows, width, reader):
                made[at : at + len(rows)] = [whole.encode(), *[b""] * (len(rows) - 1)]
                better += 1
        at += len(rows)
    return made if better else None


def _column(texts: Sequence[str]) -> int | None:
    """Where the words begin: where most rows below another do."""
    gaps = Counter(
        len(below["gap"])
        for before, text in pairwise(texts)
        if (below := _BELOW.match(text)) and (_FIRST_ROW.match(before) or _BELOW.match(before))
    )
    return gaps.most_common(1)[0][0] if gaps else None


def _rows(texts: Sequence[str], at: int, column: int) -> list[str]:
    """The words of the line that begins here, row by row."""
    first = _FIRST_ROW.match(texts[at])
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
    """The line that these rows make, if it is an event. A row that fills its column was cut within
    a word, or at a space that is lost; nobody knows which, but for what comes out."""
    for glue in ("", " "):
        text = rows[0]
        for before, row in pairwise(rows):
            text += (glue if len(before) >= width else " ") + row
        parsed = reader.read(left + text)
        if parsed is not None and parsed.fault is None and parsed.job is not None:
            return left + text
    return None
