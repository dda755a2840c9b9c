"""Lines that end by other marks than LF: a vertical tab, as in a text out of Word, Unicode's own
separators of lines, a lone CR, where several systems wrote into one file.

A lone CR also begins a progress bar anew, which nobody sees any more but for the last: it ends a
line only where events stand on both its sides.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.trace.reading.reader import Reader

_END = re.compile(rb"[\r\v]|\xe2\x80[\xa8\xa9]")


@dataclass(frozen=True, slots=True)
class OtherEnds:
    """Who sees events between such ends."""

    reader: Reader

    def are_in(self, first: list[bytes]) -> bool:
        """Whether the log begins so. One line with a lone CR for each end is an old Mac's: it is
        mended, and told of.
        """
        some = [line for line in first if len(first) > 1 or b"\r" not in line]
        return any(len(self._parts(line)) > 1 for line in some)

    def lines(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """The lines between all ends."""
        for line in lines:
            yield from self._parts(line)

    def _parts(self, line: bytes) -> list[bytes]:
        if not _END.search(line):
            return [line]
        parts = _END.split(line)
        events = {part.strip() for part in parts if self._speaks(part)}
        return parts if len(events) > 1 else [line]

    def _speaks(self, part: bytes) -> bool:
        """Whether it holds an event, be it behind an unknown prefix."""
        return self.reader.read(part) is not None or self.reader.near(part, 1) is not None
