"""The commands around a running lab: up, submit, logs, down, doctor; each as a person calls it."""

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from harness.lab6.oracle.judging import judge_picture
from harness.lab6.pictures import make_picture, truncated
from tests.command import lab6 as run_lab6

pytestmark = pytest.mark.embedded

LIMIT_S = 120
JOB = "0cb6da10-4760-4b41-861f-8c796139fe14"
PICTURE = make_picture(np.random.default_rng(4))


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """A folder of the user's own, with a picture, a broken one, and a text."""
    folder = tmp_path_factory.mktemp("user")
    (folder / "photo.png").write_bytes(PICTURE.data)
    broken = truncated(PICTURE, np.random.default_rng(5))
    (folder / "broken.png").write_bytes(broken.data)
    (folder / "text.png").write_text("not a picture", encoding="utf-8")
    return folder


def free_port():
    """A port that nobody uses now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def lab6(here):
    """Run the command in the user's folder; the finished process."""

    def run(*arguments, **changes):
        return run_lab6(*arguments, place=here, limit_s=LIMIT_S, **changes)

    return run


# Before the fixture `lab` starts one: what the commands say where no lab runs.


def test_up_on_a_busy_port_says_which(lab6):
    """A port that another program has: one sentence, exit 2, nothing left running."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = lab6("up", "--runtime", "embedded", "--port", str(port))
    assert run.returncode == 2
    *_, what, hint = run.stderr.splitlines()
    assert str(port) in what
    assert "--port" in hint
    assert "Traceback" not in run.stderr


def test_logs_without_a_lab_say_how_to_start_one(lab6):
    """Nothing runs: one sentence, exit 2."""
    run = lab6("logs")
    assert run.returncode == 2
    assert "lab6 up" in run.stderr


def test_submit_without_a_lab_says_how_to_start_one(lab6):
    """Nobody listens there: one sentence, exit 2."""
    run = lab6(
        "submit", "photo.png", "--action", "grayscale", "--url", f"http://127.0.0.1:{free_port()}"
    )
    assert run.returncode == 2
    what, hint = run.stderr.splitlines()
    assert "не відповідає" in what
    assert "lab6 up" in hint


def test_submit_to_something_else_says_so(lab6, tmp_path):
    """A web server that is not the lab's api is told from it."""
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=tmp_path
    ) as web:
        try:
            port = re.search(r"port (\d+)", web.stdout.readline())[1]
            run = lab6(
                "submit", "photo.png", "--action", "grayscale", "--url", f"http://127.0.0.1:{port}"
            )
        finally:
            web.terminate()
    assert run.returncode == 2
    assert "не API лабораторної" in run.stderr


class Liar(BaseHTTPRequestHandler):
    """Says of every job that it is done, and names it and its picture as it likes."""

    job_id = "../../stolen"
    media_type = "image/png"

    def answer(self, status, body, media_type="application/json"):
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(202, json.dumps({"job_id": self.job_id, "status": "QUEUED"}).encode())

    def do_GET(self):
        if self.path.endswith("/result"):
            self.answer(200, b"hello", self.media_type)
        else:
            self.answer(200, b'{"status": "COMPLETED"}')

    def log_message(self, *_):
        """Not on the terminal."""


@pytest.mark.parametrize(
    ("job_id", "media_type", "left"),
    [
        ("../../stolen", "image/png", []),
        ("/stolen", "image/png", []),
        ("C:\\stolen", "image/png", []),
        (JOB, "image/png", [f"{JOB}.png"]),
        (JOB, "image/jpeg", [f"{JOB}.jpg"]),
        ("{" + JOB.upper() + "}", "text/x-python", [f"{JOB}.bin"]),
    ],
)
def test_submit_writes_only_into_out_whoever_answers(lab6, here, job_id, media_type, left):
    """The names of files are ours: a UUID and a suffix of a picture."""
    liar = type("ThisLiar", (Liar,), {"job_id": job_id, "media_type": media_type})
    shutil.rmtree(here / "out", ignore_errors=True)
    before = set(here.parent.rglob("*"))
    with ThreadingHTTPServer(("127.0.0.1", 0), liar) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        run = lab6("submit", "photo.png", "--action", "grayscale", "--wait", "--url", url)
        server.shutdown()
    new = {one.relative_to(here) for one in set(here.parent.rglob("*")) - before if one.is_file()}
    assert new == {Path("out") / name for name in left}
    assert run.returncode == (0 if left else 2), run.stderr
    assert left or "не API лабораторної" in run.stderr


@pytest.fixture(scope="module")
def lab(lab6):
    """A lab left running by ``lab6 up``; its address."""
    port = free_port()
    started = lab6("up", "--runtime", "embedded", "--port", str(port))
    try:
        assert started.returncode == 0, started.stderr
        yield f"http://127.0.0.1:{port}"
    finally:
        stopped = lab6("down")
    assert stopped.returncode == 0, stopped.stderr
    assert "зупинено" in stopped.stdout
    again = lab6("down")
    assert (again.returncode, "не працює" in again.stdout) == (0, True)


def test_up_says_how_to_go_on_and_is_fine_twice(lab6, lab):
    """The address, the curl line, where the log is; the second time it finds the lab running."""
    again = lab6("up")
    assert again.returncode == 0
    assert "вже працює" in again.stdout
    form = f"-F image=@docs/request/photo.jpg -F action=grayscale -F params= {lab}/job/submit"
    assert f"curl {form}" in again.stdout
    assert "lab6 logs worker" in again.stdout


def test_the_printed_curl_line_works(lab6, lab):
    """What up prints can be pasted where the kit lies."""
    line = next(one for one in lab6("up").stdout.splitlines() if one.strip().startswith("curl -F"))
    kit = Path(__file__).parents[2]
    told = subprocess.run(line.split(), cwd=kit, capture_output=True, text=True, check=True)
    assert json.loads(told.stdout)["status"] == "QUEUED"


def test_submit_answers_as_postman_would(lab6, lab):
    """Status and JSON on standard output, at once."""
    run = lab6("submit", "photo.png", "--action", "grayscale", "--url", lab)
    assert run.returncode == 0
    assert re.fullmatch(r'202 \{.*"status": ?"QUEUED".*\}\n', run.stdout)


def test_submit_finds_the_running_lab_and_fetches_the_picture(lab6, lab, here):
    """Without --url; with --wait the result is fetched, and is right."""
    run = lab6(
        "submit", "photo.png", "--action", "resize", "--params", "120x90", "--wait", "--json", "-"
    )
    document = json.loads(run.stdout)
    assert (run.returncode, document["ok"], document["url"]) == (0, True, lab)
    result = Path(document["output"]).read_bytes()
    verdict = judge_picture(PICTURE.data, result, "resize", "120x90", exact=True)
    assert verdict.ok, verdict


def test_submit_tells_a_failed_job(lab6, lab):
    """A broken picture is accepted, and with --wait its FAILED and reason are told: exit 1."""
    run = lab6("submit", "broken.png", "--action", "grayscale", "--wait")
    assert run.returncode == 1
    assert "FAILED" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("text.png", "--action", "grayscale"), "415"),
        (("photo.png", "--action", "rotate"), "422"),
        (("photo.png", "--action", "resize", "--params", "big"), "422"),
        (("photo.png", "--action", "crop", "--params", "0,0,9999,9999"), "422"),
    ],
)
def test_submit_tells_what_the_api_refuses(lab6, lab, arguments, status):
    """The api's own sentence with its status, exit 1."""
    run = lab6("submit", *arguments)
    assert run.returncode == 1
    assert f"({status})" in run.stderr


def test_logs_show_what_the_worker_did(lab6, lab):
    """The job just submitted is in the worker's log; with --timestamps each line has its time."""
    sent = lab6("submit", "photo.png", "--action", "grayscale", "--wait", "--json", "-")
    job = json.loads(sent.stdout)["response"]["job_id"]
    plain = lab6("logs")
    assert f"Job {job} COMPLETED" in plain.stdout
    timed = lab6("logs", "worker", "--timestamps")
    assert all(re.match(r"\d{4}-\d\d-\d\dT[\d:.]+Z ", line) for line in timed.stdout.splitlines())


def test_the_kept_lab_passes_verify(lab6, lab):
    """logs into verify: the rules hold."""
    run = lab6("verify", "-", given=lab6("logs").stdout)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_followed_logs_end_with_ctrl_c(lab6, lab, here):
    """A new job's lines come while following; Ctrl-C is the normal end: exit 0."""
    with subprocess.Popen(
        [sys.executable, "-m", "harness.cli", "logs", "--follow"],
        cwd=here,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as follow:
        sent = lab6("submit", "photo.png", "--action", "grayscale", "--json", "-")
        job = json.loads(sent.stdout)["response"]["job_id"]
        for line in follow.stdout:
            if f"Job {job} COMPLETED" in line:
                break
        follow.send_signal(signal.SIGINT)
        _, errors = follow.communicate(timeout=LIMIT_S)
    assert (follow.returncode, errors) == (0, "")


def test_doctor_says_what_will_run(lab6):
    """Every question has an answer; here at least one runtime goes."""
    run = lab6("doctor", "--json", "-")
    document = json.loads(run.stdout)
    assert (run.returncode, document["ok"]) == (0, True)
    assert document["runtime"] in ("compose", "embedded")
    health = {finding["name"]: finding["health"] for finding in document["findings"]}
    assert health["postgres"] == health["redis"] == "good"
    assert all(finding["mend"] for finding in document["findings"] if finding["health"] == "bad")


def test_doctors_table_fits_80_columns(lab6):
    """Readable where a student reads it."""
    run = lab6("doctor", COLUMNS="80")
    assert run.returncode == 0
    assert "lab6 demo працюватиме так" in run.stdout
    assert max(map(len, run.stdout.splitlines())) <= 80
