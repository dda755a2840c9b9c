"""A log in which each event stands twice in a row: a logger with two handlers, a console that is
shown twice.
"""

from collections.abc import Sequence

from harness.trace.events import Parsed
from harness.trace.reading.reader import Reader

_LEAST = 6  #: pairs


def unpaired(lines: Sequence[bytes], reader: Reader) -> tuple[list[bytes], bool] | None:
    """The log with one line of each pair, an empty one in place of the other, and whether their
    times prove that they are one event; None where not every event is paired.
    """
    events = [
        (at, event) for at, line in enumerate(lines) if (event := reader.read(line)) is not None
    ]
    of_jobs = [(at, event) for at, event in events if event.job is not None]
    pairs = list(zip(of_jobs[::2], of_jobs[1::2], strict=False))
    if len(pairs) < _LEAST or len(of_jobs) % 2:
        return None
    if not all(_is_one(first, second) for (_, first), (_, second) in pairs):
        return None
    kept = list(lines)
    for (_, _), (again, _) in pairs:
        kept[again] = b""
    return kept, all(
        _is_exact(event) and lines[at] == lines[copy] for (at, event), (copy, _) in pairs
    )


def _is_one(one: Parsed, two: Parsed) -> bool:
    return (one.kind, one.job, one.text, one.stream) == (two.kind, two.job, two.text, two.stream)


def _is_exact(event: Parsed) -> bool:
    """Whether its time is so exact that no second event has it by chance."""
    return event.stamp is not None and "." in event.stamp
