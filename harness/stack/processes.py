"""One service as a child process: its log with arrival times, its signals, its state."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from time import time_ns
from typing import Any

import psutil

from harness.stack.base import ServiceState
from harness.stack.errors import StackError
from harness.stack.waiting import until

_LONGEST_LINE = 1024 * 1024  #: bytes of one line that are kept
#: Last lines of a log that an error quotes: Node tells a missing library in twenty-three.
_TAIL = 30
_SIGNAL_S = 10.0
_QUIT_S = 5.0
GRACE_S = 10.0  #: between SIGTERM and SIGKILL, as docker's

#: A Ctrl-C is for the parent, which stops its children in order.
GROUP_OF_ITS_OWN: dict[str, Any] = {"process_group": 0}
if sys.platform == "win32":
    GROUP_OF_ITS_OWN = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}


def _is(process: psutil.Process, frozen: bool) -> bool:
    """Whether it is so; what has ended is as wanted."""
    try:
        return (process.status() == psutil.STATUS_STOPPED) is frozen
    except psutil.Error:
        return True


class Child:
    """A replica of a service. It may be started again after it ended; its log goes on."""

    def __init__(
        self,
        service: str,
        replica: int,
        command: list[str],
        *,
        folder: Path,
        log: Path,
        env: dict[str, str],
        user: int | None = None,
        stop_signal: int = signal.SIGTERM,
        quit_signal: int | None = None,
    ) -> None:
        self.service = service
        self.replica = replica
        self.log = log
        self._command = command
        self._folder = folder
        self._env = env
        self._user = user
        self._stop_signal = stop_signal
        self._quit_signal = quit_signal
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None

    @property
    def name(self) -> str:
        """``worker-1``."""
        return f"{self.service}-{self.replica}"

    @property
    def pid(self) -> int | None:
        """Of the process that runs; None when none does."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def exit_code(self) -> int | None:
        """How it ended; None when it runs, or never ran."""
        return self._process.poll() if self._process else None

    def spawn(self) -> int:
        """Start the process; returns its pid."""
        account: dict[str, Any] = (
            {} if self._user is None else {"user": self._user, "extra_groups": []}
        )
        process = subprocess.Popen(  # noqa: S603
            self._command,
            cwd=self._folder,
            env=self._env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **account,
            **GROUP_OF_ITS_OWN,
        )
        self._process = process
        self._reader = threading.Thread(target=self._keep, args=(process,), daemon=True)
        self._reader.start()
        return int(process.pid)

    def stop(self) -> None:
        """SIGTERM (or what the service takes for it), after the grace time SIGKILL."""
        if self.pid is None or self._process is None:
            return
        self.resume()  # a frozen process hears nothing
        with suppress(OSError):
            self._process.send_signal(self._stop_signal)
        try:
            self._process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self._drain()

    def end(self) -> None:
        """At once and for good. PostgreSQL is asked to quit: killed, it would leave shared
        memory.
        """
        if self.pid is not None and self._process is not None and self._quit_signal is not None:
            self.resume()
            with suppress(OSError, subprocess.TimeoutExpired):
                self._process.send_signal(self._quit_signal)
                self._process.wait(_QUIT_S)
        self.kill()

    def kill(self) -> None:
        """Send SIGKILL to the process and its children, and wait until they have ended."""
        if self.pid is not None and self._process is not None:
            family = self._family()
            for process in family:
                with suppress(psutil.Error):
                    process.kill()
            self._process.wait()
            psutil.wait_procs(family, timeout=GRACE_S)
        self._drain()

    def suspend(self) -> None:
        """Freeze it and its children; back when they stand still, for a signal takes its time."""
        self._bring(psutil.Process.suspend, frozen=True)

    def resume(self) -> None:
        """Let a frozen process go on; returns when it runs again."""
        self._bring(psutil.Process.resume, frozen=False)

    def _bring(self, order: Callable[[psutil.Process], None], *, frozen: bool) -> None:
        """All of the family there, also who was born meanwhile. ``WaitTimeout`` when the system
        leaves one as it was."""

        def there() -> bool:
            others = [process for process in self._family() if not _is(process, frozen)]
            for process in others:
                with suppress(psutil.Error):
                    order(process)
            return not others

        what = f"{self.name} {'paused' if frozen else 'running'}"
        until(there, deadline_s=_SIGNAL_S, what=what, interval_s=0.002)

    def state(self) -> ServiceState:
        """As the operating system tells it now."""
        status, pid = "exited", self.pid  # asked once: it may end between two questions
        if pid is not None:
            with suppress(psutil.Error):
                frozen = psutil.Process(pid).status() == psutil.STATUS_STOPPED
                status = "paused" if frozen else "running"
        return ServiceState(
            service=self.service,
            replica=self.replica,
            name=self.name,
            status=status,
            exit_code=self.exit_code,
            pid=None if status == "exited" else pid,
            health=None,
        )

    def must_run(self) -> None:
        """``StackError("service-ended")`` with its last lines when it has ended."""
        if self.pid is None:
            self._drain()
            lines = self.log.read_bytes().splitlines()[-_TAIL:] if self.log.exists() else []
            text = b"\n".join(line.partition(b" ")[2] for line in lines).decode("utf-8", "replace")
            raise StackError("service-ended", service=self.name, code=self.exit_code, log=text)

    def _family(self) -> list[psutil.Process]:
        """The process that runs, and its children."""
        pid = self.pid  # asked once: to psutil, None is this very process
        if pid is None:
            return []
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            return [process, *process.children(recursive=True)]
        return []

    def _keep(self, process: "subprocess.Popen[bytes]") -> None:
        """Stamp every line as it arrives, as docker's json-file does."""
        if process.stdout is None:
            return
        with self.log.open("ab", buffering=0) as log, process.stdout as lines:
            while line := lines.readline(_LONGEST_LINE):
                log.write(_stamp() + b" " + line.rstrip(b"\r\n") + b"\n")

    def _drain(self) -> None:
        """Wait until what it said last is in the log."""
        if self._reader is not None:
            self._reader.join(GRACE_S)


def _stamp() -> bytes:
    """The present moment as RFC 3339 with nanoseconds."""
    seconds, nanoseconds = divmod(time_ns(), 1_000_000_000)
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z".encode()


def unprivileged_account() -> int | None:
    """For a PostgreSQL that refuses root: an account that is always there. None where we are
    not root.
    """
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    import pwd

    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_uid
    return None
