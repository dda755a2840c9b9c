"""What waiting costs: the commands that Redis got meanwhile, and the CPU time of who waits."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from harness.grade.experiments.worker_cpu import cpu_of, cpu_since
from harness.lesson.tables import columns
from harness.stack.base import Stack
from harness.stack.waiting import let_pass
from harness.witness.command_counts import commands_so_far


@dataclass(frozen=True, slots=True, kw_only=True)
class RestingWorker:
    """A worker watched while it had nothing to do."""

    seconds: float
    commands: Mapping[str, int]  #: that Redis got meanwhile, by name
    cpu_s: float | None  #: of the worker; None where this machine cannot see its processes

    def table(self) -> pd.DataFrame:
        """What was seen, as a table of one line."""
        cpu = None if self.cpu_s is None else round(self.cpu_s, 2)
        line = (round(self.seconds, 1), sum(self.commands.values()), cpu)
        return pd.DataFrame([line], columns=columns("seconds", "commands", "cpu"))


def watch_idleness(stack: Stack, seconds: float) -> RestingWorker:
    """Watch the worker for this long while nothing is sent to it."""
    before, cpu_before = sent(stack), cpu_of(stack)
    watched = let_pass(seconds)
    spent, after = cpu_since(cpu_before, stack), sent(stack)
    more = {name: calls - before.get(name, 0) for name, calls in after.items()}
    return RestingWorker(
        seconds=watched,
        commands={name: calls for name, calls in more.items() if calls > 0},
        cpu_s=spent,
    )


def sent(stack: Stack) -> Mapping[str, int]:
    """How often Redis got each command so far, as Redis itself counts; those about connections
    left out.
    """
    return commands_so_far(stack.redis_address, stack.redis_password)
