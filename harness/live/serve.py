"""Runs the page: its socket, its server, its witnesses."""

import logging
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from werkzeug.serving import make_server

from harness.live.actions import Actions
from harness.live.board import Board
from harness.live.server import Site, make_app
from harness.live.watch import LabWatch
from harness.stack.base import Stack
from harness.stack.errors import StackError

_CLOSING_S = 5.0


class PageServer:
    """A socket of 127.0.0.1, taken before anything else is started, and the server upon it.

    Werkzeug's: a thread for each open page, and one that ends when it is told to, with streams
    still open.
    """

    def __init__(self, port: int) -> None:
        self._socket = socket.socket()
        if sys.platform != "win32":  # there it would share the port with whoever has it
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind(("127.0.0.1", port))
        except OSError as error:
            self._socket.close()
            raise StackError("live-port-busy", port=port) from error
        self._socket.listen()
        self.port: int = self._socket.getsockname()[1]

    @contextmanager
    def serves(self, app: Any) -> Iterator[None]:
        """Serve within the block, in a thread of its own."""
        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a page asks a lot
        server = make_server("127.0.0.1", self.port, app, threaded=True, fd=self._socket.fileno())
        server.daemon_threads = True  # type: ignore[attr-defined]
        thread = threading.Thread(
            target=server.serve_forever, args=(0.1,), name="live", daemon=True
        )
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join(_CLOSING_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()


def bound(port: int) -> PageServer:
    """The server's socket; 0 for a free port. ``StackError("live-port-busy")``."""
    return PageServer(port)


@contextmanager
def serving(server: PageServer, stack: Stack, code: Path | None = None) -> Iterator[str]:
    """The page of a lab that is up; its address. ``code``: the folder that it was made of."""
    board = Board()
    board.section("runtime", stack.runtime)
    board.section("api", f"{stack.url}/job/submit")
    site = Site(stack, board, Actions(stack, board))
    site.allow(server.port)
    with LabWatch(stack, board, code), server.serves(make_app(site)):
        try:
            yield f"http://127.0.0.1:{server.port}/"
        finally:
            site.close()
