"""A log that stands in a file twice: appended to itself, or saved again when it had grown."""

from itertools import islice

from harness.trace.mending.clocks import clock_of, has_fallen
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
    read = [(line, reader.read(line)) for line in first[:shared][:_READ]]
    events = [(line, event) for line, event in read if event is not None]
    has_stamps = all(event.stamp for _, event in events)
    is_proven = (has_stamps and _goes_back(first, reader)) or _clocks_go_back(
        [line for line, _ in events]
    )
    if len(events) < (_ONE_JOB if is_proven else _LEAST):
        return None
    kept = (
        [b""] * start + second
        if len(second) > len(first)
        else first + [b""] * (len(lines) - len(first))
    )
    return kept, is_proven


def _clocks_go_back(lines: list[bytes]) -> bool:
    """The same by times of day, which each of these lines has."""
    clocks = [clock_of(line.decode("utf-8", "replace")) for line in lines]
    known = [clock for clock in clocks if clock is not None]
    return len(known) == len(lines) > 0 and has_fallen(known[-1], known[0])


def _goes_back(lines: list[bytes], reader: Reader) -> bool:
    """Whether time goes back where the copy begins: it does not where a worker did its jobs again
    within one second.
    """
    first, last = (
        next((event.time for line in way if (event := reader.read(line)) is not None), None)
        for way in (lines, reversed(lines))
    )
    return first is not None and last is not None and last > first
