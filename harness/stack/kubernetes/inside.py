"""A command inside a pod's container, as ``kubectl exec`` runs it."""

from collections.abc import Sequence
from typing import Any

from harness.stack.errors import StackError
from harness.stack.kubernetes.door import CONNECT_S, Cluster, named

_RUN_S = 60.0


def run_inside(
    cluster: Cluster, namespace: str, pod: str, command: Sequence[str], *, timeout_s: float = _RUN_S
) -> tuple[int, bytes]:
    """Its exit status and what it printed, both outputs together.

    ``ObjectGone`` where the pod or its container is gone; ``StackError("timed-out")``.
    """
    from kubernetes.client import ApiException, CoreV1Api
    from kubernetes.stream import stream

    api = CoreV1Api(cluster.client())
    try:
        session: Any = stream(
            api.connect_get_namespaced_pod_exec,
            pod,
            namespace,
            command=list(command),
            stdin=False,
            stdout=True,
            stderr=True,
            tty=False,
            binary=True,
            _preload_content=False,
            _request_timeout=CONNECT_S,
        )
    except ApiException as error:
        # A handshake that is refused says 0 and hides the answer's number in its reason.
        reason = str(error.reason)[:300]
        gone = " 404 " in reason or " 500 " in reason or error.status == 404
        raise named(404 if gone else error.status, reason, cluster.context) from error
    try:
        session.run_forever(timeout=timeout_s)
        if session.is_open():
            raise StackError("timed-out", what=" ".join(command[:3]), seconds=f"{timeout_s:g}")
        return _status(session), session.read_all()  # in this order: reading all forgets the status
    finally:
        session.close()
        session.sock.shutdown()  # where the far end was first, ``close`` leaves the socket open


def _status(session: Any) -> int:
    """-1 where the container ended under the command, which then told nothing."""
    try:
        return int(session.returncode)
    except (TypeError, KeyError, ValueError, AttributeError, IndexError):
        return -1
