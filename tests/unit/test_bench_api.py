"""What ``lab6 bench api`` makes of its measurements, and its load against a real server."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench.api import CLIENTS, document, told
from bench.api_load import ApiLoad, Form, apply_load


def load(rate=100, took=0.01, errors=0):
    """One second of so many answers."""
    return ApiLoad(latencies=(took,) * rate, errors=errors, seconds=1.0)


def loads(**rates):
    """Three rounds of each server, the middle one at that rate."""
    return {
        name: {clients: [load(rate // 2), load(rate), load(rate * 3)] for clients in CLIENTS}
        for name, rate in rates.items()
    }


@pytest.fixture
def server():
    """Answers 202 and 503 in turn; its port."""
    answers = iter([202, 503] * 100_000)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(next(answers))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args):
            """Nothing: a request is no news."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http_server:
        threading.Thread(target=http_server.serve_forever, daemon=True).start()
        yield http_server.server_address[1]
        http_server.shutdown()


def test_a_rate_is_the_median_of_the_rounds_and_a_ratio_is_of_rates():
    """One lucky round moves neither."""
    made = document(loads(kit=60, waitress=80, gunicorn=120), 1)
    assert made["submissions_per_second"]["kit"] == {"1": 60, "8": 60, "64": 60}
    assert made["ratios"]["kit_to_waitress"]["8"] == 0.75
    assert made["ratios"]["kit_to_gunicorn"]["64"] == 0.5


def test_a_202_without_its_row_or_message_is_an_error():
    """And so is a message too many."""
    assert load(10).with_kept(10, 10).errors == 0
    assert load(10).with_kept(9, 10).errors == 1
    assert load(10).with_kept(10, 11).errors == 1


def test_errors_are_told_by_server():
    """Of all rounds together."""
    one = loads(kit=10, waitress=10)
    one["kit"][64][0] = load(10, errors=3)
    made = document(one, 1)
    assert made["errors"]["kit"]["64"] == 3
    assert "kit 3, waitress 0" in told(made)[-1]


def test_each_line_fits_a_terminal():
    """80 columns."""
    assert max(map(len, told(document(loads(kit=2_000, waitress=9_999), 1)))) <= 80


def test_an_answer_other_than_202_is_no_submission(server):
    """Half of these are refused: they count as errors alone."""
    found = apply_load(server, Form.of(b"picture"), clients=2, seconds=0.2)
    assert found.errors > 0
    assert abs(len(found.latencies) - found.errors) <= 1


def test_no_answer_is_an_error():
    """Nobody listens: each client has its errors, and ends."""
    found = apply_load(1, Form.of(b"picture"), clients=2, seconds=0.05)
    assert found.latencies == ()
    assert found.errors >= 2
