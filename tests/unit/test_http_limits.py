"""What one connection may ask of the api's server: on a real waitress and real sockets."""

import socket

import pytest
import waitress
from waitress import wasyncore

from tests.unit.services import module

limits = module("api", "http_limits")

TURNS = 200  # of the server's loop, at most: ten milliseconds each


@pytest.fixture
def ask():
    """Sends each piece once the server has read the one before; whether the server then ended
    the connection.
    """
    sockets = {}
    server = waitress.create_server(
        lambda _environ, _start: [b""], listen="127.0.0.1:0", map=sockets, threads=1
    )
    server.channel_class = limits.Channel

    def asked(*pieces):
        with socket.create_connection(server.socket.getsockname()) as client:
            for piece in pieces:
                client.sendall(piece)
                turn(sockets)
            client.settimeout(0.01)
            return any(ended(client) for _ in range(TURNS // 100) if not turn(sockets))

    yield asked
    server.task_dispatcher.shutdown()
    server.close()


def turn(sockets):
    """Let the server read what is there."""
    wasyncore.loop(timeout=0.01, map=sockets, count=3)


def ended(client):
    """Whether the other side has ended the connection."""
    try:
        return client.recv(1) == b""
    except TimeoutError:
        return False


def test_who_sends_a_byte_now_and_then_is_ended(ask, monkeypatch):
    """Once the request has taken longer than it may, however alive the connection is."""
    assert not ask(b"GET / HT", b"T", b"P")
    monkeypatch.setattr(limits, "MAX_REQUEST_S", 0)
    assert ask(b"GET / HT", b"T", b"P")
