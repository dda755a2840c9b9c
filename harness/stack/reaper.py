"""The reaper: a small detached process that cleans up after a parent that was killed.

It holds the other end of a pipe. The parent writes what is to be cleaned; when the pipe closes
without a ``done``, the reaper kills exactly those processes, runs those commands and removes those
folders.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

_COMMAND_S = 60
_END_S = 3  #: to end by itself
_SAME_S = 0.01  #: a process is the one that was told of when it started at the same time


class Reaper:
    """The parent's end. Every method is a promise that outlives this process."""

    def __init__(self) -> None:
        detached: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS
            detached = {"creationflags": flags}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "harness.stack.reaper"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).parents[2],
            **detached,
        )

    def process(self, pid: int) -> None:
        """Kill this process and its children; never another one that got its number later."""
        with suppress(psutil.NoSuchProcess):
            self._tell(process=[pid, psutil.Process(pid).create_time()])

    def folder(self, path: Path) -> None:
        """Remove this folder, after the processes and the commands."""
        self._tell(folder=str(path.resolve()))

    def command(self, arguments: list[str], env: dict[str, str] | None = None) -> None:
        """Run this command, for at most a minute."""
        self._tell(command=arguments, env=env)

    def done(self) -> None:
        """Everything is cleaned already. A second call does nothing."""
        pipe = self._process.stdin
        if pipe is not None and not pipe.closed:
            self._tell(done=True)
            with suppress(OSError):
                pipe.close()
            self._process.wait()

    def _tell(self, **order: Any) -> None:
        pipe = self._process.stdin
        if pipe is not None and not pipe.closed:
            with suppress(OSError):  # the reaper was killed: the parent still cleans up by itself
                pipe.write(json.dumps(order).encode() + b"\n")
                pipe.flush()


def main() -> None:
    """The reaper's end: read orders until the pipe closes, then do what was not done."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    orders = []
    for line in sys.stdin.buffer:
        order = json.loads(line)
        if "done" in order:
            return
        orders.append(order)
    _end([order["process"] for order in orders if "process" in order])
    for order in orders:
        if "command" in order:
            _run(order["command"], order.get("env"))
    for order in orders:
        if "folder" in order:
            shutil.rmtree(order["folder"], ignore_errors=True)


def _end(processes: list[tuple[int, float]]) -> None:
    """Ask the processes to end, the youngest first; kill what does not."""
    family = []
    for pid, started in reversed(processes):
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            if abs(process.create_time() - started) < _SAME_S:
                family += [process, *process.children(recursive=True)]
    for member in family:
        with suppress(psutil.Error):
            member.resume()  # a frozen process hears nothing
            member.terminate()
    _, alive = psutil.wait_procs(family, timeout=_END_S)
    for member in alive:
        with suppress(psutil.Error):
            member.kill()
    psutil.wait_procs(alive, timeout=_END_S)


def _run(arguments: list[str], env: dict[str, str] | None) -> None:
    with suppress(OSError, subprocess.SubprocessError):
        subprocess.run(  # noqa: S603 - the kit's own command
            arguments,
            env=env if env is None else {**os.environ, **env},
            timeout=_COMMAND_S,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )


if __name__ == "__main__":
    main()
