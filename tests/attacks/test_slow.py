"""Clients that hold what they can, and give nothing: others are served meanwhile."""

import resource
import selectors
import socket
from contextlib import ExitStack, suppress
from time import monotonic

import pytest
from PIL import Image

from harness.lab6.requests import picture_job
from harness.stack.waiting import until
from tests.attacks.pictures import saved
from tests.attacks.requests import PICTURE

pytestmark = pytest.mark.embedded
CONNECTIONS = 1_000
GOOD = 20
CUT_S = 60
FORM = b"POST /job/submit HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\n"
BEGUN = {
    "nothing": b"",
    "half a request line": b"GET /hea",
    "headers without an end": b"GET /health HTTP/1.1\r\nHost: x\r\nX-A: ",
    "a body that does not come": FORM + b"Content-Length: 100000\r\n\r\n--x\r\n",
    "chunks that do not come": FORM + b"Transfer-Encoding: chunked\r\n\r\n5\r\n",
}
#: What is begun, and goes on and on.
ENDLESS = {
    "a body": (FORM + b"Content-Length: 10000000\r\n\r\n", b"x"),
    "a header": (b"GET / HTTP/1.1\r\nX: ", b"x"),
    "a trailer": (FORM + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"A: b\r\n"),
}


@pytest.fixture
def connect(lab):
    """Makes a connection to the api; all are closed at the end."""
    host, port = lab.api.url.removeprefix("http://").split(":")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * CONNECTIONS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    with ExitStack() as held:
        yield lambda: held.enter_context(socket.create_connection((host, int(port)), timeout=CUT_S))


def served(lab):
    """Twenty good submissions one after another; how long the slowest took, seconds."""
    slowest = 0.0
    for _ in range(GOOD):
        began = monotonic()
        assert lab.api.submit(picture_job(PICTURE, "grayscale")).status == 202
        slowest = max(slowest, monotonic() - began)
    return slowest


def cut(connections):
    """Wait until the other side has ended every one of them."""
    waiting = set(connections)
    with selectors.DefaultSelector() as selector:
        for one in connections:
            selector.register(one, selectors.EVENT_READ)

        def over():
            for key, _ in selector.select(timeout=0.5):
                told = b""
                with suppress(ConnectionError):
                    told = key.fileobj.recv(65536)
                if not told:
                    selector.unregister(key.fileobj)
                    waiting.discard(key.fileobj)
            return not waiting

        until(over, deadline_s=CUT_S, what="the end of every slow connection")


@pytest.mark.parametrize("begun", BEGUN.values(), ids=BEGUN)
def test_who_begins_and_does_not_go_on_keeps_nobody_waiting(lab, connect, begun):
    """Fifty of them, more than there are threads."""
    for _ in range(50):
        connect().sendall(begun)
    print(f"the slowest good request: {served(lab):.3f} s")  # noqa: T201


@pytest.mark.slow
def test_a_thousand_connections_keep_nobody_out_and_are_cut(lab, connect):
    """All open at once; the good are served; the idle ones are ended by the server."""
    connections = [connect() for _ in range(CONNECTIONS)]
    print(f"the slowest good request: {served(lab):.3f} s")  # noqa: T201
    cut(connections)


@pytest.mark.slow
@pytest.mark.parametrize(("begun", "more"), ENDLESS.values(), ids=ENDLESS)
def test_what_a_thousand_connections_have_sent_is_not_held_in_memory(lab, connect, begun, more):
    """Half a megabyte each of a body, of a header, or of a trailer, that does not end."""
    for _ in range(900):
        with suppress(OSError):  # a header of this length ends the connection
            one = connect()
            one.settimeout(5)
            one.sendall(begun + more * (500_000 // len(more)))
    served(lab)
    assert lab.too_fat() == {}


def test_who_does_not_read_the_answer_keeps_nobody_waiting(lab, connect):
    """Many requests in one go, no answer read."""
    for _ in range(30):
        with suppress(TimeoutError, ConnectionError):
            one = connect()
            one.settimeout(1)
            one.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n" * 2_000)
    print(f"the slowest good request: {served(lab):.3f} s")  # noqa: T201


def test_who_asks_for_a_hundred_results_and_reads_none_keeps_nobody_waiting(lab, connect):
    """Forty of them, more than there are threads; each result is longer than what a socket
    holds.
    """
    large = Image.effect_noise((1_500, 1_500), 90)
    done = lab.ended(lab.api.submit(picture_job(saved(large, "PNG"), "grayscale")).job_id)
    assert done.status == "COMPLETED"
    asked = f"GET /job/{done.id}/result HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    for _ in range(40):
        connect().sendall(asked * 100)
    print(f"the slowest good request: {served(lab):.3f} s")  # noqa: T201


@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "in chunks"])
def test_a_gigabyte_is_cut_short(lab, connect, chunked):
    """Sent until the server answers 413 or ends the connection; it takes far less than all of
    it.
    """
    one, piece, sent = connect(), b"a" * (1 << 20), 0
    length = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: 1073741824"
    one.sendall(
        FORM
        + length
        + b'\r\n\r\n--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n'
    )
    framed = b"100000\r\n" + piece + b"\r\n" if chunked else piece
    with suppress(ConnectionError):
        while sent < 1 << 30:
            one.sendall(framed)
            sent += len(piece)
    assert sent < 512 << 20, f"{sent >> 20} MB taken"
    print(f"{sent >> 20} MB sent, the slowest good request: {served(lab):.3f} s")  # noqa: T201
