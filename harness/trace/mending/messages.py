"""A log that Telegram sent as several messages, each as long as one may be: a line that was cut
between two of them goes on below the next one's heading.
"""

import re
from itertools import pairwise

from harness.trace.reading.reader import Reader

_LONGEST = 4096  #: characters of a message
_HEADING = re.compile(
    rb"^[^\n\[\]|]{1,80}, \[[^\n\[\]]{0,30}\d:\d\d[^\n\[\]]{0,10}\]\r?$", re.MULTILINE
)


def is_in_messages(data: bytes) -> bool:
    """Whether headings stand so far apart that a message may be full."""
    starts = [heading.end() for heading in _HEADING.finditer(data)]
    return any(two - one > _LONGEST for one, two in pairwise(starts))


def in_one(lines: list[bytes], reader: Reader) -> list[bytes] | None:
    """The lines that were cut whole again, an empty one in place of the rest; None where none
    was.
    """
    headings = [at for at, line in enumerate(lines) if _HEADING.search(line)]
    made = list(lines)
    for one, two in pairwise(headings):
        last, rest = _last(lines, one, two), two + 1
        if last is None or rest >= len(lines) or reader.read(lines[rest]) is not None:
            continue
        whole = made[last] + lines[rest]
        event = reader.read(whole)
        if event is not None and event.fault is None:
            made[last], made[rest] = whole, b""
    return made if made != lines else None


def _last(lines: list[bytes], heading: int, following: int) -> int | None:
    """The last line of the message below a heading; None where the message is not full."""
    body = lines[heading + 1 : following]
    while body and not body[-1].strip():
        body.pop()
    many = sum(len(line.decode("utf-8", "replace")) + 1 for line in body) - 1
    return heading + len(body) if many == _LONGEST else None
