"""Drawings of many jobs at work. Markers and line styles differ, so that a print in grey tells
them apart.
"""

from collections.abc import Mapping
from math import isfinite
from typing import Any

import pandas as pd
from IPython.display import Image as Shown
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from harness.lesson.pictures import drawing
from harness.texts import number, say

_INK, _SECOND, _PALE = "#33507a", "#b3541e", "#9aa7bd"
_STYLES = (("-", _INK), ("--", _SECOND), (":", "black"), ("-.", _PALE))
_MARKERS = "osD^"
_SIZE = (8, 3.6)


def draw_throughput(measured: Mapping[str, Mapping[int, float]]) -> Shown:
    """Jobs a second over the number of workers, a line a kind of work; dotted: the ideal for
    the first kind.
    """
    figure, axes = _axes("throughput")
    for (name, line), (style, ink), marker in zip(
        measured.items(), _STYLES, _MARKERS, strict=False
    ):
        axes.plot(list(line), list(line.values()), style, color=ink, marker=marker, label=name)
    first = next(iter(measured.values()))
    alone = first[min(first)] / min(first)
    ideal = [alone * workers for workers in first]
    axes.plot(list(first), ideal, ":", color="black", label=say("lesson-scaling.plot.ideal"))
    axes.set_xticks(list(first))
    axes.set_ylim(bottom=0)
    return _done(figure, axes, "throughput")


def draw_waiting(table: pd.DataFrame) -> Shown:
    """Mean waiting over the number of workers (the index): ``measured``, ``replayed``, ``law``,
    in seconds.
    """
    figure, axes = _axes("waiting")
    places = range(len(table))
    looks: tuple[tuple[str, dict[str, Any]], ...] = (
        ("measured", {"fc": _INK}),
        ("replayed", {"fc": "white", "hatch": "////"}),
        ("law", {"fc": "#d9dfe9", "hatch": "..."}),
    )
    for shift, (column, look) in zip((-0.27, 0.0, 0.27), looks, strict=True):
        values = [value * 1000 for value in table[column]]
        label = say(f"lesson-scaling.plot.{column}")
        left = [place + shift for place in places]
        heights = [value if isfinite(value) else 0 for value in values]
        axes.bar(left, heights, 0.25, ec=_INK, label=label, **look)
        for x, value in zip(left, values, strict=True):
            text = f"{value:.0f}" if isfinite(value) else "∞"
            height = value if isfinite(value) else 0
            axes.annotate(text, (x, height), (0, 2), textcoords="offset points", ha="center")
    axes.set_xticks(list(places), [str(workers) for workers in table.index])
    axes.margins(y=0.12)
    return _done(figure, axes, "waiting")


def draw_queue(runs: Mapping[str, pd.DataFrame]) -> Shown:
    """The queue's length over time, a line a run (``jobs_table``): who has come and is not
    begun yet.
    """
    figure, axes = _axes("queue")
    for (name, jobs), (_, ink) in zip(runs.items(), _STYLES, strict=False):
        length = queue_length(jobs)  # solid: a dashed line over short peaks is a row of ticks
        axes.fill_between(length.index, length, step="post", color=ink, alpha=0.15)
        axes.step(length.index, length, where="post", color=ink, lw=1.6, label=name)
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    return _done(figure, axes, "queue")


def queue_length(jobs: pd.DataFrame) -> "pd.Series[int]":
    """How many waited, by seconds since the first arrival."""
    comes = pd.Series(1, index=jobs["arrived"])
    goes = pd.Series(-1, index=jobs["started"])
    changes = pd.concat([comes, goes]).sort_index(kind="stable")
    changes.index = (changes.index - jobs["arrived"].min()).total_seconds()
    return changes.cumsum()


def draw_latency(jobs: pd.DataFrame) -> Shown:
    """A histogram of the time from arrival to result, its median and 90th percentile marked."""
    figure, axes = _axes("latency")
    ms = jobs["latency_s"] * 1000
    axes.hist(ms, bins=20, fc="#d9dfe9", ec=_INK, hatch="//")
    for part, style in ((0.5, "--"), (0.9, ":")):
        value = float(ms.quantile(part))
        label = say("lesson-scaling.plot.quantile", part=round(part * 100), ms=round(value))
        axes.axvline(value, ls=style, lw=2.2, color="black", label=label)
    axes.set_xlim(left=0)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    return _done(figure, axes, "latency")


def draw_points(tasks: pd.DataFrame) -> Shown:
    """The assignment's tasks as bars: number, title, points got, points possible (the columns)."""
    figure = Figure(figsize=(8, 0.8 + 0.5 * len(tasks)), dpi=100)
    axes = figure.add_subplot()
    labels = [f"{row.iloc[0]}. {row.iloc[1]}" for _, row in tasks.iterrows()]
    got, most = tasks.iloc[:, 2], tasks.iloc[:, 3]
    axes.barh(labels, most, fc="white", ec=_INK)
    axes.barh(labels, got, fc=_INK, ec=_INK)
    for row, (points, of) in enumerate(zip(got, most, strict=True)):
        text = say("lesson.points.of", got=number(points), most=number(of))
        axes.annotate(text, (of, row), (5, 0), textcoords="offset points", va="center")
    axes.set_xlabel(say("lesson.column.points"))
    axes.set_xlim(right=max(most) * 1.15)
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)
    return drawing(figure, alt=say("lesson.points.alt"))


def _axes(name: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=_SIZE, dpi=100)
    axes = figure.add_subplot()
    axes.set_xlabel(say(f"lesson-scaling.plot.{name}-x"))
    axes.set_ylabel(say(f"lesson-scaling.plot.{name}-y"))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: number(value))
    axes.grid(axis="y", alpha=0.4)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _done(figure: Figure, axes: Axes, name: str) -> Shown:
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, frameon=False)
    return drawing(figure, alt=say(f"lesson-scaling.plot.{name}-alt"))
