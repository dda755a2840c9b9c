"""The second look: which mendings a log needs, one after another."""

from dataclasses import dataclass, field
from io import BytesIO
from itertools import pairwise

from harness.trace.lines import read_lines
from harness.trace.mending.columns import unfolded
from harness.trace.mending.newest import is_backwards
from harness.trace.mending.paired import unpaired
from harness.trace.mending.parts import in_time, side_by_side
from harness.trace.mending.twice import once
from harness.trace.mending.wrapped import joined
from harness.trace.profile import Profile
from harness.trace.reading.reader import Reader
from harness.trace.reading.survey import survey

_FIRST = 2000  #: lines by which most of it is recognised
_COPIES = 20  #: of one log; each costs a reading of it


@dataclass(slots=True)
class Mended:
    """The lines as the worker wrote them, and by which mendings."""

    lines: list[bytes]
    #: ``cr``, ``wrapped``, ``twice``, ``newest-first``, ``parts``, ``side-by-side``
    by: list[str] = field(default_factory=list)
    #: why nobody can judge: ``maybe-wrapped``, ``maybe-twice``, ``maybe-newest-first``
    doubt: str | None = None
    was: list[int] | None = None  #: where each line stood, from 0, where parts changed places

    def number(self, line: int) -> int:
        """A line's number in the file, by its number among these."""
        if self.was is not None:
            return self.was[line - 1] + 1
        return len(self.lines) + 1 - line if "newest-first" in self.by else line


def second_look(data: bytes, profile: Profile) -> Mended | None:
    """What is the matter with a log; None where nothing of it is."""
    made = Mended(list(read_lines(BytesIO(data))))
    if len(made.lines) == 1 and made.lines[0].count(b"\r") > 1:
        made = Mended(made.lines[0].split(b"\r"), ["cr"])
    reader = Reader(profile, survey(made.lines, profile))
    if whole_rows := unfolded(made.lines, reader):
        made.lines, reader = whole_rows, Reader(profile, survey(whole_rows, profile))
        made.by.append("wrapped")
    elif joined(made.lines[:_FIRST], reader) and (rows := joined(made.lines, reader)):
        whole, proven = rows
        if proven:
            made.lines, reader = whole, Reader(profile, survey(whole, profile))
            made.by.append("wrapped")
        else:
            made.doubt = "maybe-wrapped"
    _keep_one(made, reader)
    backwards, falling = is_backwards(made.lines[:_FIRST], reader)
    if backwards and falling:
        made.lines.reverse()
        made.by.append("newest-first")
    elif backwards and falling is None:
        made.doubt = "maybe-newest-first"
    elif not backwards:
        _put_in_time(made, reader)
    return made if made.by or made.doubt else None


def parts_in_time(data: bytes, profile: Profile) -> Mended | None:
    """The log with its parts in the order of time; None where they are so, or there are none."""
    made = Mended(list(read_lines(BytesIO(data))))
    _put_in_time(made, Reader(profile, survey(made.lines, profile)))
    return made if made.by else None


def _put_in_time(made: Mended, reader: Reader) -> None:
    begins = in_time(made.lines, reader)
    if begins is None:
        _tell_apart(made, reader)
        return
    ends = dict(pairwise([*sorted(begins), len(made.lines)]))
    made.was = [at for begin in begins for at in range(begin, ends[begin])]
    made.lines = [made.lines[at] for at in made.was]
    made.by.append("parts")


def _tell_apart(made: Mended, reader: Reader) -> None:
    """Name the workers whose lines were printed one after another."""
    if begins := side_by_side(made.lines, reader):
        for number, (begin, end) in enumerate(pairwise([*begins, len(made.lines)]), 1):
            name = b"[pod/part-%d] " % number
            made.lines[begin:end] = [name + line for line in made.lines[begin:end]]
        made.by.append("side-by-side")


def _keep_one(made: Mended, reader: Reader) -> None:
    """Drop each copy that stamps prove to be one; where another comes again, nobody can judge."""
    for _ in range(_COPIES):
        copy = once(made.lines, reader) or unpaired(made.lines, reader)
        if copy is None:
            return
        kept, proven = copy
        if not proven:
            break
        made.lines = kept
        if "twice" not in made.by:
            made.by.append("twice")
    made.doubt = "maybe-twice"
