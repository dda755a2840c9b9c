"""Whatever an api answers, the one who asks is neither led away nor worn out."""

import http.server
import threading
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import pytest

from harness.grade.demonstration.run import _asked as asked
from harness.stack.container_files import at_most
from harness.stack.ready import answers_health, answers_http
from harness.witness.http import Answer, Api
from harness.witness.pgoutput import MessageReader, _values
from harness.witness.postgres import Row
from harness.workload import JobRequest

TEXT_JOB = JobRequest(fields={"text": "a"}, as_json=True)
JOB = "00000000-0000-4000-8000-000000000000"


@contextmanager
def serving(answer):
    """A real server on this machine; the paths that it was asked for."""
    asked = []

    class Stranger(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            answer(self)

        def do_POST(self):
            self.do_GET()

        def log_message(self, *_):
            """In silence."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stranger) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def elsewhere(request):
    """Away, to another path of this machine."""
    request.send_response(302)
    request.send_header("Location", f"http://127.0.0.1:{request.server.server_port}/secret")
    request.end_headers()


def test_nobody_is_led_away():
    """A redirect is an answer, and no way to make the grader ask this machine for anything."""
    with serving(elsewhere) as (url, asked):
        assert not answers_health(url)
        assert answers_http(url)
        with Api(url) as api:
            assert api.result(JOB).status == 302
    assert "/secret" not in asked


def test_who_speaks_no_http_answers_nothing():
    """Rubbish instead of a status line is no answer, and no crash."""
    with serving(lambda request: request.wfile.write(b"rubbish\r\n\r\n")) as (url, _):
        assert not answers_http(url)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        b'{"job_id": "\\ud83d"}',
        b'{"job_id": true}',
        b'{"job_id": ""}',
        b'{"job_id": "' + b"a" * 1000 + b'"}',
        b'{"job_id": "a", "rest": "' + b"a" * 2_000_000 + b'"}',
        b"\xff",
        b"",
    ],
    ids=["deep", "half a character", "truth", "empty", "long", "large", "no text", "nothing"],
)
def test_an_answer_that_nobody_can_use_has_no_id(body):
    """The work's fault, not the kit's: no exception."""
    moment = datetime.now(UTC)
    answer = Answer(
        status=202, body=body, media_type="application/json", sent=moment, answered=moment
    )
    assert answer.job_id is None


def refusing(times):
    """Too many jobs, so many times; then it takes one."""
    answers = iter([429] * times)

    def answer(request):
        request.rfile.read(int(request.headers["Content-Length"]))
        request.send_response(next(answers, 202))
        request.end_headers()

    return answer


@pytest.mark.parametrize(("patient", "asked_for", "status"), [(True, 3, 202), (False, 1, 429)])
def test_an_api_that_takes_no_more_just_now_is_asked_again(patient, asked_for, status):
    """Unless all jobs are to be taken at once."""
    with serving(refusing(2)) as (url, asked), Api(url) as api:
        assert api.submit(TEXT_JOB, patient=patient).status == status
        assert len(asked) == asked_for


def test_an_api_that_never_takes_a_job_is_asked_once_each(monkeypatch):
    """When it was waited for in vain; until it takes one after all."""
    monkeypatch.setattr("harness.witness.http._LIMITED_S", 0.6)
    with serving(refusing(30)) as (url, asked), Api(url) as api:
        assert api.submit(TEXT_JOB).status == 429
        waited = len(asked)
        assert waited > 1
        for job in range(3):
            assert api.submit(TEXT_JOB).status == 429
            assert len(asked) == waited + job + 1


def endless(request):
    """A job's id, and blanks until the other side goes away."""
    request.send_response(200)
    request.end_headers()
    with suppress(OSError):
        request.wfile.write(b'{"job_id": "a"}')
        while True:
            request.wfile.write(b" " * 65_536)


def test_an_answer_without_an_end_is_read_no_further():
    """Twenty of them at once are held in memory; what is too large for an answer's JSON is none."""
    with serving(endless) as (url, _), Api(url) as api:
        answer = api.row(JOB)
    assert answer.job_id is None
    assert answer.is_cut  # which the checks tell apart from an answer that holds no id
    assert 1_000_000 < len(answer.body) < 2_000_000


def test_a_result_that_is_too_large_is_no_result(monkeypatch):
    """That is a fact about this result; who asks goes on with what else there is to see."""
    monkeypatch.setattr("harness.witness.http._MOST_BYTES", 1_000_000)
    nothing = dict.fromkeys(("action", "params", "input_path", "output_path", "error"))
    row = Row(id=JOB, status="COMPLETED", times={}, **nothing)
    with serving(endless) as (url, _), Api(url) as api:
        answer = asked(api, row)
    assert (answer.status, answer.body) == (413, b"")


def test_an_archive_is_counted_as_it_comes():
    """However small the folder says it is; what comes after is not asked for."""
    taken = []
    endless = (taken.append(number) or b"0" * 10 for number in range(1000))
    assert at_most(endless, 25) is None
    assert len(taken) == 3
    assert at_most([b"a", b"b"], 2) == b"ab"


def test_a_value_of_the_servers_log_is_cut():
    """Nobody asks for more of a status, a path, a reason."""
    text = b"x" * 100_000
    data = b"\0\1" + b"t" + len(text).to_bytes(4, "big") + text
    ((_, value),) = _values(MessageReader(data), ("error",))
    assert len(value) == 4000
