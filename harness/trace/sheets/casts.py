"""A terminal recorded by asciinema: an object that describes it, then what was printed, piece by
piece, each with its time.
"""

import json
from collections.abc import Iterable, Iterator

_OUTPUT = "o"  #: other pieces are what was typed, or a new size


def is_cast(lines: list[bytes]) -> bool:
    """Whether the log begins so."""
    head = _loaded(lines[0]) if lines else None
    is_head = isinstance(head, dict) and "version" in head
    return is_head and len(lines) > 1 and _piece(lines[1]) is not None


def cast_lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    """What was printed, line by line, each at the place of the piece that ends it, or further
    down.
    """
    given, rest = 0, ""
    for number, line in enumerate(lines):
        kind, text = _piece(line) or ("", "")
        if kind != _OUTPUT:
            continue
        *whole, rest = (rest + text).split("\n")
        if whole:
            yield from [b""] * (number - given)
            given = max(given, number) + len(whole)
        yield from (line.encode("utf-8", "replace") for line in whole)
    yield rest.encode("utf-8", "replace")


def _piece(line: bytes) -> tuple[str, str] | None:
    """A piece's kind and its text; None where it is none."""
    match _loaded(line):
        case [int() | float(), str(kind), str(text)]:
            return kind, text
    return None


def _loaded(line: bytes) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
