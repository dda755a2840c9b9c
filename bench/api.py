"""``lab6 bench api``: the lab's api under 1, 8 and 64 clients, beside a handler that only saves the
file.

The handler stands once on waitress and once on gunicorn's threads, with as many threads as the api
has. The worker is stopped: what the api takes waits as rows and messages, and afterwards each 202
must have its own.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from statistics import median
from typing import Any

import click
import numpy as np
import psycopg2
import redis

from bench import SCHEMA
from bench.api_load import ApiLoad, Form, apply_load
from bench.systems import Systems, serving
from harness.cli.json_output import check_json, write_json
from harness.cli.problems import UsageProblem
from harness.cli.terminal import err, out
from harness.lab6.pictures import enlarged, make_picture
from harness.stack.embedded import EmbeddedStack
from harness.stack.ready import free_ports
from harness.texts import number, say
from harness.witness.redis import QUEUE

CLIENTS = (1, 8, 64)
_SIZE = (640, 480)  #: points of the picture
_ROUNDS = 3
_THREADS = "16"  #: of each server: lab6/api/server.py has as many

SERVERS = {
    "waitress": ("upload_app", "{port}", _THREADS),
    "gunicorn": ("gunicorn", "upload_app:app", "--bind", "127.0.0.1:{port}", "--worker-class",
                 "gthread", "--threads", _THREADS, "--log-level", "error"),
}  # fmt: skip
"""The handler's servers; the words follow ``python -m``."""


@click.command(help=say("api.help"))
@click.option(
    "--seconds",
    type=click.IntRange(1),
    metavar="N",
    default=3,
    show_default=True,
    help=say("api.option-seconds"),
)
@click.option("--json", "json_file", metavar="FILE", help=say("cli.option-json"))
def api(seconds: int, json_file: str | None) -> int:
    """Measure, print, write; always 0: it is a measurement, not a judgement."""
    check_json(json_file)
    if find_spec("gunicorn") is None:
        raise UsageProblem("bench-peers", missing="gunicorn")
    with EmbeddedStack() as stack:
        stack.up()
        stack.scale("worker", 0)
        loads = measured(Systems(stack=stack), seconds, _progress)
    made = document(loads, seconds)
    for line in told(made):
        out().print(line, markup=False, highlight=False)
    if json_file is not None:
        write_json(json_file, made)
    return 0


def _progress(text: str) -> None:
    err().print(f"… {text}", style="dim", markup=False)


Loads = dict[str, dict[int, list[ApiLoad]]]
"""By server and number of clients: each round's load."""


def measured(systems: Systems, seconds: int, progress: Callable[[str], None]) -> Loads:
    """Every server under every number of clients, in turn, round after round."""
    form = Form.of(enlarged(make_picture(np.random.default_rng(6), jpeg=True), _SIZE).data)
    with ExitStack() as running:
        ports = {"kit": int(systems.stack.url.rsplit(":", 1)[1])}
        ports |= {name: running.enter_context(_served(systems, name)) for name in SERVERS}
        kept = running.enter_context(_kept(systems))
        loads: Loads = {name: {clients: [] for clients in CLIENTS} for name in ports}
        for port in ports.values():
            apply_load(port, form, clients=8, seconds=1)  # warm
        for number in range(_ROUNDS):
            progress(say("api.round", number=number + 1, most=_ROUNDS))
            for clients in CLIENTS:
                for name, port in ports.items():
                    kept()
                    load = apply_load(port, form, clients=clients, seconds=seconds)
                    if name == "kit":
                        load = load.with_kept(*kept())
                    loads[name][clients].append(load)
    return loads


@contextmanager
def _served(systems: Systems, name: str) -> Iterator[int]:
    """The handler on that server; its port."""
    (port,) = free_ports(1)
    with serving(systems, [word.format(port=port) for word in SERVERS[name]], port):
        yield port


@contextmanager
def _kept(systems: Systems) -> Iterator[Callable[[], tuple[int, int]]]:
    """Counts the rows and the messages there are, and clears both and the storage."""
    host, port = systems.stack.redis_address
    database, rdb = psycopg2.connect(systems.stack.postgres_dsn), redis.Redis(host=host, port=port)
    database.autocommit = True

    def taken() -> tuple[int, int]:
        with database.cursor() as cursor:
            cursor.execute("DELETE FROM jobs")
            rows = cursor.rowcount
        messages = int(rdb.llen(QUEUE))
        rdb.delete(QUEUE)
        for file in systems.storage.iterdir():
            file.unlink()
        return rows, messages

    try:
        yield taken
    finally:
        database.close()
        rdb.close()


def document(loads: Loads, seconds: int) -> dict[str, Any]:
    """Medians of the rounds' rates, shares of all rounds' latencies, the kit's ratios to the
    others.
    """
    rates = {
        name: {str(clients): median(load.rate for load in rounds) for clients, rounds in of.items()}
        for name, of in loads.items()
    }
    return {
        "schema": SCHEMA,
        "name": "api",
        "seconds": seconds,
        "rounds": _ROUNDS,
        "submissions_per_second": {
            name: {clients: round(rate, 1) for clients, rate in of.items()}
            for name, of in rates.items()
        },
        "latency_s": {
            name: {str(clients): _shares(rounds) for clients, rounds in of.items()}
            for name, of in loads.items()
        },
        "errors": {
            name: {
                str(clients): sum(load.errors for load in rounds) for clients, rounds in of.items()
            }
            for name, of in loads.items()
        },
        "ratios": {
            f"kit_to_{name}": {
                clients: round(rates["kit"][clients] / rate, 2) for clients, rate in of.items()
            }
            for name, of in rates.items()
            if name != "kit"
        },
    }


def told(document: dict[str, Any]) -> list[str]:
    """The measurement as lines."""
    lines = [say("api.title"), f"    {'':<10}" + "".join(f"{clients:>21}" for clients in CLIENTS)]
    for name, rates in document["submissions_per_second"].items():
        line = f"    {name:<10}"
        for clients, rate in rates.items():
            shares = document["latency_s"][name][clients]
            line += number(rate, "8.1f")
            line += number(shares["p50"] * 1000, "6.1f") + number(shares["p99"] * 1000, "7.1f")
        lines.append(line)
    for name, ratios in document["ratios"].items():
        shown = "; ".join(number(ratio) for ratio in ratios.values())
        lines.append(say("api.ratio", name=name.removeprefix("kit_to_"), ratios=shown))
    shown = ", ".join(
        f"{name} {sum(errors.values())}" for name, errors in document["errors"].items()
    )
    lines.append(say("api.errors", shown=shown))
    return lines


def _shares(loads: list[ApiLoad]) -> dict[str, float]:
    ordered = sorted(second for load in loads for second in load.latencies)
    if not ordered:
        return {"p50": float("nan"), "p99": float("nan")}
    return {
        name: round(ordered[min(int(len(ordered) * share), len(ordered) - 1)], 5)
        for name, share in (("p50", 0.5), ("p99", 0.99))
    }
