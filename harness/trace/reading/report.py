"""A worker's log out of a Markdown report: all of it, wherever in the report it stands.

Blocks that are marked as a log are read as they are. Events elsewhere (a block marked as another
language, an indented or quoted line, a table, ``<pre>``) are read as well, unless a log's block has
the same line: a report shows its log, and then quotes of it. A later block that only repeats lines
of earlier ones is such a quotation.
"""

import html
import re
from collections.abc import Iterable, Iterator

from harness.trace.markdown import fenced
from harness.trace.profile import Profile
from harness.trace.reading.reader import Reader
from harness.trace.reading.tidying import unglued, without_markup

_NAME = re.compile(r"[A-Za-z][A-Za-z._/-]*\d[\w./-]*")  #: of a worker, in a table's cell


def report_lines(lines: Iterable[bytes], profile: Profile) -> Iterator[bytes]:
    """Each line of the report that is of the log, else an empty one."""
    reader = Reader(profile)
    parts = list(fenced(lines))
    seen: set[bytes] = set()
    for first, end in _blocks(parts):
        events = [text for _, text in parts[first:end] if reader.read(text) is not None]
        if events and seen.issuperset(event.strip() for event in events):
            parts[first:end] = [(0, b"")] * (end - first)
        seen.update(event.strip() for event in events)
    for is_log, text in parts:
        yield text if is_log else _elsewhere(text, reader, seen)


def _blocks(parts: list[tuple[int, bytes]]) -> Iterator[tuple[int, int]]:
    """Where each log's block begins and ends."""
    at = 0
    while at < len(parts):
        end = at
        while end < len(parts) and parts[end][0] == parts[at][0]:
            end += 1
        if parts[at][0]:
            yield at, end
        at = end


def _elsewhere(raw: bytes, reader: Reader, seen: set[bytes]) -> bytes:
    """The event that a line outside the log's blocks holds."""
    text = raw.decode("utf-8", "replace").strip()
    if reader.is_noise(text):
        return b""
    inner = without_markup(text)
    parts = [text, inner, html.unescape(inner)]
    name = b""
    if text.startswith("|"):
        parts = [cell.strip(" `") for cell in text.strip("|").split(" | ")]
        name = next((b"%s | " % cell.encode() for cell in parts if _NAME.fullmatch(cell)), b"")
    for part in parts:
        parsed = reader.read(part)
        if parsed is not None and parsed.job is not None:
            line = part.encode()
            known = line in seen or unglued(parsed.text).encode() in seen
            return b"" if known else name + line
    return b""
