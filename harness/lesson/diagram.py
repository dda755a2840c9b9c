"""The lab drawn as a picture: four parts, and the way of one event between them."""

from IPython.display import Image as Shown
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from harness.lesson.pictures import drawing
from harness.texts import say

#: name of a part → where its box is (x, y), its width
_BOXES = {
    "client": (0.2, 1.7),
    "api": (2.9, 1.7),
    "redis": (5.9, 3.2),
    "worker": (8.9, 1.7),
    "postgres": (5.9, 0.1),
    "storage": (5.9, 1.7),
}
_WIDTH, _HEIGHT = 2.0, 1.0
#: number of a step → where its arrow begins and ends, where its number stands
_ARROWS = {
    1: ((2.2, 2.2), (2.9, 2.2)),
    2: ((4.2, 1.7), (5.9, 0.6)),
    3: ((4.2, 2.7), (5.9, 3.7)),
    4: ((7.9, 3.7), (9.6, 2.7)),
    5: ((9.6, 1.7), (7.9, 0.6)),
}
_DONE = {1: "POST", 2: "INSERT", 3: "RPUSH", 4: "BLPOP", 5: "UPDATE"}
_LIFT = {1: 0.3}  #: the first arrow is shorter than its words
#: Where the picture itself goes: through the storage that both services share.
_FILES = (((4.9, 2.2), (5.9, 2.2), "-|>"), ((7.9, 2.2), (8.9, 2.2), "<|-|>"))


def draw_lab() -> Shown:
    """The lab's parts and the five steps of a job."""
    figure = Figure(figsize=(9.6, 4.2), dpi=100)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, 11.1), ylim=(0, 4.3))
    axes.set_axis_off()
    for name, place in _BOXES.items():
        _box(axes, name, place)
    for number, (start, end) in _ARROWS.items():
        _arrow(axes, start, end)
        _number(axes, number, start, end)
    for start, end, heads in _FILES:
        _arrow(axes, start, end, style="dotted", heads=heads)
    return drawing(figure, alt=say("lesson.diagram.alt"))


def _box(axes: Axes, name: str, place: tuple[float, float]) -> None:
    shape = FancyBboxPatch(
        place,
        _WIDTH,
        _HEIGHT,
        boxstyle="round,pad=0,rounding_size=0.12",
        fc="#eef3fb",
        ec="#33507a",
    )
    axes.add_patch(shape)
    x, y = place[0] + _WIDTH / 2, place[1] + _HEIGHT / 2
    axes.text(x, y + 0.17, say(f"lesson.diagram.{name}"), ha="center", va="center", weight="bold")
    label = say(f"lesson.diagram.{name}-does")
    axes.text(x, y - 0.2, label, ha="center", va="center", fontsize=8)


def _arrow(
    axes: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    style: str = "solid",
    heads: str = "-|>",
) -> None:
    look = {"arrowstyle": heads, "lw": 1.6, "color": "#33507a", "ls": style}
    axes.annotate("", xy=end, xytext=start, arrowprops={**look, "shrinkA": 0, "shrinkB": 2})


def _number(axes: Axes, number: int, start: tuple[float, float], end: tuple[float, float]) -> None:
    """The step's number, and what is done in it."""
    x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    badge = {"boxstyle": "round,pad=0.25", "fc": "white", "ec": "#33507a"}
    label = f"{number} {_DONE[number]}"
    axes.text(
        x, y + _LIFT.get(number, 0), label, ha="center", va="center", fontsize=8.5, bbox=badge
    )
