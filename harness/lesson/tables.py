"""What a part of the lab holds, as pandas tables for people."""

from collections.abc import Collection, Iterable, Sequence
from math import isinf

import pandas as pd

from harness.lesson.watch import Command
from harness.texts import number, say
from harness.witness.redis import RedisConnection

FIELDS = ("job_id", "file_path", "action", "params")
#: Columns of ``jobs`` that the sweep alone uses; what they do is told where something is lost.
_OF_THE_SWEEP = ("attempts", "session", "lease_until", "pushed_at")
_DECIMALS = 6  #: as pandas shows them unless asked for fewer


def show_for_people() -> None:
    """From now on this process's tables show texts whole and numbers in the process's language."""
    pd.set_option("display.max_colwidth", None)  # ids and paths are of use only whole
    pd.set_option("display.float_format", decimal)


def decimal(value: float) -> str:
    """A number of a table: no zeros at its end, a comma where the language wants one."""
    if isinf(value):
        return "∞" if value > 0 else "−∞"
    return number(round(value, _DECIMALS), ".15g")


def columns(*names: str) -> list[str]:
    """The headings of these columns in the process's language."""
    return [say(f"lesson.column.{name}") for name in names]


def row_table(rows: pd.DataFrame) -> pd.DataFrame:
    """One row upright: a line a column."""
    shown = rows.drop(columns=[name for name in _OF_THE_SWEEP if name in rows.columns])
    upright = shown.astype(object).where(shown.notna(), None).T
    upright.columns = pd.Index(columns("value") * len(upright.columns))
    return upright


def message_table(messages: Sequence[str]) -> pd.DataFrame:
    """Messages of the queue, a column a field. One that has not four fields is shown whole in
    the first.
    """
    split = [message.split("|") for message in messages]
    rows = [
        fields if len(fields) == len(FIELDS) else [message, None, None, None]
        for fields, message in zip(split, messages, strict=True)
    ]
    return pd.DataFrame(rows, columns=list(FIELDS))


def command_table(commands: Iterable[Command], own: Collection[str]) -> pd.DataFrame:
    """Commands about the queue, but for those of the addresses in ``own``."""
    return pd.DataFrame(
        [
            (command.time, command.address, command.text)
            for command in commands
            if command.address not in own
        ],
        columns=["time", "client", "command"],
    )


def client_table(clients: Iterable[RedisConnection]) -> pd.DataFrame:
    """Connections to Redis as CLIENT LIST tells of them."""
    return pd.DataFrame(
        [(client.command, client.flags, client.blocked, client.idle_s) for client in clients],
        columns=["cmd", "flags", "blocked", "idle_s"],
    )
