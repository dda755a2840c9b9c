"""What a service's log says of its end: the last traceback, panic or compiler's complaint in it.

A log is a stranger's text: its last part is read, line by line, each cut short and without control
characters.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from harness.grade.finding.patterns import TraceForm, patterns

_TAIL = 64 * 1024  #: bytes of a log: the end says what happened
_LONGEST = 500  #: characters of one line
_FRAMES = 200  #: lines of one traceback
_REPLICA = re.compile(r"^\S{1,80} {1,4}\| ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A place in code, as a log names it."""

    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """An error as a program told it."""

    error: str  #: its last words: kind and text
    frames: tuple[Frame, ...]  #: the one nearest to the error first


def log_lines(log: bytes) -> list[str]:
    """The last lines of a log as they may be shown."""
    text = log[-_TAIL:].decode("utf-8", "replace").replace("\r\n", "\n")
    return [_REPLICA.sub("", shown(line)) for line in text.split("\n")]


def shown(text: str) -> str:
    """One line of a stranger's text: no control and direction characters, cut short."""
    kept = "".join(char if char.isprintable() else " " for char in text[:_LONGEST])
    return kept.rstrip()


def last_trace(lines: Sequence[str]) -> Trace | None:
    """The last error that the log tells with its place; None where there is none."""
    for at in range(len(lines) - 1, -1, -1):
        for form in patterns().forms:
            if form.starts.match(lines[at]):
                trace = _trace(lines, _first_line(lines, at, form), form)
                if trace is not None and (trace.frames or trace.error.startswith("panic")):
                    return trace
    return None


def _first_line(lines: Sequence[str], at: int, form: TraceForm) -> int:
    """Where the traceback of this line begins: a frame further up may be its first line, too. A
    compiler's first complaint explains the others. A line that is the error itself begins it: what
    stands above is another error, or a plain line that looks like one."""
    if "kind" in form.starts.groupindex:
        return at
    before = list(range(max(0, at - _FRAMES), at))
    for place in reversed(before):
        line = lines[place]
        if not (form.starts.match(line) or line.startswith(" ")):
            break
        if form.starts.match(line):
            at = place
    return at


def _trace(lines: Sequence[str], at: int, form: TraceForm) -> Trace | None:
    frames, error = [], "" if form.ends else _words(form.starts.match(lines[at]))
    own = form.starts.match(lines[at])
    if own is not None and "file" in own.groupdict():
        return Trace(error=error, frames=(Frame(file=own["file"], line=int(own["line"])),))
    for line in lines[at : at + _FRAMES]:
        if frame := form.frame.match(line):
            frames.append(Frame(file=frame["file"], line=int(frame["line"])))
        elif form.ends and frames and (end := form.ends.match(line)):
            error = _words(end)
            break
    if not error:
        return None
    return Trace(error=error, frames=tuple(reversed(frames) if form.nearest_last else frames))


def _words(match: re.Match[str] | None) -> str:
    """Kind and text of an error in one line."""
    groups = match.groupdict() if match else {}
    return ": ".join(part for part in (groups.get("kind"), groups.get("text")) if part)
