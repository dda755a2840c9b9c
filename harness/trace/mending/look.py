"""The second look: which mendings a log needs, one after another."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import pairwise

from harness.trace.lines import read_lines
from harness.trace.mending.columns import unfolded
from harness.trace.mending.copies import without_copies
from harness.trace.mending.margins import without_margin
from harness.trace.mending.merged import by_time
from harness.trace.mending.messages import in_one, is_in_messages
from harness.trace.mending.newest import is_backwards
from harness.trace.mending.pages import without_pages
from harness.trace.mending.paired import unpaired
from harness.trace.mending.parts import in_time, side_by_side
from harness.trace.mending.twice import once
from harness.trace.mending.wrapped import joined, roughly_joined
from harness.trace.profile import Profile
from harness.trace.reading.reader import Reader
from harness.trace.reading.survey import survey

_FIRST = 2000  #: lines by which most of it is recognised
_COPIES = 20  #: of one log; each costs a reading of it
_EITHER_WAY = ("maybe-twice", "maybe-doubled", "maybe-parts")


@dataclass(slots=True)
class Mended:
    """The lines as the worker wrote them, and by which mendings."""

    lines: list[bytes]
    #: ``cr``, ``messages``, ``pages``, ``wrapped``, ``twice``, ``doubled``, ``copies``,
    #: ``newest-first``, ``parts``, ``side-by-side``, ``merged``
    by: list[str] = field(default_factory=list)
    #: why nobody can judge: ``maybe-wrapped``, ``maybe-newest-first``; or why these lines may be
    #: the log or not: ``maybe-twice``, ``maybe-doubled``, ``maybe-parts``
    doubt: str | None = None
    was: list[int] | None = None  #: where each line stood, from 0, where they have changed places

    @property
    def may_be_so(self) -> bool:
        """Whether the log may have been these lines, or what it is."""
        return self.doubt in _EITHER_WAY

    def note(self, by: str, *, is_proven: bool) -> None:
        """Say by which mending the lines were made, or that they may be so."""
        if not is_proven:
            self.doubt = self.doubt or ("maybe-doubled" if by == "doubled" else "maybe-twice")
        elif by not in self.by:
            self.by.append(by)

    def put(self, order: Sequence[int]) -> None:
        """Put the lines in this order, by where they stand now."""
        self.lines = [self.lines[at] for at in order]
        self.was = [at if self.was is None else self.was[at] for at in order]

    def number(self, line: int) -> int:
        """A line's number in the file, by its number among these."""
        return line if self.was is None else self.was[line - 1] + 1


def second_look(data: bytes, profile: Profile) -> Mended | None:
    """What is the matter with a log; None where nothing of it is."""
    made = Mended(list(read_lines(BytesIO(data))))
    if len(made.lines) == 1 and made.lines[0].count(b"\r") > 1:
        made = Mended(made.lines[0].split(b"\r"), ["cr"])
    _join_messages(made, data, profile)
    made, reader = _unbroken(made, profile)
    _keep_one(made, reader)
    backwards, falling = is_backwards(made.lines[:_FIRST], reader)
    if backwards and falling:
        made.put(range(len(made.lines))[::-1])
        made.by.append("newest-first")
    elif backwards and falling is None:
        made.doubt = "maybe-newest-first"
    _drop_copies(made, reader)
    if not backwards:
        _put_in_time(made, reader)
    return made if made.by or made.doubt else None


def _join_messages(made: Mended, data: bytes, profile: Profile) -> None:
    """Make lines whole that were cut between two messages."""
    if not is_in_messages(data):
        return
    if whole := in_one(made.lines, Reader(profile, survey(made.lines, profile))):
        made.lines = whole
        made.by.append("messages")


def _unbroken(made: Mended, profile: Profile) -> tuple[Mended, Reader]:
    """The log with its broken lines whole, and who reads it: without what stands around its rows or
    between them, where that was in the way.
    """
    bare = without_margin(made.lines)
    for lines in [bare, made.lines] if bare else [made.lines]:
        rows = Mended(lines, [*made.by])
        own = without_pages(lines)
        paged = Mended([lines[at] for at in own], [*made.by, "pages"], was=own) if own else None
        for tried in [paged, rows] if paged else [rows]:
            reader = _join(tried, profile)
            if "wrapped" in tried.by or tried.doubt:  # else it was numbers of another kind
                return tried, reader
    return rows, reader


def _join(made: Mended, profile: Profile) -> Reader:
    """Make broken lines whole; who reads them."""
    reader = _reader_of(made.lines, profile)
    if whole := unfolded(made.lines, reader):
        return _whole(made, whole, profile)
    if joined(made.lines[:_FIRST], reader) and (rows := joined(made.lines, reader)):
        whole, proven = rows
        if proven:
            return _whole(made, whole, profile)
        made.doubt = "maybe-wrapped"
    return reader


def _whole(made: Mended, lines: list[bytes], profile: Profile) -> Reader:
    made.lines = lines
    made.by.append("wrapped")
    return Reader(profile, survey(lines, profile))


def _reader_of(lines: list[bytes], profile: Profile) -> Reader:
    """Whoever reads any event of these lines, or, where they are broken, would read it of whole
    ones.
    """
    reader = Reader(profile, survey(lines, profile))
    if any(reader.read(line) for line in lines[:_FIRST]):
        return reader
    return Reader(profile, survey(roughly_joined(lines[:_FIRST]), profile))


def light_look(
    data: bytes, profile: Profile, *, copied: Sequence[int], is_out_of_turn: bool
) -> Mended | None:
    """What is the matter with a log of which most jobs are sound: parts of it that stand in it
    again, around these lines (from 1), or in another order than that of time. None where nothing
    is.
    """
    made = Mended(list(read_lines(BytesIO(data))))
    _join_messages(made, data, profile)
    reader = Reader(profile, survey(made.lines, profile))
    if copied:
        _drop_copies(made, reader, [line - 1 for line in copied])
    if is_out_of_turn:
        _put_in_time(made, reader)
    elif copied and not (made.by or made.doubt):
        _merge(made, reader)
    return made if made.by or made.doubt else None


def _put_in_time(made: Mended, reader: Reader) -> None:
    found = in_time(made.lines, reader)
    if found is None:
        if not _merge(made, reader):
            _tell_apart(made, reader)
        return
    begins, is_certain = found
    if not is_certain:
        made.doubt = made.doubt or "maybe-parts"
    ends = dict(pairwise([*sorted(begins), len(made.lines)]))
    order = [at for begin in begins for at in range(begin, ends[begin])]
    made.put(order)
    made.by.append("parts")


def _merge(made: Mended, reader: Reader) -> bool:
    """Put the lines of several named workers in order; whether they were not."""
    order = by_time(made.lines, reader)
    if order is not None:
        made.put(order)
        made.by.append("merged")
    return order is not None


def _tell_apart(made: Mended, reader: Reader) -> None:
    """Name the workers whose lines were printed one after another."""
    if begins := side_by_side(made.lines, reader):
        for number, (begin, end) in enumerate(pairwise([*begins, len(made.lines)]), 1):
            name = b"[pod/part-%d] " % number
            made.lines[begin:end] = [name + line for line in made.lines[begin:end]]
        made.by.append("side-by-side")


def _keep_one(made: Mended, reader: Reader) -> None:
    """Drop each copy of the log; where nothing proves it to be one, nobody can judge."""
    for _ in range(_COPIES):
        if copy := once(made.lines, reader):
            by = "twice"
        elif copy := unpaired(made.lines, reader):
            by = "doubled"
        else:
            return
        made.lines, is_proven = copy
        made.note(by, is_proven=is_proven)
        if not is_proven:
            return
    made.doubt = "maybe-twice"


def _drop_copies(made: Mended, reader: Reader, near: Sequence[int] = ()) -> None:
    """Drop the copies of parts of the log."""
    if copy := without_copies(made.lines, reader, near):
        made.lines, is_proven = copy
        made.note("copies", is_proven=is_proven)
