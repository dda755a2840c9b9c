"""What the worker's processes and the others' spend, as far as this machine can see them."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass

import psutil

from harness.lateness.use import group_of, used_now_s
from harness.stack.base import CountedUse, HeldOthers, Stack

#: Elsewhere what a worker's ended child has spent is lost: one that calls a program for each job
#: would seem idle.
ENDED_CHILDREN_COUNT = sys.platform == "linux"


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuSeen:
    """CPU of the worker, so far."""

    pids: frozenset[int]  #: of its replicas' first processes
    seconds: float  #: of these and of all below them


def cpu_of(stack: Stack, role: str = "worker") -> CpuSeen | None:
    """What the worker's processes have spent so far, those that ended, too, or another role's;
    None where this machine cannot see them.
    """
    containers = dict(stack.processes()) if isinstance(stack, CountedUse) else {}
    total, pids = 0.0, set[int]()
    for state in stack.state(role):
        pid = state.pid
        if pid is None or not (stack.runtime == "embedded" or _is_here(pid, containers)):
            return None
        pids.add(pid)
        try:
            process = psutil.Process(pid)
            times = [member.cpu_times() for member in (process, *process.children(recursive=True))]
        except psutil.Error:
            return None
        total += sum(sum(time[:4]) for time in times)  # user, system, and of ended children
    return CpuSeen(pids=frozenset(pids), seconds=total)


def group_cpu_s(stack: Stack) -> Mapping[int, float]:
    """What the worker's containers have spent so far, by the pids of their first processes: by
    their control groups, which count finely. Empty where this machine has not all of them."""
    containers = dict(stack.processes()) if isinstance(stack, CountedUse) else {}
    pids = [state.pid for state in stack.state("worker") if state.pid is not None]
    groups = {pid: group_of(pid, containers.get(pid, "")) for pid in pids}
    spent = {pid: used_now_s(group) for pid, group in groups.items() if group is not None}
    return spent if len(spent) == len(pids) else {}


def cpu_since(before: CpuSeen | None, stack: Stack) -> float | None:
    """The seconds that the worker's processes spent since. None where one of both could not be
    seen, or the worker was started anew meanwhile: what it had spent before, nobody knows.
    """
    now = cpu_of(stack)
    if before is None or now is None or now.pids != before.pids:
        return None
    return max(now.seconds - before.seconds, 0.0)


def cpu_of_others(stack: Stack) -> Mapping[str, float]:
    """What the api and those without a role have spent so far, in seconds, by container or role;
    nothing of those that cannot be seen.
    """
    if not isinstance(stack, HeldOthers):
        api = cpu_of(stack, "api")
        return {} if api is None else {"api": api.seconds}
    groups = {container: group_of(pid, container) for pid, container in stack.others()}
    return {
        container: used_now_s(group) for container, group in groups.items() if group is not None
    }


def _is_here(pid: int, containers: Mapping[int, str]) -> bool:
    """Whether that process runs on this machine, in its own container: Docker Desktop and an
    Engine elsewhere tell the pids of another machine."""
    return sys.platform == "linux" and group_of(pid, containers.get(pid, "")) is not None
