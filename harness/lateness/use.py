"""Who uses the processors: everybody together, and this grading's own part of it."""

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from time import monotonic

import psutil

from harness.lateness.slowness import Use

_GROUPS = Path("/sys/fs/cgroup")
_ANEW_S = 5.0  #: between two looks at which containers there are
_IDLE = ("idle", "iowait")
_WITHIN = ("guest", "guest_nice")  #: counted as the user's already

Groups = Callable[[], Iterable[Path | None]]


def busy_s() -> float:
    """Processor seconds of the whole machine so far, a neighbour's of a virtual one included."""
    times = psutil.cpu_times()._asdict()
    return float(sum(times.values()) - sum(times.get(name, 0.0) for name in (*_IDLE, *_WITHIN)))


class OwnUse:
    """This process with those that it has waited for, and the containers whose control groups
    ``groups`` tells: a group counts also what has ended within it. None among them is one that
    cannot be read."""

    def __init__(self, groups: Groups | None = None) -> None:
        self._groups = groups
        self._looked = float("-inf")
        self._seen: dict[Path, float] = {}
        self.known = True  #: whether containers' use can be read here

    def so_far(self) -> Use:
        """Now."""
        own = os.times()
        if self._groups is not None and monotonic() - self._looked >= _ANEW_S:
            self._look_anew(self._groups)
        for group in self._seen:
            with suppress(OSError, ValueError):  # it has ended: what it used is known
                self._seen[group] = max(self._seen[group], used_s(group))
        return Use(busy_s=busy_s(), own_s=sum(own[:4]) + sum(self._seen.values()))

    def _look_anew(self, groups: Groups) -> None:
        self._looked = monotonic()
        try:
            found = list(groups())
        except Exception:  # noqa: BLE001 - an Engine that cannot tell now will be asked again
            return
        for group in filter(None, found):
            self._seen.setdefault(group, 0.0)
        self.known = bool(self._seen) or not found  # one that has just ended has no group any more


def group_of(pid: int) -> Path | None:
    """The control group that counts this container's time, of either version; None where this
    machine has none, or the process has ended or is no container's: Docker Desktop tells those of
    its own machine."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8").splitlines():
            _, names, path = line.split(":", 2)
            if "docker" not in path:
                continue
            if "cpuacct" in names.split(","):
                return _existing(_GROUPS / "cpuacct" / path.strip("/"), "cpuacct.usage")
            if not names and (file := _existing(_GROUPS / path.strip("/"), "cpu.stat")):
                return file
    return None


def groups_of(pids: Callable[[], Iterable[int]]) -> list[Path | None]:
    """The control group of each of these processes."""
    return [group_of(pid) for pid in pids()]


def engine_groups() -> list[Path]:
    """Those of all containers of this machine's Engine; none where they cannot be seen."""
    kept = (
        "cpuacct/docker/cpuacct.usage",
        "docker/cpu.stat",
        "system.slice/docker-*.scope/cpu.stat",
    )
    return [file for pattern in kept for file in _GROUPS.glob(pattern)]


def used_s(file: Path) -> float:
    """The seconds that such a file tells."""
    text = file.read_text(encoding="ascii")
    if file.name == "cpuacct.usage":
        return int(text) / 1e9
    told = dict(line.split() for line in text.splitlines())
    return int(told["usage_usec"]) / 1e6


def _existing(folder: Path, name: str) -> Path | None:
    file = folder / name
    return file if file.is_file() else None
