"""``lab6 up --runtime kubernetes``: a lab that stays in the cluster, and a process that keeps its
ports open.

The lab outlives everything; the ports (8080 and those of the servers) live as long as a detached
process that a state file names. Where that process has ended, whoever asks opens ports of its own.
"""

import json
import os
import signal
import sys
import threading
from contextlib import suppress
from typing import Any

import psutil

from harness.stack.background import detached, same_process
from harness.stack.base import Progress
from harness.stack.errors import StackError
from harness.stack.kubernetes import STATE
from harness.stack.kubernetes.door import Cluster
from harness.stack.kubernetes.lab import KubernetesLab
from harness.stack.kubernetes.stack import NAMESPACE, KubernetesStack
from harness.stack.ready import listens
from harness.stack.waiting import until

_PORTS_S = 30.0


class StandingStack(KubernetesStack):
    """The lab that ``up`` left in the cluster. ``down`` ends its ports, too."""

    def __init__(self, state: dict[str, Any]) -> None:
        super().__init__(isolated=False, context=state["context"])
        if same_process(state) is not None:
            self._ports = dict(state["ports"])
        self._state = state

    def down(self) -> None:
        """As ``StandingLab.down``."""
        process = same_process(self._state)
        if process is not None:
            process.terminate()
        super().down()
        with suppress(FileNotFoundError):
            STATE.unlink()


def keep_up(port: int, progress: Progress) -> StandingStack:
    """Bring the lab up in the namespace ``lab6``, and start who keeps ``port`` open for it."""
    if listens(port):
        raise StackError("port-busy", port=port)
    stack = KubernetesStack(isolated=False)
    stack.up(progress)
    try:
        stack.close()
        STATE.parent.mkdir(exist_ok=True)
        STATE.unlink(missing_ok=True)
        module = "harness.stack.kubernetes.background"
        detached([sys.executable, "-m", module, stack.cluster.context, stack.name, str(port)])
        return until(find_kept, deadline_s=_PORTS_S, what=f"port {port}") or _lost()
    except BaseException:
        stack.down()
        raise


def find_kept() -> StandingStack | None:
    """The lab that ``up`` left; None where there is none. ``StackError`` where its cluster is
    silent.
    """
    try:
        state = json.loads(STATE.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return StandingStack(state)


def _lost() -> StandingStack:
    raise StackError("not-up", reason=NAMESPACE)


def main(context: str, namespace: str, port: int) -> None:
    """Keep the ports open until told to end."""
    end = threading.Event()
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: end.set())
    lab = KubernetesLab(Cluster(context), namespace)
    ports = lab.open_ports(api=port)
    state = {
        "context": context,
        "namespace": namespace,
        "pid": os.getpid(),
        "started": psutil.Process().create_time(),
        "ports": ports,
    }
    unfinished = STATE.with_suffix(".part")
    unfinished.write_text(json.dumps(state), encoding="utf-8")
    unfinished.replace(STATE)
    end.wait()
    lab.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
