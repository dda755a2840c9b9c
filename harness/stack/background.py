"""An embedded lab that outlives the command that started it: ``lab6 up`` without Docker.

A detached process owns the stack; a state file tells later commands where it is. ``down`` asks that
process to end; were it killed, its own reaper would clean up.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from harness.home import NOTES
from harness.stack.base import Progress, ServiceState
from harness.stack.embedded import EmbeddedStack
from harness.stack.errors import StackError
from harness.stack.file_logs import LogTail
from harness.stack.waiting import until

_ROOT = Path(__file__).parents[2]
STATE = NOTES / "up.json"
_UP_S = 120.0
_DOWN_S = 30.0
_SAME_S = 0.01
_LOOK_S = 1.0


def _silent(_: str) -> None:
    return


class KeptLab:
    """The running lab of a keeper, as other commands use it: a ``StandingLab``, asked and
    ended, not driven.
    """

    runtime = "embedded"

    def __init__(self, state: dict[str, Any]) -> None:
        self._state = state
        self.name: str = state["name"]

    @property
    def url(self) -> str:
        """As ``RunningLab.url``."""
        return str(self._state["url"])

    @property
    def redis_address(self) -> tuple[str, int]:
        """As ``RunningLab.redis_address``."""
        host, port = self._state["redis"]
        return host, port

    @property
    def redis_password(self) -> str | None:
        """As ``RunningLab.redis_password``."""
        return None

    @property
    def redis_user(self) -> str | None:
        """As ``RunningLab.redis_user``."""
        return None

    @property
    def postgres_dsn(self) -> str:
        """As ``RunningLab.postgres_dsn``."""
        return str(self._state["dsn"])

    def down(self) -> None:
        """End the keeper, and with it everything that it keeps."""
        process = same_process(self._state)
        if process is not None:
            process.terminate()
            _, alive = psutil.wait_procs([process], timeout=_DOWN_S)
            for process in alive:
                process.kill()  # its reaper does the rest
        with suppress(FileNotFoundError):
            STATE.unlink()

    def state(self, service: str) -> tuple[ServiceState, ...]:
        """As ``RunningLab.state``: what answers the keeper's pid runs."""
        status = "running" if same_process(self._state) else "exited"
        return tuple(
            ServiceState(
                service=service,
                replica=number,
                name=f"{service}-{number}",
                status=status,
                exit_code=None,
                pid=None,
                health=None,
            )
            for number, _ in enumerate(self._logs_of(service), 1)
        )

    def logs(
        self,
        service: str,
        *,
        follow: bool = False,
        timestamps: bool = False,
        tail: int | None = None,
    ) -> LogTail:
        """As ``RunningLab.logs``."""
        files = [(Path(file).name, Path(file)) for file in self._logs_of(service)]
        return LogTail(
            lambda: files,
            follow=follow,
            timestamps=timestamps,
            ended=lambda: same_process(self._state) is None,
            tail=tail,
        )

    def read(self, service: str, path: str) -> bytes:
        """As ``RunningLab.read``."""
        self._logs_of(service)
        folder = Path(self._state["folder"])
        file = (folder / path).resolve()
        if not file.is_relative_to(folder) or not file.is_file():
            raise StackError("file-missing", service=service, path=path)
        return file.read_bytes()

    def versions(self) -> dict[str, str]:
        """As ``RunningLab.versions``."""
        return dict(self._state["versions"])

    def _logs_of(self, service: str) -> list[str]:
        files: dict[str, list[str]] = self._state["logs"]
        if service not in files:
            raise StackError("no-service", service=service)
        return files[service]


def keep_up(port: int, progress: Progress = _silent) -> KeptLab:
    """Start a keeper with a lab on ``port``, and wait until it is up. A ``StackError`` of its
    is raised here.
    """
    progress("start")
    _check_place()
    with tempfile.TemporaryFile() as output:
        keeper = detached([sys.executable, "-m", "harness.stack.background", str(port)], output)
        try:
            until(
                lambda: find_kept() or keeper.poll() is not None,
                deadline_s=_UP_S,
                what="lab6 up",
            )
        except BaseException:
            keeper.terminate()
            raise
        kept = find_kept()
        if kept is None:
            output.seek(0)
            raise _told_error(output.read().decode("utf-8", "replace"))
        return kept


def _check_place() -> None:
    """Complain now where the keeper could not write what it keeps; it is detached, and nobody
    hears it then.
    """
    try:
        STATE.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=STATE.parent):
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise StackError("folder-unwritable", folder=STATE.parent, reason=reason) from error


def find_kept() -> KeptLab | None:
    """The lab that a keeper holds up; None where there is none."""
    try:
        state = json.loads(STATE.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if same_process(state) is None:
        with suppress(OSError):
            STATE.unlink()  # its keeper was killed
        return None
    return KeptLab(state)


def same_process(state: dict[str, Any]) -> psutil.Process | None:
    """The process that a state names (``pid``, ``started``), if it is still the same one."""
    with suppress(psutil.Error):
        process = psutil.Process(state["pid"])
        if abs(process.create_time() - state["started"]) < _SAME_S and process.is_running():
            return None if process.status() == psutil.STATUS_ZOMBIE else process
    return None


def detached(command: list[str], told: Any = subprocess.DEVNULL) -> "subprocess.Popen[bytes]":
    """Start a process that outlives this one and its terminal; ``told`` takes what it prints."""
    apart: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS
        apart = {"creationflags": flags}
    return subprocess.Popen(  # noqa: S603
        command,
        cwd=_ROOT,
        stdin=subprocess.DEVNULL,
        stdout=told,
        stderr=subprocess.DEVNULL,
        **apart,
    )


def _told_error(text: str) -> StackError:
    """What the keeper said before it ended."""
    try:
        failure = json.loads(text)
        return StackError(failure["reference"], **failure["facts"])
    except (ValueError, KeyError, TypeError):
        return StackError("service-ended", service="keeper", code="?", log=text[-500:])


def main() -> None:
    """The keeper: bring the lab up, write the state, wait to be told to end, or until the state
    names another keeper or none: then nobody could ever tell this one."""
    end = threading.Event()
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: end.set())
    stack = EmbeddedStack(port=int(sys.argv[1]))
    try:
        stack.up()
    except StackError as error:
        facts = {name: str(value) for name, value in error.facts.items()}
        sys.stdout.write(json.dumps({"reference": error.reference, "facts": facts}))
        sys.exit(2)
    with stack:
        _write_state(stack)
        while not end.wait(_LOOK_S) and _named():
            pass


def _named() -> bool:
    """Whether the state names this keeper; a state that cannot be read for a moment does."""
    try:
        return bool(json.loads(STATE.read_text(encoding="utf-8"))["pid"] == os.getpid())
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        return True


def _write_state(stack: EmbeddedStack) -> None:
    """Whole or not at all, and for nobody else: it holds the database's password."""
    state = {
        "name": stack.name,
        "pid": os.getpid(),
        "started": psutil.Process().create_time(),
        "url": stack.url,
        "redis": stack.redis_address,
        "dsn": stack.postgres_dsn,
        "folder": str(stack.folder),
        "logs": stack.log_files,
        "versions": stack.versions(),
    }
    unfinished = STATE.with_suffix(".part")
    unfinished.touch(0o600)
    unfinished.write_text(json.dumps(state), encoding="utf-8")
    unfinished.replace(STATE)


if __name__ == "__main__":
    main()
