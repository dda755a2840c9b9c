"""Lines that no form fits: noise by the thousand, and the few that must be read one by one."""

import numpy as np

from harness.trace.bulk.keys import Bytes
from harness.trace.bulk.scan import Flags, Lines
from harness.trace.events import Parsed
from harness.trace.judge import FIRST, Judge

_UNCLEAR = b"\\"  #: may hide any letter of a structured line
#: Behind an event's words a crash may begin too (an error as it was caught): its next lines do not.
_CRASHES = (b"Traceback (most recent", b'File "', b"panic: ", b"goroutine ")


class Odd:
    """Reads them, by what the judge's profile surely asks of an event's line."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self.may_hold_crashes = False  #: whether any line that was seen here may be of one
        words = judge.reader.needed_words
        self._words = None if words is None else [word.encode() for word in words] + [_UNCLEAR]

    def read(self, buffer: Bytes, lines: Lines, odd: Flags, before: int) -> dict[int, Parsed]:
        """The events among the odd lines, by line of the block; ``before`` lines came before it."""
        events: dict[int, Parsed] = {}
        first = max(FIRST - before, 0) if not self._judge.sample else 0
        for line in np.flatnonzero(odd[:first]).tolist():
            raw = buffer[lines.starts[line] : lines.ends[line]].tobytes()
            if not self._judge.sample and self._judge.reader.read(raw) is None:
                self._judge.show_noise(raw)
        for line in self._worth_reading(buffer, lines, odd):
            raw = buffer[lines.starts[line] : lines.ends[line]].tobytes()
            parsed = self._judge.read(raw, before + line + 1)
            if parsed is not None:
                events[line] = parsed
        return events

    def _worth_reading(self, buffer: Bytes, lines: Lines, odd: Flags) -> list[int]:
        """Odd lines that may be events, or be told of: those with an event's words, or unclear
        bytes.
        """
        at = np.flatnonzero(odd)
        if not len(at):
            return []
        unclear = np.zeros(len(at), np.bool_) if lines.dirty is None else lines.dirty[at]
        starts, ends = lines.starts[at], lines.ends[at]
        view = memoryview(buffer)  # type: ignore[arg-type]  # an array of bytes is a buffer
        text = b"\n".join([view[a:b] for a, b in zip(starts.tolist(), ends.tolist(), strict=True)])
        self.may_hold_crashes |= any(mark in text for mark in _CRASHES)
        edges = np.cumsum(ends - starts + 1)
        hits: list[int] = []
        if self._words is None:
            return list(at.tolist())
        for word in self._words:
            spot = text.find(word)
            while spot >= 0:
                line = int(np.searchsorted(edges, spot, "right"))
                hits.append(line)
                spot = text.find(word, int(edges[line]))
        unclear[hits] = True
        return list(at[unclear].tolist())
