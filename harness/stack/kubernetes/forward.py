"""A port of this machine that leads to whichever pod of a service is ready, as each connection
comes.

``kubectl port-forward`` holds to one pod and ends with it; this one outlives pods that are
replaced.
"""

import select
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any

from harness.stack.errors import StackError
from harness.stack.kubernetes.door import Cluster

_CHUNK = 64 * 1024
_DATA, _ERROR = 0, 1  #: channels of the protocol
_BACKLOG = 128


class Forward:
    """Listens until it is closed. ``pod`` names the pod to lead to now; None where none is
    ready.
    """

    def __init__(
        self,
        cluster: Cluster,
        namespace: str,
        pod: Callable[[], str | None],
        inner: int,
        *,
        port: int = 0,
    ) -> None:
        self._cluster, self._namespace, self._pod, self._inner = cluster, namespace, pod, inner
        self._closed = False
        self._listener = _listener(port)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, name=f"forward-{inner}", daemon=True).start()

    def close(self) -> None:
        """No more connections; those there are go on until one of their ends is over."""
        self._closed = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while not self._closed:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        with closing(near), suppress(StackError):
            pod = self._pod()
            if pod is None:
                return  # nobody is there: the caller sees a closed connection
            near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                far = _websocket(self._cluster, self._namespace, pod, self._inner)
            except Exception:  # noqa: BLE001 - whatever a handshake ends with, the pod is gone
                return
            try:
                with suppress(OSError, _closed_error()):
                    _pump(near, far)
            finally:
                far.shutdown()  # ``close`` would leave the socket open where the far end was first


def _listener(port: int) -> socket.socket:
    listener = socket.socket()
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows: else two could listen on one port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise StackError("port-busy", port=port) from error
    return listener


def _websocket(cluster: Cluster, namespace: str, pod: str, port: int) -> Any:
    """The open tunnel. The client's own wrapper is not used: at the far end's close it drops
    what it holds.
    """
    from kubernetes.stream.ws_client import create_websocket

    configuration = cluster.configuration
    address = configuration.host.replace("http", "ws", 1)
    key = configuration.get_api_key_with_prefix("authorization")
    return create_websocket(
        configuration,
        f"{address}/api/v1/namespaces/{namespace}/pods/{pod}/portforward?ports={port}",
        {"authorization": key} if key else {},
    )


def _pump(near: socket.socket, far: Any) -> None:
    """Carry bytes both ways until one end is over. One thread: a TLS connection bears no two."""
    from websocket import ABNF

    begun = set()  # each channel's first message is its port
    while True:
        waiting = isinstance(far.sock, ssl.SSLSocket) and far.sock.pending()
        ready = [far.sock] if waiting else select.select([near, far.sock], [], [])[0]
        if near in ready:
            data = near.recv(_CHUNK)
            if not data:
                return
            far.send(bytes([_DATA]) + data, opcode=ABNF.OPCODE_BINARY)
        if far.sock in ready:
            kind, frame = far.recv_data_frame(True)
            if kind == ABNF.OPCODE_CLOSE:
                return
            if kind != ABNF.OPCODE_BINARY:
                continue
            channel, data = frame.data[0], frame.data[1:]
            if channel not in begun:
                begun.add(channel)
            elif channel == _ERROR:
                return
            else:
                near.sendall(data)


def _closed_error() -> type[Exception]:
    from websocket import WebSocketException

    return WebSocketException  # type: ignore[no-any-return,unused-ignore]
