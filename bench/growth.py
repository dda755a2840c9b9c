"""``lab6 bench growth``: the lab with 10, 1,000 and 100,000 jobs waiting, and with 1, 2, 4 and 8
workers.

With so many jobs behind those that are measured: jobs a second of one worker, submissions a second
of the api, and how long one sweep over the table takes. Then as many workers as said, for the same
jobs. The rows and the messages are as the api makes them; the waiting ones share twelve pictures.
"""

import io
import logging
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import monotonic
from typing import Any

import click
import psycopg2
import redis

from bench import SCHEMA
from bench.api_load import Form, apply_load
from bench.growth_plot import check_plot, save_plot
from bench.pipeline import make_work
from bench.systems import Systems
from harness.cli.json_output import check_json, write_json
from harness.cli.terminal import err, out
from harness.stack.embedded import EmbeddedStack
from harness.stack.waiting import until
from harness.texts import number as written
from harness.texts import say
from harness.witness.redis import QUEUE

WAITING = (10, 1_000, 100_000)
WORKERS = (1, 2, 4, 8)
_JOBS = 200  #: measured each time
_CLIENTS = 8
_SECONDS = 2.0  #: of submissions
_ROUNDS = 3
_PICTURES = 12
_AT_ONCE = 10_000  #: messages in one RPUSH
_DEADLINE_S = 300.0

Samples = dict[str, dict[int, list[float]]]
"""By what was measured and how many waited (or worked): a value a round."""


@click.command(help=say("growth.help"))
@click.option("--picture", metavar="FILE", help=say("growth.option-picture"))
@click.option("--json", "json_file", metavar="FILE", help=say("cli.option-json"))
def growth(picture: str | None, json_file: str | None) -> int:
    """Measure, print, draw, write; always 0: it is a measurement, not a judgement."""
    check_json(json_file)
    check_plot(picture)
    with EmbeddedStack() as stack:
        stack.up()
        stack.scale("worker", 0)
        made = document(Growth(Systems(stack=stack), _progress).all())
    for line in told(made):
        out().print(line, markup=False, highlight=False)
    if picture is not None:
        save_plot(made, Path(picture))
    if json_file is not None:
        write_json(json_file, made)
    return 0


def _progress(text: str) -> None:
    err().print(f"… {text}", style="dim", markup=False)


class Growth:
    """One run of all of it, upon one lab without workers."""

    def __init__(self, systems: Systems, progress: Callable[[str], None]) -> None:
        host, port = systems.stack.redis_address
        self._systems = systems
        self._progress = progress
        self._work = make_work(_PICTURES)
        self._redis = redis.Redis(host=host, port=port)
        self._db = psycopg2.connect(systems.stack.postgres_dsn)
        self._db.autocommit = True

    def all(self) -> Samples:
        """Measure every setting, round after round."""
        samples: Samples = defaultdict(lambda: defaultdict(list))
        for number in range(_ROUNDS):
            for waiting in WAITING:
                self._progress(
                    say("growth.waiting", number=number + 1, most=_ROUNDS, waiting=waiting)
                )
                samples["jobs"][waiting].append(self._rate(1, waiting))
                with self._waiting(waiting):
                    samples["sweep"][waiting].append(self._sweep())
                    samples["submissions"][waiting].append(self._submissions())
            for workers in WORKERS:
                self._progress(
                    say("growth.workers", number=number + 1, most=_ROUNDS, workers=workers)
                )
                samples["workers"][workers].append(self._rate(workers, 0))
        return samples

    def _rate(self, workers: int, waiting: int) -> float:
        """Jobs a second of so many warm workers, from the first message to the end of the
        ``_JOBS``-th job.
        """
        with self._systems.workers("kit", workers):
            self._push(self._rows(4 * workers))
            self._until("SELECT count(*) = count(finished_at) FROM jobs")
            self._clean()
            messages = self._rows(_JOBS + waiting)
            last = messages[_JOBS - 1].partition("|")[0]
            with self._db.cursor() as cursor:
                cursor.execute("SELECT clock_timestamp()")
                ((began,),) = cursor.fetchall()
                self._push(messages)
                self._until("SELECT finished_at IS NOT NULL FROM jobs WHERE id = %s", last)
                cursor.execute(
                    "SELECT count(*), extract(epoch FROM max(finished_at) - %s) FROM jobs"
                    " WHERE finished_at <= (SELECT finished_at FROM jobs WHERE id = %s)",
                    (began, last),
                )
                ((jobs, seconds),) = cursor.fetchall()
        self._clean()
        return int(jobs) / float(seconds)

    @contextmanager
    def _waiting(self, waiting: int) -> Iterator[None]:
        """So many jobs in the table and in the list, and nobody who takes them."""
        self._push(self._rows(waiting))
        yield
        self._clean()

    def _sweep(self) -> float:
        """One look of the worker's sweep for lost events, seconds; nothing is lost, so nothing
        is pushed.
        """
        import sweep  # type: ignore[import-not-found] # lab6/worker/sweep.py, on the path by ``Systems``

        with self._db, self._db.cursor() as cursor:
            began = monotonic()
            sweep.sweep(self._redis, cursor, logging.getLogger("bench"), set())
            return monotonic() - began

    def _submissions(self) -> float:
        port = int(self._systems.stack.url.rsplit(":", 1)[1])
        form = Form.of(self._work[0][0])
        load = apply_load(port, form, clients=_CLIENTS, seconds=_SECONDS)
        if load.errors:
            raise RuntimeError(f"{load.errors} submissions of {len(load.latencies)} went wrong")
        return load.rate

    def _rows(self, count: int) -> list[str]:
        """So many rows, QUEUED an hour ago; their messages."""
        files = []
        for number, (data, _, _) in enumerate(self._work):
            files.append(self._systems.storage / f"waiting_{number}.jpg")
            files[-1].write_bytes(data)
        messages, rows = [], io.StringIO()
        for number in range(count):
            turn = number % len(self._work)
            _, action, params = self._work[turn]
            messages.append(f"{uuid.uuid4()}|{files[turn]}|{action}|{params}")
            rows.write("\t".join((*messages[-1].split("|"), "QUEUED")) + "\n")
        rows.seek(0)
        with self._db.cursor() as cursor:
            cursor.copy_from(
                rows, "jobs", columns=("id", "input_path", "action", "params", "status")
            )
            cursor.execute("UPDATE jobs SET created_at = now() - interval '1 hour'")
            cursor.execute("VACUUM ANALYZE jobs")
        return messages

    def _push(self, messages: list[str]) -> None:
        for start in range(0, len(messages), _AT_ONCE):
            self._redis.rpush(QUEUE, *messages[start : start + _AT_ONCE])

    def _until(self, condition: str, *args: str) -> None:
        def holds() -> bool:
            with self._db.cursor() as cursor:
                cursor.execute(condition, args)
                return bool(next(iter(cursor.fetchall()))[0])

        until(holds, deadline_s=_DEADLINE_S, what=condition, interval_s=0.01)

    def _clean(self) -> None:
        self._redis.delete(QUEUE)
        with self._db.cursor() as cursor:
            cursor.execute("TRUNCATE jobs")
        for file in self._systems.storage.iterdir():
            file.unlink()


def document(samples: Samples) -> dict[str, Any]:
    """The median of each sample, by what was measured."""

    def medians(name: str, digits: int) -> dict[str, float]:
        return {str(many): round(median(values), digits) for many, values in samples[name].items()}

    return {
        "schema": SCHEMA,
        "name": "growth",
        "rounds": _ROUNDS,
        "waiting": {
            "jobs_per_second": medians("jobs", 1),
            "submissions_per_second": medians("submissions", 1),
            "sweep_s": medians("sweep", 4),
        },
        "workers": {"jobs_per_second": medians("workers", 1)},
    }


def told(document: dict[str, Any]) -> list[str]:
    """The measurement as lines."""
    waiting, workers = document["waiting"], document["workers"]["jobs_per_second"]
    lines = [
        f"{say('growth.title-waiting'):<40}"
        + "".join(f"{written(int(many), ','):>10}" for many in waiting["sweep_s"])
    ]
    for name, values in waiting.items():
        factor = 1000 if name == "sweep_s" else 1
        shown = "".join(written(value * factor, ">10.1f") for value in values.values())
        lines.append(f"{'  ' + say(f'growth.{name}'):<40}{shown}")
    lines.append(f"{say('growth.title-workers'):<40}" + "".join(f"{many:>10}" for many in workers))
    shown = "".join(written(value, ">10.1f") for value in workers.values())
    lines.append(f"{'  ' + say('growth.jobs_per_second'):<40}{shown}")
    return lines
