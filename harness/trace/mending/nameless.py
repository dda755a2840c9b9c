"""Workers that started together and wrote into one log without a name: nobody can tell whose jobs
overlap.
"""

from collections import Counter
from collections.abc import Sequence

from harness.trace.profile import Kind
from harness.trace.reading.reader import Reader

_FIRST = 2000  #: lines among which several must have started

Span = tuple[int, int]


def started_together(lines: Sequence[bytes], reader: Reader) -> set[str]:
    """The streams in which several banners stand before the first job, and no more jobs are open at
    once than that.
    """
    started: Counter[str] = Counter()
    spans: dict[str, dict[str, Span]] = {}
    for number, line in enumerate(lines):
        if number == _FIRST and max(started.values(), default=0) < 2:
            return set()
        parsed = reader.read(line)
        if parsed is None:
            continue
        if parsed.kind is Kind.STARTED and parsed.stream not in spans:
            started[parsed.stream] += 1
        elif parsed.job is not None:
            own = spans.setdefault(parsed.stream, {})
            begun, _ = own.get(parsed.job.key, (number, number))
            own[parsed.job.key] = (begun, number)
    return {
        name
        for name, many in started.items()
        if many > 1 and _at_once(list(spans.get(name, {}).values())) <= many
    }


def _at_once(spans: list[Span]) -> int:
    """How many of them have a line in common, at most."""
    steps = sorted([(begun, 1) for begun, _ in spans] + [(ended, -1) for _, ended in spans])
    most = now = 0
    for _, step in steps:
        now += step
        most = max(most, now)
    return most
