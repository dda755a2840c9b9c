"""``lab6 bench pipeline``: the lab's worker beside the same work in Celery, RQ, Dramatiq and Huey.

One producer for all: the file is written, the row committed, the job handed over. Then as many jobs
a second as there are from the first hand-over to the last COMPLETED row; how long one job takes
when it comes alone; what a worker without work costs. A bare loop of Pillow over the same files
says what is possible.
"""

import io
import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import monotonic
from typing import Any

import click
import numpy as np
import psycopg2
from PIL import Image

from bench import SCHEMA
from bench.systems import SET_UPS, Publish, Systems, cpu_s
from harness.cli.json_output import check_json, write_json
from harness.cli.problems import UsageProblem
from harness.cli.terminal import err, out
from harness.lab6.pictures import ACTIONS, enlarged, make_params, make_picture
from harness.stack.embedded import EmbeddedStack
from harness.stack.waiting import let_pass, until, until_clock
from harness.texts import number as written
from harness.texts import say

PEERS = ("celery", "rq", "dramatiq", "huey")
_SIZE = (640, 480)  #: points of a picture
_PICTURES = 12
_ROUNDS = 3
_DEADLINE_S = 300.0
_START_S = 60.0

Job = tuple[bytes, str, str]
"""Picture, action, params."""


@click.command(help=say("pipeline.help"))
@click.option(
    "--jobs",
    type=click.IntRange(1),
    metavar="N",
    default=200,
    show_default=True,
    help=say("pipeline.option-jobs"),
)
@click.option(
    "--seconds",
    type=click.IntRange(1),
    metavar="N",
    default=30,
    show_default=True,
    help=say("pipeline.option-seconds"),
)
@click.option("--json", "json_file", metavar="FILE", help=say("cli.option-json"))
def pipeline(jobs: int, seconds: int, json_file: str | None) -> int:
    """Measure, print, write; always 0: it is a measurement, not a judgement."""
    check_json(json_file)
    missing = [peer for peer in PEERS if find_spec(peer) is None]
    if missing:
        raise UsageProblem("bench-peers", missing=", ".join(missing))
    with EmbeddedStack() as stack:
        stack.up()
        document = Measurement(Systems(stack=stack), jobs, seconds, _progress).all()
    for line in told(document):
        out().print(line, markup=False, highlight=False)
    if json_file is not None:
        write_json(json_file, document)
    return 0


def _progress(text: str) -> None:
    err().print(f"… {text}", style="dim", markup=False)


class Measurement:
    """One measurement of all systems upon one lab."""

    def __init__(
        self, systems: Systems, jobs: int, seconds: int, progress: Callable[[str], None]
    ) -> None:
        self._systems = systems
        self._jobs = jobs
        self._seconds = seconds
        self._progress = progress
        self._work = make_work(_PICTURES)
        self._db = psycopg2.connect(systems.stack.postgres_dsn)
        self._db.autocommit = True

    def all(self) -> dict[str, Any]:
        """Measure every system; the results as a document."""
        self._systems.stack.scale("worker", 0)
        names = ["kit", *SET_UPS]
        rates: dict[str, list[float]] = {}
        for number in range(_ROUNDS):
            self._progress(say("pipeline.round", number=number + 1, most=_ROUNDS))
            rates.setdefault("pillow", []).append(self._pillow())
            for name in names:
                for processes in (1, 2):
                    key = name if processes == 1 else f"{name} × 2"
                    rates.setdefault(key, []).append(self._throughput(name, processes))
        self._progress(say("pipeline.alone", seconds=self._seconds))
        latencies, idle = self._alone(names)
        return document(rates, latencies, idle, self._jobs)

    def _pillow(self) -> float:
        """Open, act, save, in this process: jobs a second."""
        files = [self._stored(number)[1] for number in range(self._jobs)]
        began = monotonic()
        for number, file in enumerate(files):
            _, action, params = self._work[number % len(self._work)]
            _bare(file, action, params)
        return self._jobs / (monotonic() - began)

    def _throughput(self, name: str, processes: int) -> float:
        """From the first hand-over to the last COMPLETED, jobs a second; the workers are warm."""
        publish = self._systems.publisher(name)
        with self._systems.workers(name, processes):
            self._clean()
            warm = [self._produced(number, publish) for number in range(4 * processes)]
            self._completed(len(warm), _START_S)
            self._clean()
            began = monotonic()
            for number in range(self._jobs):
                self._produced(number, publish)
            self._completed(self._jobs, _DEADLINE_S)
            return self._jobs / (monotonic() - began)

    def _alone(self, names: Sequence[str]) -> tuple[dict[str, list[float]], dict[str, float]]:
        """All systems at once, each with one worker and a job a second; then none with any. Seconds
        of each job, and each worker's CPU seconds a minute while it had nothing to do."""
        self._clean()
        with ExitStack() as running:
            pids = {
                name: running.enter_context(self._systems.workers(name, 1))
                for name in _apart(names)
            }
            publishers = {name: self._systems.publisher(name) for name in pids}
            whose: dict[str, str] = {}
            for publish in publishers.values():
                self._produced(0, publish)  # warm
            self._completed(len(pids), _START_S)
            self._clean()
            began, turn = monotonic(), 0
            for second in range(self._seconds):
                for name, publish in publishers.items():
                    due = began + second + turn % len(pids) / len(pids)
                    until_clock(due)
                    whose[self._produced(second, publish)] = name
                    turn += 1
            self._completed(len(whose), _DEADLINE_S)
            latencies = self._latencies(whose)
            before = {name: cpu_s(family) for name, family in pids.items()}
            let_pass(self._seconds)
            idle = {
                name: (cpu_s(family) - before[name]) * 60 / self._seconds
                for name, family in pids.items()
            }
        return latencies, idle

    def _latencies(self, whose: dict[str, str]) -> dict[str, list[float]]:
        latencies: dict[str, list[float]] = {}
        with self._db.cursor() as cursor:
            cursor.execute("SELECT id::text, extract(epoch FROM finished_at - pushed_at) FROM jobs")
            for job_id, seconds in cursor.fetchall():
                latencies.setdefault(whose[job_id], []).append(float(seconds))
        return latencies

    def _stored(self, number: int) -> tuple[str, Path]:
        job_id = str(uuid.uuid4())
        file = self._systems.storage / f"{job_id}.jpg"
        file.write_bytes(self._work[number % len(self._work)][0])
        return job_id, file

    def _produced(self, number: int, publish: Publish) -> str:
        """One job, submitted as the lab's api does it; its id."""
        _, action, params = self._work[number % len(self._work)]
        job_id, file = self._stored(number)
        with self._db.cursor() as cursor:
            cursor.execute(
                "INSERT INTO jobs (id, status, action, params, input_path, pushed_at)"
                " VALUES (%s, 'QUEUED', %s, %s, %s, clock_timestamp())",
                (job_id, action, params, str(file)),
            )
        publish(job_id, str(file), action, params)
        return job_id

    def _completed(self, jobs: int, deadline_s: float) -> None:
        def done() -> bool:
            with self._db.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM jobs WHERE status = 'COMPLETED'")
                return int(next(iter(cursor.fetchall()))[0]) >= jobs

        until(done, deadline_s=deadline_s, what=f"{jobs} jobs COMPLETED", interval_s=0.01)

    def _clean(self) -> None:
        with self._db.cursor() as cursor:
            cursor.execute("DELETE FROM jobs")
        for file in self._systems.storage.iterdir():
            file.unlink()


def document(
    rounds: dict[str, list[float]],
    latencies: dict[str, list[float]],
    idle: dict[str, float],
    jobs: int,
) -> dict[str, Any]:
    """Of each peer its better set-up; the kit's ratios to the best of them and to bare Pillow.

    ``rounds``: of each set-up its jobs a second in every round. The median counts; the spread
    beside it says how much that is worth.
    """
    rates = {name: median(values) for name, values in rounds.items()}
    best = {"kit": rates["kit"], "kit_2": rates["kit × 2"], "pillow": rates["pillow"]}
    chosen = {"kit": "kit", "kit_2": "kit × 2", "pillow": "pillow"}
    set_ups = {}
    for peer in PEERS:
        for suffix, key in (("", peer), (" × 2", f"{peer}_2")):
            name = max(
                (n for n, set_up in SET_UPS.items() if set_up.peer == peer),
                key=lambda n: rates[n + suffix],
            )
            set_ups[key], chosen[key], best[key] = name, name + suffix, rates[name + suffix]
    ratios = {
        "kit_to_best_peer": best["kit"] / max(best[peer] for peer in PEERS),
        "kit_2_to_best_peer_2": best["kit_2"] / max(best[f"{peer}_2"] for peer in PEERS),
        "kit_to_pillow": best["kit"] / best["pillow"],
    }
    return {
        "schema": SCHEMA,
        "name": "pipeline",
        "jobs": jobs,
        "jobs_per_second": {name: round(rate, 1) for name, rate in best.items()},
        "spread": {name: _spread(rounds[set_up]) for name, set_up in chosen.items()},
        "ratios": {name: round(ratio, 2) for name, ratio in ratios.items()},
        "latency_s": {
            name: {"p50": round(_share(values, 0.5), 4), "p99": round(_share(values, 0.99), 4)}
            for name, values in latencies.items()
        },
        "idle_cpu_s_per_min": {name: round(seconds, 2) for name, seconds in idle.items()},
        "set_ups": set_ups,
        "all_jobs_per_second": {name: round(rate, 1) for name, rate in rates.items()},
        "all_rounds": {
            name: [round(rate, 1) for rate in values] for name, values in rounds.items()
        },
    }


def _spread(rates: Sequence[float]) -> dict[str, float]:
    """The slowest round, the one in the middle, the quickest."""
    spread = {"min": min(rates), "median": median(rates), "max": max(rates)}
    return {name: round(rate, 1) for name, rate in spread.items()}


def told(document: dict[str, Any]) -> list[str]:
    """The measurement as lines."""
    rates = document["jobs_per_second"]
    lines = [say("pipeline.title", jobs=document["jobs"])]
    for name in ("pillow", "kit", *PEERS):
        columns = [_of(document["spread"][key]) for key in (name, f"{name}_2") if key in rates]
        lines.append(f"    {name:<10} " + "   ".join(columns))
    ratios = {name: written(ratio) for name, ratio in document["ratios"].items()}
    lines.append(say("pipeline.ratios", **ratios))
    lines.append(say("pipeline.latency"))
    for name, shares in document["latency_s"].items():
        cpu = written(document["idle_cpu_s_per_min"][name], "8.2f")
        p50, p99 = (written(shares[name] * 1000, "7.1f") for name in ("p50", "p99"))
        lines.append(f"    {name:<20} {p50} {p99} {cpu}")
    return lines


def _of(spread: dict[str, float]) -> str:
    least, most = (written(spread[name], ".1f") for name in ("min", "max"))
    return f"{written(spread['median'], '8.1f')} ({least}–{most})"


def _apart(names: Sequence[str]) -> list[str]:
    """One set-up of each peer: two of one peer would take each other's jobs."""
    seen: dict[str, str] = {}
    for name in names:
        seen.setdefault(SET_UPS[name].peer if name in SET_UPS else name, name)
    return list(seen.values())


def make_work(count: int) -> list[Job]:
    """So many jobs, the three actions in turn, the same in every run."""
    rng = np.random.default_rng(6)
    work = []
    for number in range(count):
        picture = enlarged(make_picture(rng, jpeg=True), _SIZE)
        action = ACTIONS[number % len(ACTIONS)]
        work.append((picture.data, action, make_params(rng, action, picture.size)))
    return work


def _bare(file: Path, action: str, params: str) -> None:
    """The least that gives the same picture."""
    with Image.open(io.BytesIO(file.read_bytes())) as picture:
        if action == "grayscale":
            result = picture.convert("L")
        elif action == "resize":
            width, height = map(int, params.split("x"))
            result = picture.resize((width, height), Image.Resampling.LANCZOS)
        else:
            left, top, right, bottom = map(int, params.split(","))
            result = picture.crop((left, top, right, bottom))
        result.save(file.with_name(f"bare_{file.name}"), quality=95)


def _share(seconds: Sequence[float], share: float) -> float:
    ordered = sorted(seconds)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
