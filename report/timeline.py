"""All jobs of a demonstration on one time axis: geometry for a drawing, from measured times
alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from report.documents import Run
from report.story import ReportedJob

WIDTH, LEFT, ROW, TOP = 960, 150, 26, 34
_NICE_MS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 60000)
_MOST_TICKS = 9
#: A bar's name, the step at which it begins, those at which it may end.
_BARS = (
    ("request", "sent", ("answered",)),
    ("queue", "answered", ("received",)),
    ("start", "received", ("processing",)),
    ("work", "processing", ("completed", "failed")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One stretch of a job's way."""

    name: str
    x: float
    width: float
    ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One job."""

    job: ReportedJob
    y: int
    bars: tuple[Bar, ...]
    end: float  #: x of its last bar's end


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The whole drawing: lengths are of the drawing's own units, ticks (x, milliseconds)."""

    width: int
    height: int
    left: int
    lanes: tuple[Lane, ...]
    ticks: tuple[tuple[float, int], ...]


def timeline(run: Run, jobs: Sequence[ReportedJob]) -> Timeline | None:
    """The drawing; None where there is nothing to draw."""
    if run.demo is None or not jobs:
        return None
    sent = [datetime.fromisoformat(entry["sent"]).timestamp() * 1000 for entry in run.demo["jobs"]]
    starts = [moment - min(sent) for moment in sent]
    ends = [start + max([*job.ms.values(), 0.0]) for start, job in zip(starts, jobs, strict=True)]
    whole = max([*ends, 1.0])
    scale = (WIDTH - LEFT - 60) / whole
    lanes = tuple(
        _lane(job, TOP + ROW * index, start, scale)
        for index, (job, start) in enumerate(zip(jobs, starts, strict=True))
    )
    step = next((ms for ms in _NICE_MS if whole / ms <= _MOST_TICKS), _NICE_MS[-1])
    ticks = tuple((LEFT + at * scale, at) for at in range(0, int(whole) + 1, step))
    height = TOP + ROW * len(jobs) + 8
    return Timeline(width=WIDTH, height=height, left=LEFT, lanes=lanes, ticks=ticks)


def _lane(job: ReportedJob, y: int, start: float, scale: float) -> Lane:
    times = {"sent": 0.0, **job.ms}
    bars = []
    for name, begin, ends in _BARS:
        end = next((step for step in ends if step in times), None)
        if begin in times and end is not None:
            ms = max(times[end] - times[begin], 0.0)
            x = LEFT + (start + times[begin]) * scale
            bars.append(Bar(name=name, x=x, width=max(ms * scale, 1.5), ms=ms))
    end_x = max((bar.x + bar.width for bar in bars), default=LEFT + start * scale)
    return Lane(job=job, y=y, bars=tuple(bars), end=end_x)
