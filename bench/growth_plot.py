"""The drawing of ``lab6 bench growth``: each measurement over the jobs that wait, and over the
workers.
"""

from pathlib import Path
from typing import Any

from harness.cli.problems import UsageProblem
from harness.texts import say

_INK, _GRID = "#33507a", "#d9dfe9"


def check_plot(target: str | None) -> None:
    """Complain now about a place or a kind of file that cannot be written, not after the work
    is done.
    """
    from matplotlib.figure import Figure

    if target is None:
        return
    file = Path(target)
    kinds = Figure().canvas.get_supported_filetypes()
    if file.is_dir() or not file.parent.is_dir() or file.suffix[1:] not in kinds:
        raise UsageProblem("plot-unwritable", file=target)


def save_plot(document: dict[str, Any], file: Path) -> None:
    """Four small drawings, one file; the kind of picture goes by its ending."""
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    waiting = document["waiting"]
    panels = (
        ("jobs_per_second", waiting["jobs_per_second"], 1, True),
        ("submissions_per_second", waiting["submissions_per_second"], 1, True),
        ("sweep_s", waiting["sweep_s"], 1000, True),
        ("jobs_per_second", document["workers"]["jobs_per_second"], 1, False),
    )
    figure = Figure(figsize=(9, 6.4), dpi=110)
    for place, (name, values, factor, over_waiting) in enumerate(panels, 1):
        axes: Axes = figure.add_subplot(2, 2, place)
        counts = [int(many) for many in values]
        heights = [value * factor for value in values.values()]
        axes.plot(counts, heights, "o-", color=_INK)
        for x, height in zip(counts, heights, strict=True):
            axes.annotate(
                f"{height:.3g}", (x, height), (0, 7), textcoords="offset points", ha="center"
            )
        axes.set_xscale("log", base=10 if over_waiting else 2)
        axes.set_xticks(
            counts, [f"{many:,}".replace(",", "\N{NARROW NO-BREAK SPACE}") for many in counts]
        )
        axes.minorticks_off()
        axes.set_ylim(0, 1.25 * max(heights))
        axes.margins(x=0.12)
        axes.set_title(say(f"growth.{name}"), loc="left", fontsize=11)
        axes.set_xlabel(say("growth.title-waiting" if over_waiting else "growth.title-workers"))
        axes.grid(axis="y", color=_GRID)
        axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(file)
