"""A log that a program printed as a value: Python's ``b'…'`` of what Docker gave it, or a list of
lines.
"""

import re
from collections.abc import Iterable, Iterator

_QUOTES = (b"'", b'"')
_OPENS = (b"['", b'["', b"[b'", b'[b"')
_ENDS = (b"']", b'"]')
_ITEM = re.compile(rb"""[bB]?(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")""")
_FIRST = 50  #: lines among which such a value is looked for
_ESCAPED = re.compile(rb"\\(x[0-9a-fA-F]{2}|.)", re.DOTALL)
_MEANT = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}


def is_printed(lines: list[bytes]) -> bool:
    """Whether the log begins so."""
    return any(_is_text(line) or _is_list(line) for line in map(bytes.strip, lines[:_FIRST]))


def _is_text(line: bytes) -> bool:
    """Whether a line is one value of several lines."""
    is_quoted = line.removeprefix(b"b")[:1] in _QUOTES and b"\\n" in line[:-3]
    return is_quoted and _ITEM.fullmatch(line) is not None  # no row of a table: that has several


def _is_list(line: bytes) -> bool:
    return line.startswith(_OPENS) and line.endswith(_ENDS)


def printed_lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines in such values; others as they are."""
    for raw in lines:
        line = raw.strip()
        if _is_text(line):
            yield from _meant(line.removeprefix(b"b")[1:-1]).removesuffix(b"\n").split(b"\n")
        elif _is_list(line):
            for one, two in _ITEM.findall(line):
                yield from _meant(one or two).removesuffix(b"\n").split(b"\n")
        else:
            yield raw


def _meant(text: bytes) -> bytes:
    """The text without its escapes."""
    return _ESCAPED.sub(_one, text).replace(b"\r\n", b"\n")


def _one(match: re.Match[bytes]) -> bytes:
    sign = match[1]
    if sign.startswith(b"x") and len(sign) == 3:
        return bytes([int(sign[1:], 16)])
    return _MEANT.get(sign, sign)
