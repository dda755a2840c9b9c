"""What a logger puts behind each line (a worker's name, fields, a closing bracket), learnt from a
log.

A status line ends with its job's id: what follows it there, in one form, is a tail if receipts and
results end in the same form.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from harness.trace.profile import Kind, Profile
from harness.trace.reading.learning import Carried, Shape, shape_source, worker_places
from harness.trace.reading.tidying import tidied, unglued
from harness.trace.wording import needed_words

_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_GLUED = re.compile(r"[\w./@+~-]")
_LEAST = 2  #: status lines
_SHARE = 0.9  #: of the lines of each kind
_LONGEST = 160
_ENOUGH = 40  #: status lines
_ENDS = (Kind.RECEIVED, Kind.COMPLETED)


def learnt_tail(texts: Iterable[str], profile: Profile) -> Shape | None:
    """What stands behind all the events of a log; None where nothing does."""
    patterns = dict(profile.patterns)
    status = patterns.get(Kind.PROCESSING)
    ends = [needed_words(patterns[kind].pattern) for kind in _ENDS if kind in patterns]
    if status is None or len(ends) < len(_ENDS) or not all(ends):
        return None
    others: dict[str, list[str]] = {word: [] for word in ends if word}
    tails: list[Carried] = []
    for text in texts:
        # An echo of SQL has the word, too, and is no event.
        if (event := status.search(text)) and (match := _ID.search(text, event.start())):
            tail = text[match.end() :].rstrip()
            tails.append(Carried(prefix=tail, kind=Kind.PROCESSING, job=_key(match[0])))
        for word, lines in others.items():
            if word in text:
                lines.append(text.rstrip())
        if len(tails) >= _ENOUGH:
            break
    return _shared(tails, others)


def _shared(tails: list[Carried], others: dict[str, list[str]]) -> Shape | None:
    """The one form of the tails, if the other lines have it, too."""
    forms = {shape_source(tail.prefix) for tail in tails}
    if len(tails) < _LEAST or len(forms) != 1 or any(len(tail.prefix) > _LONGEST for tail in tails):
        return None
    source = forms.pop()
    if not any(unglued(tidied(tail.prefix)) for tail in tails):
        return None  # markup, which any reader takes off
    if any(_GLUED.match(tail.prefix) for tail in tails):
        return None  # behind a path it could not be told from it
    at_end = Shape(re.compile(f"{source}$"))
    alike = all(
        lines and sum(at_end.ends(line) is not None for line in lines) >= _SHARE * len(lines)
        for lines in others.values()
    )
    carried = [*tails, *(tail for lines in others.values() for tail in _told(lines, at_end))]
    return replace(at_end, streams=worker_places(re.compile(source), carried)) if alike else None


def _told(lines: list[str], at_end: Shape) -> Iterator[Carried]:
    """The tails of receipts and results, and whose they are."""
    for line in lines:
        job, parts = _ID.search(line), at_end.ends(line)
        if job and parts:
            yield Carried(prefix=line[len(parts[0]) :], kind="", job=_key(job[0]))


def _key(job: str) -> str:
    return job.replace("-", "").lower()
