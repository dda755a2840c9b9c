"""One job through the eyes of all witnesses: HTTP, Redis, PostgreSQL, the worker's log."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from harness.lesson.tables import columns
from harness.lesson.watch import Command
from harness.texts import say
from harness.trace import Event
from harness.witness.http import Answer
from harness.witness.redis import QUEUE

COLUMNS = ["job_id", "time", "witness", "event", "worker"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What each witness has seen so far, of all jobs."""

    answers: Mapping[str, Answer]
    commands: Iterable[Command]
    statuses: pd.DataFrame  #: job_id, status, time
    log: Sequence[Event]


def events_table(job_ids: Sequence[str], sources: Sources) -> pd.DataFrame:
    """``COLUMNS`` by time. ``witness``: http, redis, postgres, log. ``event``: sent, answered;
    RPUSH; the row's status; the kind of the log's event (received, processing, completed, failed,
    redelivered). ``worker``: which of several wrote the line of the log."""
    wanted = set(job_ids)
    rows: list[tuple[str, object, str, str, str]] = []
    for job_id, answer in sources.answers.items():
        rows.append((job_id, answer.sent, "http", "sent", ""))
        rows.append((job_id, answer.answered, "http", "answered", ""))
    for command in sources.commands:
        name, _, rest = command.text.partition(" ")
        if name.upper() in ("RPUSH", "LPUSH") and rest.startswith(QUEUE):
            job_id = rest.removeprefix(QUEUE).strip().partition("|")[0]
            rows.append((job_id, command.time, "redis", name.upper(), ""))
    statuses = sources.statuses.itertuples(index=False)
    rows.extend(
        (str(job_id), time, "postgres", str(status), "") for job_id, status, time in statuses
    )
    rows.extend(
        (event.job_id or "", event.time, "log", str(event.kind), event.stream)
        for event in sources.log
    )
    table = pd.DataFrame([row for row in rows if row[0] in wanted], columns=COLUMNS)
    table["time"] = pd.to_datetime(table["time"], utc=True)
    return table.sort_values("time", kind="stable", ignore_index=True)


def timeline_table(events: pd.DataFrame) -> pd.DataFrame:
    """One job's events for people: milliseconds since the first, who saw it, what it was."""
    since = (events["time"] - events["time"].min()).dt.total_seconds() * 1000
    values = (
        since.round(1),
        [say(f"lesson.witness.{name}") for name in events["witness"]],
        [say(f"lesson.event.{name}") for name in events["event"]],
    )
    return pd.DataFrame(dict(zip(columns("ms", "witness", "what"), values, strict=True)))
