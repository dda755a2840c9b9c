"""A letter's body as mail carries it: quoted-printable, its lines broken at 76 columns by ``=``, or
a few more, as some libraries count them.
"""

from collections.abc import Iterable, Iterator

_WIDEST = 80
_WIDTH = 74  #: of most broken lines, at least
_LEAST = 3  #: lines that must be broken so
_MOST_PIECES = 200


def is_letter(lines: list[bytes]) -> bool:
    """Whether the log begins so."""
    broken = sum(line.endswith(b"=") and len(line) >= _WIDTH for line in lines)
    return broken >= _LEAST and all(len(line) <= _WIDEST for line in lines if line.endswith(b"="))


def letter_lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines whole again, empty ones in place of their rests."""
    held: list[bytes] = []
    for line in lines:
        held.append(line)
        if line.endswith(b"=") and len(held) < _MOST_PIECES:
            continue
        yield from _whole(held)
        held = []
    yield from _whole(held)


def _whole(pieces: list[bytes]) -> Iterator[bytes]:
    import quopri

    if pieces:
        yield quopri.decodestring(b"\n".join(pieces)).replace(b"\n", b" ")
        yield from [b""] * (len(pieces) - 1)
