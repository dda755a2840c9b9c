"""``lab6 bench verify``: judging a large log beside the fastest count of its lines, in one run."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from shutil import which
from statistics import median
from typing import Any

import click

from bench import SCHEMA
from bench.growth_plot import check_plot
from bench.verify_plot import save_plot
from bench.verify_rows import measure_rows
from bench.verify_run import (
    MadeLog,
    Took,
    lab6,
    peak,
    plainly,
    ripgrep,
    timed,
    timed_following,
    write_log,
)
from harness.cli.json_output import check_json, write_json
from harness.cli.problems import UsageProblem
from harness.cli.terminal import err, out
from harness.texts import number, say

_ROUNDS = 5
#: The log of the plain path is so many times smaller, and its seconds are told so many times
#: as long.
_PLAIN_PART = 10


@click.command(help=say("verify-bench.help"))
@click.option(
    "--jobs",
    type=click.IntRange(2000),
    metavar="N",
    default=300_000,
    show_default=True,
    help=say("verify-bench.option-jobs"),
)
@click.option("--picture", metavar="FILE", help=say("verify-bench.option-picture"))
@click.option("--json", "json_file", metavar="FILE", help=say("cli.option-json"))
def verify(jobs: int, picture: str | None, json_file: str | None) -> int:
    """Measure, print, write; always 0: it is a measurement, not a judgement."""
    check_json(json_file)
    if picture is not None:
        check_plot(picture)
    if which("rg") is None:
        raise UsageProblem("bench-rg")

    def progress(text: str) -> None:
        err().print(f"… {text}", style="dim", markup=False)

    document = measure(jobs, progress)
    document["rows"] = measure_rows(jobs, progress)
    for line in told(document):
        out().print(line, markup=False, highlight=False)
    if picture is not None:
        save_plot(document["rows"], Path(picture))
    if json_file is not None:
        write_json(json_file, document)
    return 0


def measure(jobs: int, progress: Callable[[str], None]) -> dict[str, Any]:
    """All of them in turn, round by round; the medians, as seconds and as multiples of ``rg
    -c``.
    """
    with tempfile.TemporaryDirectory(prefix="lab6-bench-") as folder:
        progress(say("verify-bench.writing", jobs=jobs))
        log = write_log(Path(folder), jobs)
        small = write_log(Path(folder), jobs // _PLAIN_PART)
        size = log.file.stat().st_size
        scale = size / small.file.stat().st_size
        rounds: dict[str, list[Took]] = {}
        for number in range(_ROUNDS):
            progress(say("verify-bench.round", number=number + 1, most=_ROUNDS))
            for name, took in _once(log, small, scale).items():
                rounds.setdefault(name, []).append(took)
        peaks = {"submitted": peak(log), "not_submitted": peak(log, submitted=False)}
    wall = {name: median(took.seconds for took in all_) for name, all_ in rounds.items()}
    cpu = {name: median(took.cpu for took in all_) for name, all_ in rounds.items()}
    return {
        "schema": SCHEMA,
        "name": "verify",
        "jobs": jobs,
        "bytes": size,
        "plain_jobs": jobs // _PLAIN_PART,
        "seconds": _rounded(wall, 3),
        "cpu_seconds": _rounded(cpu, 3),
        "ratios": _rounded({name: took / wall["rg"] for name, took in wall.items()}, 2),
        "cpu_ratios": _rounded({name: took / cpu["rg"] for name, took in cpu.items()}, 2),
        "peak_bytes": peaks,
        "load": round(os.getloadavg()[0], 1),
    }


def _once(log: MadeLog, small: MadeLog, scale: float) -> dict[str, Took]:
    plain = timed(plainly(small))
    return {
        "wc": timed(["wc", "-l", str(log.file)]),
        "rg": timed(ripgrep(log)),
        "verify": timed(lab6(log)),
        "verify_pipe": timed(lab6(log, piped=True), fed=log.file),
        "verify_follow": timed_following(log),
        "verify_not_submitted": timed(lab6(log, submitted=False)),
        "plain_scaled": Took(plain.seconds * scale, plain.cpu * scale),
    }


def told(document: dict[str, Any]) -> list[str]:
    """The measurement as lines."""
    facts = {"jobs": document["jobs"], "mb": document["bytes"] // 1_000_000}
    lines = [say("verify-bench.title", **facts), say("verify-bench.columns")]
    for name in document["seconds"]:
        wall, cpu = document["seconds"][name], document["cpu_seconds"][name]
        ratios = (number(document[kind][name], "7.2f") for kind in ("ratios", "cpu_ratios"))
        shown = (number(wall, "8.3f"), number(cpu, "8.3f"), *ratios)
        lines.append(f"  {name:<22} {' '.join(shown)}")
    lines.append(say("verify-bench.scaled", jobs=document["plain_jobs"]))
    for name, most in document["peak_bytes"].items():
        mib = number(most / 2**20, ".1f")
        lines.append(say(f"verify-bench.peak-{name.replace('_', '-')}", mib=mib))
    lines += _told_rows(document.get("rows", {}))
    load = number(document["load"])
    lines.append(say("verify-bench.load", load=load, cpus=os.cpu_count()))
    return lines


def _told_rows(rows: dict[str, Any]) -> list[str]:
    if not rows:
        return []
    jobs = next(iter(rows.values()))["jobs"][-1]
    lines = [say("verify-bench.rows", jobs=jobs), say("verify-bench.rows-columns")]
    for name, row in rows.items():
        shown = [number(row[f"{tool}_cpu"][-1], "8.3f") for tool in ("verify", "rg", "wc")]
        shown += [number(row[key], "8.2f") for key in ("ratio", "cpu_ratio", "doubling")]
        lines.append(f"  {name:<32} {' '.join(shown)}")
    return lines


def _rounded(values: dict[str, float], digits: int) -> dict[str, float]:
    return {name: round(value, digits) for name, value in values.items()}
