"""An API server that goes away in the middle: told in one sentence, and what is left is removed
by the next run.
"""

import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from harness.stack.kubernetes import removal
from harness.stack.kubernetes.door import Cluster
from harness.stack.waiting import until
from tests.kubernetes.test_bad_input import own_config
from tests.kubernetes.test_stack import namespaces

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow]

SECONDS = 120.0


class Gate:
    """A port of this machine that leads to the server, until it is shut."""

    def __init__(self, server: str) -> None:
        parts = urlsplit(server)
        self._server = (parts.hostname or "", parts.port or 443)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def shut(self) -> None:
        """Nobody comes through any more, and who is through is cut off."""
        for one in [self._listener, *self._open]:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._server)
            except OSError:
                return
            self._open += [near, far]
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=_carry, args=(source, target), daemon=True).start()


def _carry(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def test_it_is_told_and_the_next_run_cleans_up(tmp_path: Path) -> None:
    config, cluster = own_config(), Cluster()
    server = config["clusters"][0]["cluster"]["server"]
    gate = Gate(server)
    config["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{gate.port}"
    (tmp_path / "config").write_text(yaml.safe_dump(config), encoding="utf-8")
    before = namespaces(cluster)
    process = subprocess.Popen(
        [sys.executable, "-m", "harness.cli", "demo", "--runtime", "kubernetes"],
        env={**os.environ, "KUBECONFIG": str(tmp_path / "config")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    until(
        lambda: namespaces(cluster) - before, deadline_s=SECONDS, what="a namespace", interval_s=0.2
    )
    gate.shut()
    _, told = process.communicate(timeout=SECONDS)
    assert process.returncode == 2
    (left,) = namespaces(cluster) - before
    assert f"delete namespace {left}" in told.decode()
    assert left in removal.remove_leftovers(cluster)
    assert not removal.exists(cluster, left)
