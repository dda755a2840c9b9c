"""The logs that workers really leave, for ``lab6 bench verify``: several streams, stamps,
noise, breaks, records.
"""

import json
import random
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from bench.verify_breaks import Breaks, Broken
from bench.verify_run import MadeLog, lab6, ripgrep, timed

_ROUNDS = 3
_PARTS = (4, 2, 1)  #: of the jobs: each log doubles the one before
_BEGAN = datetime(2026, 11, 23, 8, tzinfo=UTC)
_NOISE = ("GET /health 200", "Connecting to database", "cache: 12 of 40 pages")

Dress = Callable[[str, int, str], str]
"""What a line looks like: its stamp, its worker, its words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchRow:
    """One kind of log."""

    dress: Dress = lambda _stamp, _worker, line: line
    workers: int = 1
    noise: float = 0
    breaks: float = 0  #: share of the jobs
    piped: bool = False


def _compose(stamp: str, worker: int, line: str) -> str:
    return f"worker-{worker}  | {stamp} {line}"


def _kubectl(stamp: str, worker: int, line: str) -> str:
    return f"[pod/worker-7d9f-{worker}/worker] {stamp} {line}"


def _record(stamp: str, _worker: int, line: str) -> str:
    return json.dumps({"level": "info", "ts": stamp, "msg": line})


ROWS = {
    "clean": BenchRow(),
    "clean_pipe": BenchRow(piped=True),
    "noise_20": BenchRow(noise=0.2),
    "streams_3_stamps_noise_1": BenchRow(dress=_compose, workers=3, noise=0.01),
    "streams_3_stamps_noise_1_breaks": BenchRow(
        dress=_compose, workers=3, noise=0.01, breaks=0.002
    ),
    "streams_8_stamps_noise_1": BenchRow(dress=_compose, workers=8, noise=0.01),
    "kubectl_prefix_timestamps": BenchRow(dress=_kubectl, workers=3, noise=0.01),
    "json_lines": BenchRow(dress=_record),
}


def measure_rows(jobs: int, progress: Callable[[str], None]) -> dict[str, Any]:
    """Each row's log at three sizes: medians of seconds, multiples of ``rg -c``, how time grows
    as the log doubles.
    """
    figures: dict[str, Any] = {}
    for name, row in ROWS.items():
        progress(name)
        sizes = [jobs // part for part in _PARTS]
        took = [_measured(row, size) for size in sizes]
        largest = took[-1]
        figures[name] = {
            "jobs": sizes,
            **{
                f"{tool}_{kind}": [round(t[tool][kind], 4) for t in took]
                for tool in ("verify", "rg", "wc")
                for kind in ("seconds", "cpu")
            },
            "ratio": round(largest["verify"]["seconds"] / largest["rg"]["seconds"], 2),
            "cpu_ratio": round(largest["verify"]["cpu"] / largest["rg"]["cpu"], 2),
            "doubling": round(
                max(b["verify"]["cpu"] / a["verify"]["cpu"] for a, b in pairwise(took)), 2
            ),
        }
    return figures


def _measured(row: BenchRow, jobs: int) -> dict[str, dict[str, float]]:
    with tempfile.TemporaryDirectory(prefix="lab6-bench-") as folder:
        log = write_row(Path(folder), row, jobs)
        commands = {
            "verify": lab6(log, piped=row.piped),
            "rg": ripgrep(log),
            "wc": ["wc", "-l", str(log.file)],
        }
        good = (0, 1) if row.breaks else (0,)
        rounds = [
            {
                name: timed(
                    command,
                    fed=log.file if row.piped and name == "verify" else None,
                    good=good if name == "verify" else (0,),
                )
                for name, command in commands.items()
            }
            for _ in range(_ROUNDS)
        ]
    return {
        name: {
            "seconds": median(turn[name].seconds for turn in rounds),
            "cpu": median(turn[name].cpu for turn in rounds),
        }
        for name in commands
    }


def write_row(folder: Path, row: BenchRow, jobs: int, seed: int = 6) -> MadeLog:
    """A log of this kind, and the ids in published order."""
    return write_broken_row(folder, row, jobs, seed)[0]


def write_broken_row(
    folder: Path, row: BenchRow, jobs: int, seed: int = 6
) -> tuple[MadeLog, Broken]:
    """The same, and what is broken in it."""
    rnd = random.Random(seed)  # noqa: S311 - a repeatable log, no secret
    log = MadeLog(folder / "worker.log", folder / "ids.txt")
    breaks = Breaks(rnd, row.breaks)
    busy: list[list[str]] = [[] for _ in range(row.workers)]
    ids = [str(uuid.UUID(int=rnd.getrandbits(128), version=4)) for _ in range(jobs)]
    log.submitted.write_text("".join(f"{job_id}\n" for job_id in ids), encoding="utf-8")
    queue, at = iter(ids), 0
    with log.file.open("w", encoding="utf-8") as file:
        working = list(range(row.workers))
        while working:
            worker = rnd.choice(working)
            if not busy[worker]:
                made = breaks.lines(queue)
                if made is None:
                    working.remove(worker)
                busy[worker] = made or []
                continue
            for line in _with_noise(rnd, row.noise, busy[worker].pop(0)):
                at += rnd.randrange(1, 5000)
                file.write(f"{row.dress(_stamp(at), worker + 1, line)}\n")
    return log, breaks.expected


def _with_noise(rnd: random.Random, share: float, line: str) -> Iterator[str]:
    if share and rnd.random() < share:
        yield rnd.choice(_NOISE)
    yield line


def _stamp(microseconds: int) -> str:
    when = _BEGAN + timedelta(microseconds=microseconds)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond:06d}{microseconds % 1000:03d}Z"
