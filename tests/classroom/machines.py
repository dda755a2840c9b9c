"""A cluster on this machine: a scheduler on loopback, and workers that are its machines."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

from harness.stack.ready import free_ports
from harness.stack.waiting import until
from tests.mutants.variants import ROOT

LAB6 = (sys.executable, "-m", "harness.cli")


def grading(given: Path, out: Path, runtime: str, *options: str) -> list[str]:
    """The command that grades what was given, with the same pictures every time."""
    trust = ["--trust"] if runtime == "embedded" else []
    where = ["--out", str(out), "--runtime", runtime, *trust]
    return [*LAB6, "grade", str(given), *where, "--seed", "7", *options]


class Started:
    """A process whose output is read as it comes."""

    def __init__(self, command: list[str], log: Path, **environment: str) -> None:
        self.log = log
        with log.open("wb") as written:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                stdout=written,
                stderr=subprocess.STDOUT,
                env={**os.environ, "LAB6_LANG": "uk", **environment},
            )

    @property
    def told(self) -> str:
        """What it has printed so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def below(self, name: str = "") -> list[psutil.Process]:
        """Processes of that name that it started, and that they started; none where it has ended."""
        try:
            found = psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []
        return [one for one in found if name in _name(one)]

    def end(self) -> None:
        """Ask it to end; where it does not, it is killed."""
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _name(process: psutil.Process) -> str:
    """Its name; none of one that has ended since it was listed."""
    try:
        return process.name()
    except psutil.NoSuchProcess:
        return ""


@contextmanager
def cluster(
    folder: Path, machines: Mapping[str, Mapping[str, str]], *, tls: Path | None = None
) -> Iterator[tuple[str, dict[str, Started]]]:
    """The scheduler's address and its machines by name, each with an environment of its own."""
    (port,) = free_ports(1)
    address = f"{'tls' if tls else 'tcp'}://127.0.0.1:{port}"
    with ExitStack() as stack:
        scheduler = Started(_scheduler(port, tls), folder / "scheduler.log")
        stack.callback(scheduler.end)
        started = {}
        for name, environment in machines.items():
            command = [*LAB6, "grade-worker", address, "--trust", "--name", name]
            command += ["--tls", str(tls)] if tls else []
            started[name] = Started(command, folder / f"{name}.log", **environment)
            stack.callback(started[name].end)
        until(
            lambda: scheduler.told.count("Register worker") == len(machines),
            deadline_s=90,
            what="the machines at the scheduler",
        )
        yield address, started


def _scheduler(port: int, tls: Path | None) -> list[str]:
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--dashboard-address", "127.0.0.1:0"]
    if tls is None:
        return command
    files = (("ca-file", "ca"), ("cert", "certificate"), ("key", "key"))
    secured = [word for option, file in files for word in (f"--tls-{option}", f"{tls / file}.pem")]
    return [*command, "--protocol", "tls", *secured]
