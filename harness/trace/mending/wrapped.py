"""Lines that a console broke at its width, or an editor at a space: joined again."""

from collections import Counter

from harness.trace.reading.reader import Reader

_MOST_PIECES = 5
_WIDEST = 400
_LEAST = 2  #: lines that must come out whole by it


def joined(lines: list[bytes], reader: Reader) -> list[bytes] | None:
    """The lines whole again, empty ones in place of their rests; None where they were not
    broken.
    """
    width = _width(lines)
    made = list(lines)
    healed = at = 0
    while at < len(made):
        many = _pieces(made, at, reader, width)
        if many > 1:
            glue = b"" if len(made[at].decode("utf-8", "replace")) == width else b" "
            made[at : at + many] = [_glued(made, at, many, glue), *[b""] * (many - 1)]
            healed += 1
        at += many
    return made if healed >= _LEAST else None


def _width(lines: list[bytes]) -> int:
    """The length that many lines have and none exceeds; 0 where there is none."""
    sizes = Counter(len(line.decode("utf-8", "replace")) for line in lines)
    most = max(sizes, default=0)
    return most if most <= _WIDEST and sizes[most] * 8 >= len(lines) else 0


def _pieces(lines: list[bytes], at: int, reader: Reader, width: int) -> int:
    """How many lines from here are one; 1 where the line is whole."""
    whole = _is_good(lines[at], reader)
    best = 1
    for many in range(2, _MOST_PIECES + 1):
        if at + many > len(lines) or _is_event(lines[at + many - 1], reader):
            break
        full = len(lines[at + many - 2].decode("utf-8", "replace")) == width
        if whole and not full:
            break
        if _is_good(_glued(lines, at, many, b"" if full else b" "), reader):
            best = many
            whole = True
        elif whole:
            break
    return best


def _glued(lines: list[bytes], at: int, many: int, glue: bytes) -> bytes:
    return glue.join(lines[at : at + many])


def _is_event(line: bytes, reader: Reader) -> bool:
    return reader.read(line) is not None


def _is_good(line: bytes, reader: Reader) -> bool:
    parsed = reader.read(line)
    return parsed is not None and parsed.fault is None and parsed.job is not None
