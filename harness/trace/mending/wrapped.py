"""Lines that a console broke at its width, or an editor at a space: joined again.

A line of noise below a malformed line looks like the rest of it. So a line counts as broken only
where it had to be: a console's piece is as long as the log is wide, and below an editor's stands a
word for which there was no room. Even that may be chance where all lines of one kind are equally
long: proven is a width at which lines of several kinds were broken.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from harness.trace.decorations import undecorated
from harness.trace.events import Parsed
from harness.trace.profile import Kind
from harness.trace.reading.reader import Reader

_MOST_PIECES = 5
_MOST_OF_RECORD = 60  #: pieces of a line that holds an object, with a whole traceback in it perhaps
_WIDEST = 400
_LEAST = 2  #: lines that must come out whole by it; one in a short log is a doubt
_SHORT = 16  #: lines
_KINDS = 2  #: of lines that share the width
_RARE = 10  #: a kind of which there are so many times fewer may have the length by chance


@dataclass(frozen=True, slots=True, kw_only=True)
class _Width:
    """How wide the log was made: its lines cut there, or at a space before."""

    columns: int
    cut: bool
    cuts_words: bool  #: that are longer than a row

    def is_full(self, piece: bytes) -> bool:
        """Whether a piece was cut within a word."""
        is_cut = self.cut or (self.cuts_words and b" " not in piece)
        return is_cut and _size(piece) == self.columns

    def may_end(self, piece: bytes) -> bool:
        """Whether a line may as well have ended by this piece: a word longer than the row."""
        return not self.cut and b" " not in piece.strip() and _size(piece) >= self.columns

    def glue(self, piece: bytes, rest: bytes) -> bytes | None:
        """What stood between a piece and the rest; None where nothing forced a break there."""
        if self.is_full(piece):
            return b""
        if self.cut:  # a console's copy loses the space at the end of a row
            is_lost = _size(piece) == self.columns - 1 and not rest.startswith(b" ")
            return b" " if is_lost else None
        word = next(iter(rest.split()), b"")
        if _size(piece.rstrip()) + 1 + _size(word) <= self.columns:
            return None
        return b"" if piece.endswith(b" ") else b" "  # fold -s leaves the space where it was


class _Found(NamedTuple):
    """A line of ``many`` pieces, and whether it surely has no more or fewer of them."""

    many: int
    text: bytes
    kind: Kind | None
    was_bad: bool  #: the first piece alone says nothing, or too little
    is_sure: bool = True


def joined(lines: list[bytes], reader: Reader) -> tuple[list[bytes], bool] | None:
    """The lines whole again, empty ones in place of their rests, and whether it is proven that
    they were broken; None where they were not.
    """
    tried = [(width, *by) for width in _widths(lines) if (by := _by(lines, reader, width))]
    if not tried:
        return None
    several = len({tuple(made) for _, made, _ in tried}) > 1
    for width, made, is_proven in tried:
        # Where widths differ in what they join, an editor's that cuts words is a mere guess.
        is_guess = several and width.cuts_words and not width.cut
        if is_proven and not is_guess and all(_explains(made, two, lines) for _, two, _ in tried):
            return made, True
    return tried[0][1], False


def roughly_joined(lines: list[bytes]) -> list[bytes]:
    """Each line as long as the longest with the next one: which prefix they have can be seen in
    that, and nothing else.
    """
    most = max(map(_size, lines), default=0)
    whole: list[bytes] = []
    is_open = False
    for line in lines:
        if is_open:
            whole[-1] += line
        else:
            whole.append(line)
        is_open = 1 < most <= _WIDEST and _size(line) == most
    return whole


def _explains(made: list[bytes], other: list[bytes], lines: list[bytes]) -> bool:
    """Whether all that the other joined is joined here too, but for spaces."""
    return all(
        two == line or b"".join(one.split()) == b"".join(two.split())
        for one, two, line in zip(made, other, lines, strict=True)
    )


def _by(lines: list[bytes], reader: Reader, width: _Width) -> tuple[list[bytes], bool] | None:
    wholes = list(_whole(lines, reader, width))
    made_whole = sum(whole.was_bad and whole.many > 1 for whole in wholes)
    if made_whole < (1 if len(lines) <= _SHORT else _LEAST):
        return None
    broken = [whole for whole in wholes if whole.many > 1]
    kinds = Counter(whole.kind for whole in broken)
    if width.cut:  # rows within a long line, and those of noise
        kinds[None] += sum(_size(line) == width.columns for line in _noise(lines, reader))
    shared = [kind for kind, many in kinds.items() if many * _RARE >= len(broken)]
    made = [line for whole in wholes for line in (whole.text, *[b""] * (whole.many - 1))]
    is_proven = made_whole >= _LEAST and len(shared) >= _KINDS
    return made, is_proven and all(whole.is_sure for whole in wholes)


def _noise(lines: list[bytes], reader: Reader) -> Iterator[bytes]:
    return (line for line in lines if reader.read(line) is None)


def _widths(lines: list[bytes]) -> Iterator[_Width]:
    """The widths that the log may have been made to: a console's, which many lines have and none
    exceeds; an editor's, which nothing exceeds, or only a longer word.
    """
    sizes = Counter(_size(line) for line in lines)
    most = max(sizes, default=0)
    if 1 < most <= _WIDEST:
        if sizes[most] * 8 >= len(lines):
            yield _Width(columns=most, cut=True, cuts_words=True)
        yield _Width(columns=most, cut=False, cuts_words=True)
    spaced = max((_size(line) for line in map(bytes.rstrip, lines) if b" " in line), default=0)
    if 1 < spaced < min(most - 1, _WIDEST):  # fold -s counts the space at a row's end
        yield _Width(columns=spaced, cut=False, cuts_words=False)


def _whole(lines: list[bytes], reader: Reader, width: _Width) -> Iterator[_Found]:
    at = 0
    while at < len(lines):
        whole = _one(lines, at, reader, width)
        yield whole
        at += whole.many


def _one(lines: list[bytes], at: int, reader: Reader, width: _Width) -> _Found:
    """The line that begins here: with as many pieces as make it whole, and more of a console's."""
    text, alone = lines[at], _good(lines[at], reader)
    best = _Found(1, text, alone.kind if alone else None, alone is None)
    known = alone
    most = _MOST_OF_RECORD if b"{" in lines[at] else _MOST_PIECES
    for many in range(2, most + 1):
        if at + many > len(lines) or not _is_rest(lines[at + many - 1], reader):
            break
        if many == _MOST_PIECES + 1 and not _may_tell(text, reader):
            break
        piece, rest = lines[at + many - 2 : at + many]
        glue = width.glue(piece, rest)
        if glue is None or (known and not width.is_full(piece)):
            break
        text += glue + rest
        parsed = _good(text, reader)
        if parsed is not None and known and _is_doubtful(known, rest):
            return best._replace(is_sure=False)
        if parsed is not None and not known and width.may_end(piece):
            return best._replace(is_sure=False)
        if parsed is None and known:
            break
        if parsed is not None:
            best, known = _Found(many, text, parsed.kind, alone is None), parsed
    is_left = not known and text != lines[at] and reader.read(lines[at]) is not None
    return best._replace(is_sure=width.cut or not is_left)  # an editor may break otherwise


def _may_tell(text: bytes, reader: Reader) -> bool:
    """Whether an event's words stand somewhere in the text."""
    return any(word.encode() in text for word in reader.needed_words or ())


def _is_doubtful(whole: Parsed, rest: bytes) -> bool:
    """Whether a rest is no part of a path that might have ended before it."""
    return whole.path is not None and len(rest.split()) > 1


def _is_rest(line: bytes, reader: Reader) -> bool:
    """Whether a line has nothing of its own: no event, time, stream, nor any other decoration."""
    text = line.decode("utf-8", "replace")
    bare = undecorated(text).text
    dressed = any(shape.match(bare) for shape in reader.dress.shapes)
    return bool(bare) and bare == text.strip() and not dressed and reader.read(line) is None


def _good(line: bytes, reader: Reader) -> Parsed | None:
    parsed = reader.read(line)
    return parsed if parsed and parsed.fault is None and parsed.job is not None else None


def _size(line: bytes) -> int:
    """Its length in characters."""
    return len(line.decode("utf-8", "replace"))
