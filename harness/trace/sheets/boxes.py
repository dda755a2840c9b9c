"""A table drawn in bars and dashes, as ``aws logs … --output table`` prints it, with columns behind
the words: the bars of its columns are no bars of a message.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from harness.trace.reading.structured import MESSAGES

_BORDER = re.compile(r"[+|-]*-{3}[+|-]*")
_FIRST = 10  #: lines among which the columns' names stand
_WIDEST = 60  #: characters of a name


@dataclass(frozen=True, slots=True)
class BoxTable:
    """How a table is read: the bars around a row, its columns' names, which one holds the words."""

    bars: str
    names: tuple[str, ...]
    words: int

    def lines(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """Each row as a line of JSON; what is no row comes as it is."""
        for line in lines:
            yield self._line(line)

    def _line(self, line: bytes) -> bytes:
        text = line.decode("utf-8", "replace").strip()
        inner = text.removeprefix(self.bars).removesuffix(self.bars)
        if len(inner) != len(text) - 2 * len(self.bars):
            return line
        *before, rest = inner.split("|", self.words)
        cells = [*before, *rest.rsplit("|", len(self.names) - self.words - 1)]
        if len(cells) != len(self.names):
            return line
        record = dict(zip(self.names, map(str.strip, cells), strict=True))
        words = record.pop(self.names[self.words])
        return json.dumps({MESSAGES[0]: words, **record}, ensure_ascii=False).encode()


def box_table_of(lines: list[bytes]) -> BoxTable | None:
    """The table that a log's first lines are; None where they are none."""
    first = [line.decode("utf-8", "replace").strip() for line in islice(lines, _FIRST)]
    if not any(_BORDER.fullmatch(line) for line in first):
        return None
    for text in first:
        bars = text[: len(text) - len(text.lstrip("|"))]
        if bars and text.endswith(bars):
            names = tuple(cell.strip()[:_WIDEST] for cell in text.strip("|").split("|"))
            words = next((at for at, name in enumerate(names) if name in MESSAGES), None)
            if words is not None and words < len(names) - 1 and len(set(names)) == len(names):
                return BoxTable(bars, names, words)
    return None
