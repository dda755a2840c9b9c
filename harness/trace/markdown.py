"""Log lines inside a Markdown report: the fenced blocks that hold a log.

A block counts whose info string is empty or names plain text or a log (```` ```log ````); code of
other languages does not. Lines outside come back empty, so line numbers stay those of the report.
"""

import re
from collections.abc import Iterable, Iterator

_LOGS = frozenset(
    {"", "console", "log", "logs", "none", "output", "plain", "plaintext", "text", "txt"}
)
_QUOTE = re.compile(r"^[ \t]*(?:>[ \t]?)+")
_FENCE = re.compile(r"^[ \t]*(?P<marks>`{3,}|~{3,})[ \t]*(?P<info>[^`]*)$")


def log_blocks(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Each line of a Markdown text if it stands in a log's fence, else an empty one."""
    for block, text in fenced(lines):
        yield text if block else b""


def fenced(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Each line with the number of its log's fence, from 1; 0 outside. Comments and fences come
    empty.
    """
    marks: str | None = None  # the fence that is open
    is_log = False
    comment = False
    number = 0
    for raw in lines:
        text = _QUOTE.sub("", raw.decode("utf-8", "replace"))
        fence = _FENCE.match(text.rstrip())
        if marks is None and (comment or text.lstrip().startswith("<!--")):
            comment = "-->" not in text
            yield 0, b""
        elif marks is None and fence:
            marks = fence["marks"]
            info = fence["info"].split()
            is_log = (info[0].lower() if info else "") in _LOGS
            number += is_log
            yield 0, b""
        elif marks is not None and fence and not fence["info"] and fence["marks"].startswith(marks):
            marks = None
            yield 0, b""
        else:
            yield (number if marks and is_log else 0), text.encode()
