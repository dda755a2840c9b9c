"""The drawing of ``lab6 bench verify``: CPU seconds over the log's length, for each kind of log."""

from pathlib import Path
from typing import Any

from harness.texts import say

_GRID = "#d9dfe9"


def save_plot(rows: dict[str, Any], file: Path) -> None:
    """One line a kind of log, and the line of ``rg -c``; both axes logarithmic: linear growth
    has slope 1.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 5.4), dpi=110)
    axes = figure.add_subplot()
    for name, row in rows.items():
        label = f"{name} ×{row['cpu_ratio']:g} rg"
        axes.plot(row["jobs"], row["verify_cpu"], "o-", label=label)
    first = next(iter(rows.values()))
    axes.plot(first["jobs"], first["rg_cpu"], "k--", label="rg -c (clean)")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(
        first["jobs"],
        [f"{many:,}".replace(",", "\N{NARROW NO-BREAK SPACE}") for many in first["jobs"]],
    )
    axes.minorticks_off()
    axes.set_xlabel(say("verify-bench.plot-jobs"))
    axes.set_ylabel(say("verify-bench.plot-seconds"))
    axes.grid(color=_GRID)
    axes.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1.01, 1))
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(file)
