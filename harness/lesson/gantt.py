"""Jobs on the axis of time: how long each waited in the queue, and how long it was worked on."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from IPython.display import Image as Shown
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.lesson.pictures import drawing
from harness.texts import say

_ROW_IN = 0.42
#: A worker's colour; the darkness differs, too, for a print in grey.
_INKS = ("#33507a", "#e0903d", "#6aa36a", "#c9b8e0", "#8c3b3b", "#b9cbe0", "#5c5c5c", "#e6d36a")
#: What a bar spans: its name, the events of ``events_table`` that begin and end it, how it looks.
#: The two differ by hatching and height as well: a print in grey tells them apart.
_BARS: tuple[tuple[str, tuple[str, ...], tuple[str, ...], dict[str, Any]], ...] = (
    ("queued", ("RPUSH",), ("received",), {"fc": "white", "hatch": "////", "height": 0.35}),
    ("worked", ("received",), ("completed", "failed"), {"height": 0.7}),
)


def draw_gantt(events: pd.DataFrame) -> Shown:
    """The jobs of ``LessonLab.events`` in the order of their submission, from the first request
    on.
    """
    job_ids = list(events.drop_duplicates("job_id")["job_id"])
    begin = events["time"].min()
    workers = sorted(set(events["worker"]) - {""})
    figure = Figure(figsize=(8, 1.3 + _ROW_IN * len(job_ids)), dpi=100)
    axes = figure.add_subplot()
    for row, job_id in enumerate(job_ids):
        job = events[events["job_id"] == job_id]
        _draw_job(axes, row, bars(job, begin), worker_of(job, workers))
    labels = [say("lesson.gantt.job", number=number) for number, _ in enumerate(job_ids, 1)]
    axes.set_yticks(range(len(job_ids)), labels)
    axes.set_ylim(len(job_ids) - 0.5, -0.5)
    axes.set_xlim(left=0)
    axes.set_xlabel(say("lesson.gantt.axis"))
    axes.grid(axis="x", alpha=0.4)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    handles, labels = axes.get_legend_handles_labels()
    once = dict(sorted(zip(labels, handles, strict=True), key=lambda pair: _shown_order(pair[0])))
    axes.legend(
        once.values(), once.keys(), loc="lower left", bbox_to_anchor=(0, 1), ncols=5, frameon=False
    )
    return drawing(figure, alt=say("lesson.gantt.alt", count=len(job_ids)))


def bars(events: pd.DataFrame, begin: pd.Timestamp) -> dict[str, tuple[float, float]]:
    """One job's bars: name → where it begins, ms after ``begin``, and how long it is, ms. One whose
    end nobody saw is left out."""
    spans = {}
    for name, starts, ends, _ in _BARS:
        start, end = _first(events, starts), _first(events, ends)
        if start is not None and end is not None:
            spans[name] = _ms(start - begin), max(_ms(end - start), 0.0)
    return spans


def worker_of(events: pd.DataFrame, workers: Sequence[str]) -> int | None:
    """Which worker received this job, from 0; None where there is only one, or nobody saw it."""
    names = events.loc[events["event"] == "received", "worker"]
    return workers.index(names.iloc[0]) if len(workers) > 1 and len(names) else None


def _draw_job(
    axes: Axes, row: int, spans: dict[str, tuple[float, float]], worker: int | None
) -> None:
    for name, _, _, look in _BARS:
        if name in spans:
            left, width = spans[name]
            label, drawn = say(f"lesson.gantt.{name}"), dict(look)
            if name == "worked":
                drawn["fc"] = _INKS[(worker or 0) % len(_INKS)]
                label = label if worker is None else say("lesson.gantt.by", number=worker + 1)
            axes.barh(row, width, left=left, ec="#33507a", label=label, **drawn)


def _shown_order(label: str) -> tuple[bool, str]:
    """The queue first, then the workers by their numbers."""
    return label != say("lesson.gantt.queued"), label


def _first(events: pd.DataFrame, kinds: tuple[str, ...]) -> pd.Timestamp | None:
    times = events.loc[events["event"].isin(kinds), "time"]
    return None if times.empty else times.iloc[0]


def _ms(span: pd.Timedelta) -> float:
    return span.total_seconds() * 1000
