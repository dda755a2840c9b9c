"""A log that a program printed as a value: Python's ``b'…'`` of what Docker gave it, or a list of
lines.
"""

import re
from collections.abc import Iterable, Iterator

_BYTES = re.compile(rb"""^\s*[bB]?(?P<quote>['"])(?P<text>.*\\n.*)(?P=quote)\s*$""", re.DOTALL)
_LIST = re.compile(rb"""^\s*\[\s*[bB]?['"].*['"]\s*,?\s*\]\s*$""", re.DOTALL)
_ITEM = re.compile(rb"""[bB]?(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")""")
_FIRST = 50  #: lines among which such a value is looked for
_ESCAPED = re.compile(rb"\\(x[0-9a-fA-F]{2}|.)", re.DOTALL)
_MEANT = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}


def is_printed(lines: list[bytes]) -> bool:
    """Whether the log begins so."""
    return any(_BYTES.match(line) or _LIST.match(line) for line in lines[:_FIRST]) and not any(
        _is_json(line) for line in lines[:_FIRST]
    )


def _is_json(line: bytes) -> bool:
    return line.lstrip().startswith(b"{")


def printed_lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines in such values; others as they are."""
    for line in lines:
        if found := _BYTES.match(line):
            yield from _meant(found["text"]).split(b"\n")
        elif _LIST.match(line):
            for one, two in _ITEM.findall(line):
                yield from _meant(one or two).rstrip(b"\n").split(b"\n")
        else:
            yield line


def _meant(text: bytes) -> bytes:
    """The text without its escapes."""
    return _ESCAPED.sub(_one, text).replace(b"\r\n", b"\n")


def _one(found: re.Match[bytes]) -> bytes:
    sign = found[1]
    if sign.startswith(b"x") and len(sign) == 3:
        return bytes([int(sign[1:], 16)])
    return _MEANT.get(sign, sign)
