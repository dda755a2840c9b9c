"""A log that stands in a file twice: appended to itself, or saved again when it had grown."""

from itertools import islice

from harness.trace.reading.reader import Reader

_LEAST = 6  #: events that must come again; of fewer, the stamps must prove it
_ONE_JOB = 3  #: events
_FARTHEST = 200  #: lines before the first event
_TRIES = 50
_READ = 1000  #: lines that are asked for stamps


def once(lines: list[bytes], reader: Reader) -> tuple[list[bytes], bool] | None:
    """The log once, and whether stamps prove that it was copied; None where it does not come
    again. Empty lines stand in place of what is dropped.
    """
    begin = next((at for at, line in enumerate(lines) if line.strip()), 0)
    kept = _once([line.rstrip() for line in lines[begin:]], reader)
    return ([b""] * begin + kept[0], kept[1]) if kept else None


def _once(lines: list[bytes], reader: Reader) -> tuple[list[bytes], bool] | None:
    first = next((at for at, line in enumerate(lines) if reader.read(line) is not None), None)
    if first is None or first > _FARTHEST:
        return None
    head = lines[: first + 1]
    again = (at for at in range(2 * first + 1, len(lines)) if lines[at] == head[-1])
    for at in islice(again, _TRIES):
        if lines[at - first : at + 1] == head and (kept := _copied(lines, at - first, reader)):
            return kept
    return None


def _copied(lines: list[bytes], start: int, reader: Reader) -> tuple[list[bytes], bool] | None:
    first, second = lines[:start], lines[start:]
    shared = min(len(first), len(second))
    while first and not first[-1] and shared == len(first):  # an empty line between the copies
        first = first[:-1]
        shared = min(len(first), len(second))
    if first[:shared] != second[:shared]:
        return None
    events = [event for line in first[:shared][:_READ] if (event := reader.read(line)) is not None]
    is_proven = all(event.stamp for event in events) and _goes_back(first, reader)
    if len(events) < (_ONE_JOB if is_proven else _LEAST):
        return None
    kept = (
        [b""] * start + second
        if len(second) > len(first)
        else first + [b""] * (len(lines) - len(first))
    )
    return kept, is_proven


def _goes_back(lines: list[bytes], reader: Reader) -> bool:
    """Whether time goes back where the copy begins: it does not where a worker did its jobs again
    within one second.
    """
    first, last = (
        next((event.time for line in way if (event := reader.read(line)) is not None), None)
        for way in (lines, reversed(lines))
    )
    return first is not None and last is not None and last > first
