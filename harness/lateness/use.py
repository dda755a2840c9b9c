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

_CONTAINERS = (
    "cpuacct/docker/cpuacct.usage",
    "docker/cpu.stat",
    "system.slice/docker-*.scope/cpu.stat",
)
_ENGINE = tuple(
    f"{of}system.slice/{name}.service/{file}"
    for of, file in (("", "cpu.stat"), ("cpuacct/", "cpuacct.usage"))
    for name in ("docker", "containerd")
)

Groups = Callable[[], Iterable[Path | None]]


def busy_s() -> float:
    """Processor seconds of the whole machine so far, a neighbour's of a virtual one included."""
    times = psutil.cpu_times()._asdict()
    return float(sum(times.values()) - sum(times.get(name, 0.0) for name in (*_IDLE, *_WITHIN)))


class GroupUse:
    """What a control group has used, also before its container was started anew: its counter begins
    at nothing then."""

    def __init__(self) -> None:
        self.total_s = 0.0
        self._last_s = 0.0

    def told(self, now_s: float) -> None:
        """The counter says so now; 0 of a group that is gone."""
        self.total_s += now_s - self._last_s if now_s >= self._last_s else now_s
        self._last_s = now_s


class OwnUse:
    """This process with those that it has waited for; with ``tree`` also all that run below it; and
    the containers whose control groups ``groups`` tells: a group counts also what has ended within
    it. None among them is one that cannot be read. Without both, what the work uses is unknown."""

    def __init__(self, groups: Groups | None = None, *, tree: bool = False) -> None:
        self._groups = groups
        self._looked = float("-inf")
        self._seen: dict[Path, GroupUse] = {}
        self._tree = tree
        self._below_s = self._last_s = 0.0
        self.known = tree  #: whether the work's own use can be told now

    def so_far(self) -> Use:
        """Now."""
        if self._groups is not None and monotonic() - self._looked >= _ANEW_S:
            self._look_anew(self._groups)
        for group, use in self._seen.items():
            with suppress(ValueError):
                use.told(used_now_s(group))
        own_s = self._processes_s() + sum(use.total_s for use in self._seen.values())
        return Use(busy_s=busy_s(), own_s=own_s)

    def _processes_s(self) -> float:
        """It grows only: what a process has used whom nobody waits for is lost with it."""
        now_s = sum(os.times()[:4]) + (below_s() if self._tree else 0.0)
        self._below_s += max(now_s - self._last_s, 0.0)
        self._last_s = now_s
        return self._below_s

    def _look_anew(self, groups: Groups) -> None:
        self._looked = monotonic()
        try:
            paths = list(groups())
        except Exception:  # noqa: BLE001 - an Engine that cannot tell now will be asked again
            return
        for group in filter(None, paths):
            self._seen.setdefault(group, GroupUse())
        self.known = bool(self._seen) or not paths  # one that has just ended has no group any more


def below_s() -> float:
    """Of all processes that this one has started, and theirs, with those that they waited for."""
    used = 0.0
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # it has ended: who waited for it has its time
            used += sum(process.cpu_times()[:4])
    return used


def group_of(pid: int, container: str) -> Path | None:
    """The control group that counts this container's time, of either version; None where this
    machine has none, or the process has ended or is not of that container: Docker Desktop and an
    Engine elsewhere tell processes of another machine."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8").splitlines():
            if group := group_in(line, container):
                return group
    return None


def group_in(line: str, container: str, groups: Path = _GROUPS) -> Path | None:
    """The file that counts the time of the group in this line, if it is that container's."""
    _, names, path = line.split(":", 2)
    if not container or container not in path:
        return None
    if "cpuacct" in names.split(","):
        return _existing(groups / "cpuacct" / path.strip("/"), "cpuacct.usage")
    return None if names else _existing(groups / path.strip("/"), "cpu.stat")


def groups_of(processes: Callable[[], Iterable[tuple[int, str]]]) -> list[Path | None]:
    """The control group of each of these processes of a container, and of the Engine itself: a
    container makes it work, too."""
    groups = [group_of(pid, container) for pid, container in processes()]
    return [*groups, *_present(_ENGINE)] if any(groups) else groups


def engine_groups() -> list[Path]:
    """Those of all containers of this machine's Engine; none where they cannot be seen."""
    return _present(_CONTAINERS + _ENGINE)


def _present(patterns: Iterable[str]) -> list[Path]:
    return [file for pattern in patterns for file in _GROUPS.glob(pattern)]


def used_s(file: Path) -> float:
    """The seconds that such a file tells."""
    text = file.read_text(encoding="ascii")
    if file.name == "cpuacct.usage":
        return int(text) / 1e9
    counters = dict(line.split() for line in text.splitlines())
    return int(counters["usage_usec"]) / 1e6


def used_now_s(file: Path) -> float:
    """The same; 0 where the group is gone."""
    try:
        return used_s(file)
    except OSError:  # it has ended
        return 0.0


def _existing(folder: Path, name: str) -> Path | None:
    file = folder / name
    return file if file.is_file() else None
