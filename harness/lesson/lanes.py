"""One job's way as a drawing: five lanes, its steps from top to bottom, each an arrow or a dot, the
milliseconds beside it. Equal steps have equal room: at a true scale most would lie on one another.
"""

from collections.abc import Iterator
from html import escape

import pandas as pd
from IPython.display import SVG

from harness.texts import say

LANES = ("client", "api", "redis", "worker", "postgres")

#: What a witness saw → from which lane to which; one lane alone is a line of the worker's log.
_WAYS = {
    "sent": ("client", "api"),
    "answered": ("api", "client"),
    "RPUSH": ("api", "redis"),
    "LPUSH": ("api", "redis"),
    "QUEUED": ("api", "postgres"),
    "received": ("redis", "worker"),
    **dict.fromkeys(("PROCESSING", "COMPLETED", "FAILED"), ("worker", "postgres")),
    **dict.fromkeys(("redelivered", "processing", "completed", "failed"), ("worker",)),
}
_PUSHES = ("RPUSH", "LPUSH")
_LEFT, _APART, _TOP, _STEP = 110, 155, 62, 34
_WIDTH = _LEFT + _APART * len(LANES)
_INK = "#33507a"


def draw_timeline(events: pd.DataFrame) -> SVG:
    """The events of one job, as ``LessonLab.events`` tells them."""
    height = _TOP + _STEP * len(events) + 14
    parts = [*_frame(height), *_steps(events)]
    title = escape(say("lesson.lanes.alt"))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" role="img" aria-label="{title}" '
        'font-family="sans-serif" font-size="12">'
    )
    return SVG(data="".join([head, *parts, "</svg>"]))  # type: ignore[no-untyped-call]


def way(event: str, pushed: bool) -> tuple[str, ...]:
    """The lanes of a step. Whoever pushes a job again is no longer the api: a worker's sweep
    does.
    """
    return ("worker", "redis") if event in _PUSHES and pushed else _WAYS[event]


def _frame(height: int) -> Iterator[str]:
    """The lanes, on a ground of their own: a page may be dark."""
    yield f'<rect width="{_WIDTH}" height="{height}" fill="white"/>'
    yield (
        '<defs><marker id="lab6-head" markerWidth="9" markerHeight="9" refX="8" refY="4.5" '
        f'orient="auto"><path d="M0,0 L9,4.5 L0,9 z" fill="{_INK}"/></marker></defs>'
    )
    yield _text(_LEFT - 42, 30, say("lesson.column.ms"), "end", "#555")
    for lane in LANES:
        x = _x(lane)
        yield (
            f'<rect x="{x - 62}" y="10" width="124" height="30" rx="6" fill="#eef3fb" '
            f'stroke="{_INK}"/>'
        )
        yield _text(x, 30, say(f"lesson.diagram.{lane}"), "middle", "black", "bold")
        yield (
            f'<line x1="{x}" y1="40" x2="{x}" y2="{height - 8}" stroke="#9aa7bd" '
            'stroke-dasharray="3 4"/>'
        )


def _steps(events: pd.DataFrame) -> Iterator[str]:
    begin, pushed = events["time"].min(), False
    for row, (event, time) in enumerate(zip(events["event"], events["time"], strict=True)):
        y = _TOP + _STEP * row + 12
        ms = (time - begin).total_seconds() * 1000
        yield _text(_LEFT - 42, y + 4, f"{ms:.1f}".replace(".", say("numbers.decimal")), "end")
        yield _step(event, way(event, pushed), y)
        pushed = pushed or event in _PUSHES


def _step(event: str, lanes: tuple[str, ...], y: int) -> str:
    label = say(f"lesson.lanes.{event}")
    if len(lanes) == 1:
        x = _x(lanes[0])
        dot = f'<circle cx="{x}" cy="{y}" r="4" fill="white" stroke="{_INK}" stroke-width="2"/>'
        return dot + _text(x + 10, y + 4, label, "start", "#555")
    start, end = (_x(lane) for lane in lanes)
    shift = 6 if end > start else -6
    arrow = (
        f'<line x1="{start}" y1="{y}" x2="{end - shift / 6}" y2="{y}" stroke="{_INK}" '
        'stroke-width="1.8" marker-end="url(#lab6-head)"/>'
    )
    near = start + (end - start) / abs(end - start) * _APART / 2
    return arrow + _text(near, y - 5, label, "middle", _INK)


def _x(lane: str) -> float:
    return _LEFT + _APART * LANES.index(lane) + _APART / 2 - 20


def _text(
    x: float, y: float, text: str, anchor: str, colour: str = "#333", weight: str = "normal"
) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill="{colour}" '
        f'font-weight="{weight}">{escape(text)}</text>'
    )
