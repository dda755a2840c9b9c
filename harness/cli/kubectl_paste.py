"""A log pasted from ``kubectl logs`` that does not say which pod spoke, or shows the end alone.

``-l app=worker`` without ``--prefix`` prints the pods one after another, which reads as one worker
that took jobs out of order; with a label it also shows the last ten lines of each pod only. Neither
is the worker's fault: such a log is told of, not judged. Pure.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from harness.trace import Event, Judge, Kind, Profile, Verdict

_TAIL = 10  #: lines that a label selector gives of each pod
_PODS = 8  #: whose lines stand one below the other
_JOBS = 3  #: of each, at least
_ONE_OF = re.compile(rb"Found (\d+) pods, using pod/")
_END_TO_END = {"fifo", "overlap"}  #: what several pods in one stream break
_CUT_OFF = {"phantom", "order", "missing-step", "lost", "fifo", "overlap"}


def complaint(
    log: bytes, verdict: Verdict, profile: Profile, submitted: Sequence[str]
) -> str | None:
    """The reference of what ``kubectl logs`` lacked to be judged; None where the verdict stands.

    ``log``: the whole log; ``submitted`` may be empty.
    """
    if verdict.ok is not False:
        return None
    broken = {violation.rule for violation in verdict.violations}
    match = _ONE_OF.search(log)
    if match and int(match[1]) > 1 and "lost" in broken:
        return "kubectl-one"
    lines = log.splitlines(keepends=True)
    events = _events(lines, profile)
    if _is_tail(lines, events) and broken <= _CUT_OFF:
        return "kubectl-tail"
    if broken & _END_TO_END and reads_as_pods(events, submitted):
        return "kubectl-prefix"
    return None


def reads_as_pods(events: Sequence[Event], submitted: Sequence[str]) -> bool:
    """Whether one stream is several workers end to end: order breaks where a worker starts, and
    nowhere else.
    """
    if {event.stream for event in events} != {""}:
        return False
    places = {job_id.lower(): place for place, job_id in enumerate(submitted)}
    return any(_are_pods(parts, places) for parts in (_by_start(events), _by_place(events, places)))


def _are_pods(parts: Sequence[Sequence[Event]], places: Mapping[str, int]) -> bool:
    return (
        len(parts) > 1
        and all(_rises(part, places) for part in parts)
        and not _rises([event for part in parts for event in part], places)
    )


def _events(lines: Iterable[bytes], profile: Profile) -> list[Event]:
    judge = Judge(profile)
    return [seen.event for seen in map(judge.feed, lines) if seen.event is not None]


def _by_start(events: Sequence[Event]) -> list[list[Event]]:
    parts: list[list[Event]] = [[]]
    for event in events:
        if event.kind is Kind.STARTED and parts[-1]:
            parts.append([])
        parts[-1].append(event)
    return [part for part in parts if part]


def _by_place(events: Sequence[Event], places: Mapping[str, int]) -> list[list[Event]]:
    """Parts that begin where the order of submission falls back; none where they are too short or
    too many to be pods, or too few jobs stand out of turn.
    """
    parts: list[list[Event]] = [[]]
    last, most, late = -1, -1, 0
    for event in events:
        place = places.get(event.job_id or "") if event.kind is Kind.RECEIVED else None
        if place is not None:
            if place < last:
                parts.append([])
            last, most = place, max(most, place)
            late += place < most
        parts[-1].append(event)
    jobs = [sum(event.kind is Kind.RECEIVED for event in part) for part in parts]
    return parts if len(parts) <= _PODS and min(jobs) >= _JOBS and late >= _JOBS else []


def _rises(events: Sequence[Event], places: Mapping[str, int]) -> bool:
    """Whether time and the order of submission go forward, as far as either is known."""
    times = [event.time for event in events if event.time is not None]
    taken = [
        places[event.job_id or ""]
        for event in events
        if event.kind is Kind.RECEIVED and event.job_id in places
    ]
    return times == sorted(times) and taken == sorted(taken)


def _is_tail(lines: Sequence[bytes], events: Sequence[Event]) -> bool:
    """Whether each pod has exactly its last ten lines here, and the first of them stands in the
    middle.
    """
    if not events or events[0].kind is Kind.STARTED or not lines[0].strip():
        return False  # a report begins with what is no line of the log
    by_pod: dict[str, int] = {}
    for line in lines:
        prefix = re.match(rb"\[pod/[^\]]+\] ", line)
        name = prefix[0].decode("utf-8", "replace") if prefix else ""
        by_pod[name] = by_pod.get(name, 0) + 1
    if "" in by_pod:
        return len(by_pod) == 1 and by_pod[""] % _TAIL == 0
    return max(by_pod.values()) == _TAIL
