"""Who is compared in ``lab6 bench``: how each one's workers and servers are started, and how it
takes a job.
"""

import importlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import redis

from harness.stack.embedded import EmbeddedStack
from harness.stack.ready import listens
from harness.stack.waiting import until
from harness.witness.redis import QUEUE

PEERS = Path(__file__).parent / "peers"
WORKER = Path(__file__).parents[1] / "lab6" / "worker"
_END_S = 10.0
_READY_S = 30.0

Publish = Callable[[str, str, str, str], None]
"""Job id, file path, action, params."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """One way to run a peer. ``words`` follow ``python -m``; one process of them is one worker."""

    peer: str  #: whose it is: the better of its set-ups counts
    module: str
    words: tuple[str, ...]


SET_UPS = {
    "celery": SetUp(
        peer="celery",
        module="celery_app",
        words=("celery", "-A", "celery_app", "worker", "-c", "1", "-l", "ERROR", "-n", "{name}@%h",
               "--without-gossip", "--without-mingle", "--without-heartbeat"),
    ),
    "celery, solo": SetUp(
        peer="celery",
        module="celery_app",
        words=("celery", "-A", "celery_app", "worker", "-P", "solo", "-l", "ERROR", "-n", "{name}@%h",
               "--without-gossip", "--without-mingle", "--without-heartbeat"),
    ),
    "rq, simple worker": SetUp(
        peer="rq",
        module="rq_app",
        words=("rq.cli", "worker", "bench", "--worker-class", "rq.worker.SimpleWorker", "-q"),
    ),
    "dramatiq, 8 threads": SetUp(
        peer="dramatiq",
        module="dramatiq_app",
        words=("dramatiq", "dramatiq_app", "--processes", "1", "--threads", "8"),
    ),
    "dramatiq, 1 thread": SetUp(
        peer="dramatiq",
        module="dramatiq_app",
        words=("dramatiq", "dramatiq_app", "--processes", "1", "--threads", "1"),
    ),
    "huey, 1 process": SetUp(
        peer="huey",
        module="huey_app",
        words=("huey.bin.huey_consumer", "huey_app.huey", "-w", "1", "-k", "process", "-q"),
    ),
    "huey, 4 threads": SetUp(
        peer="huey",
        module="huey_app",
        words=("huey.bin.huey_consumer", "huey_app.huey", "-w", "4", "-k", "thread", "-q"),
    ),
}  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Systems:
    """All of them upon one running lab: its Redis, its PostgreSQL, its storage."""

    stack: EmbeddedStack
    _redis: "redis.Redis" = field(init=False)

    def __post_init__(self) -> None:
        host, port = self.stack.redis_address
        self._redis = redis.Redis(host=host, port=port)
        os.environ["REDIS_URL"] = f"redis://{host}:{port}/1"  # the peers' messages lie apart
        os.environ |= self.stack.settings() | {"STORAGE_DIR": str(self.storage)}
        sys.path[:0] = [str(PEERS), str(WORKER)]

    @property
    def storage(self) -> Path:
        """Where the pictures lie."""
        return self.stack.folder / "storage"

    def publisher(self, name: str) -> Publish:
        """How a job is handed over."""
        if name == "kit":
            return self._push
        module = importlib.import_module(SET_UPS[name].module)
        publish: Publish = module.submit
        return publish

    def _push(self, *facts: str) -> None:
        self._redis.rpush(QUEUE, "|".join(facts))

    @contextmanager
    def workers(self, name: str, processes: int) -> Iterator[list[int]]:
        """So many worker processes of it, running; their process ids."""
        if name == "kit":
            self.stack.scale("worker", processes)
            try:
                yield [state.pid for state in self.stack.state("worker") if state.pid]
            finally:
                self.stack.scale("worker", 0)
            return
        started = [self._started(SET_UPS[name], number) for number in range(processes)]
        try:
            yield [process.pid for process in started]
        finally:
            for process in started:
                _end(process)

    def _started(self, set_up: SetUp, number: int) -> "subprocess.Popen[bytes]":
        return self.run([word.format(name=f"bench{number}") for word in set_up.words])

    def run(self, words: list[str]) -> "subprocess.Popen[bytes]":
        """``python -m`` with these words, the peers and the lab's worker on its path."""
        path = os.pathsep.join([str(PEERS), str(WORKER)])
        return subprocess.Popen(  # noqa: S603 - our own peers
            [sys.executable, "-m", *words],
            cwd=self.stack.folder,
            env=os.environ | {"PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


@contextmanager
def serving(systems: Systems, words: list[str], port: int) -> Iterator[None]:
    """A peer's HTTP server, answering on that port of this machine."""
    process = systems.run(words)
    try:
        until(
            lambda: process.poll() is not None or listens(port),
            deadline_s=_READY_S,
            what=" ".join(words),
        )
        if process.poll() is not None:
            raise RuntimeError(f"{' '.join(words)}: ended with {process.returncode}")
        yield
    finally:
        _end(process)


def cpu_s(pids: list[int]) -> float:
    """Seconds of CPU that these processes and their children have used so far."""
    total = 0.0
    for pid in pids:
        for process in (own := psutil.Process(pid), *own.children(recursive=True)):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Ask it to end; what does not is killed, its children too."""
    family = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for child in family:
        if child.is_running():
            child.kill()
