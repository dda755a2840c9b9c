"""The live page's server by itself: who is let in, what a page is sent, and that nothing is
left of it.
"""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import ExitStack, contextmanager

import httpx
import numpy as np
import psutil
import pytest

from harness.lab6.pictures import make_picture
from harness.live.serve import bound, serving
from harness.stack.waiting import until

pytestmark = pytest.mark.embedded

PICTURE = make_picture(np.random.default_rng(3))
LIMIT_S = 60
#: All that the witnesses tell of a job that goes well.
ALL = {
    ("http", "202"),
    ("redis", "RPUSH"),
    *(("log", step) for step in ("received", "processing", "completed")),
    *(("postgres", status) for status in ("QUEUED", "PROCESSING", "COMPLETED")),
}


@pytest.fixture(scope="module")
def url(embedded):
    """A page of the embedded lab."""
    with bound(0) as server, serving(server, embedded) as address:
        yield address.rstrip("/")


@pytest.fixture
def client(url):
    """Who has the page, and so its token."""
    with httpx.Client(base_url=url, timeout=LIMIT_S, trust_env=False) as one:
        page = one.get("/").text
        one.headers["X-Lab6-Token"] = re.search(r'name="lab6-token" content="([^"]+)"', page)[1]
        yield one


@contextmanager
def events(client, since="", **headers):
    """The messages of a stream as they come: id and document. Pages that were closed a moment
    ago, by other tests, are waited for: there is room for twelve.
    """
    with ExitStack() as closing:

        def opened():
            asked = client.stream("GET", "/events", params={"since": since}, headers=headers)
            stream = closing.enter_context(asked)
            return stream if stream.status_code != 503 else None

        stream = until(opened, deadline_s=LIMIT_S, what="room for a page")
        assert stream.headers["content-type"].startswith("text/event-stream")
        yield parsed(stream)


def parsed(stream):
    """Each message that has both."""
    known = ""
    for line in stream.iter_lines():
        if line.startswith("id: "):
            known = line[4:]
        elif line.startswith("data: "):
            yield known, json.loads(line[6:])


def submit(client):
    """Send the picture through the page; its job's id."""
    files = {"image": ("p.png", PICTURE.data, "image/png")}
    told = client.post("/submit", files=files, data={"action": "grayscale", "params": ""}).json()
    assert told["status"] == 202, told
    return told["job_id"]


def ended(client, job_id, since=""):
    """The id of the message after which there is nothing more to tell of the job."""
    with events(client, since) as messages:
        for known, news in messages:
            for job in news["jobs"]:
                told = {(mark["witness"], mark["what"]) for mark in job["marks"]}
                if job["id"] == job_id and told >= ALL:
                    return known
    raise AssertionError("the stream ended first")


@pytest.mark.parametrize("token", ["ключ", "é", "x"])
def test_another_token_is_refused_whatever_its_letters(client, token):
    """As bytes of a header: no letter of it is the server's trouble."""
    answer = client.post("/act/pause-worker", headers={"X-Lab6-Token": token.encode()})
    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/", "/events", "/texts/uk", "/static/app.js"])
@pytest.mark.parametrize("host", ["example.com", "127.0.0.1", "127.0.0.1:1", "localhost.evil:80"])
def test_another_host_name_gets_nothing(client, path, host):
    """A foreign name that leads here (DNS rebinding) is refused, whatever is asked for."""
    assert client.get(path, headers={"Host": host}).status_code == 403


@pytest.mark.parametrize("headers", [{}, {"X-Lab6-Token": ""}, {"X-Lab6-Token": "guessed"}])
@pytest.mark.parametrize("path", ["/act/kill-worker", "/submit", "/scenario"])
def test_nothing_is_changed_without_the_token(url, embedded, path, headers):
    """A form of another site does not have it; the worker lives on."""
    assert httpx.post(url + path, headers=headers, trust_env=False).status_code == 403
    assert [state.status for state in embedded.state("worker")] == ["running"]


@pytest.mark.parametrize("origin", ["null", "http://example.com", "https://127.0.0.1"])
def test_another_origin_is_refused_even_with_the_token(client, origin):
    """Whoever got hold of the token still needs to be this page."""
    answer = client.post("/act/push-malformed", headers={"Origin": origin})
    assert answer.status_code == 403


def test_every_answer_is_closed_to_others(client):
    """Only the page's own scripts and styles; no frame, no guessing of types, no other site."""
    for path in ("/", "/static/app.js", "/texts/en", "/nothing"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize(
    "path", ["/static/../server.py", "/static/%2e%2e/index.html", "/texts/de", "/picture/x/before"]
)
def test_nothing_else_is_served(client, path):
    """No file beside the page's, no third language, no picture of a job that is none."""
    assert client.get(path).status_code == 404


def test_a_new_page_gets_the_whole_and_then_what_changes(client):
    """First all jobs, then this one's way to its end."""
    first = submit(client)
    ended(client, first)
    with events(client) as messages:
        _, whole = next(messages)
        assert whole["anew"] is True
        assert first in {job["id"] for job in whole["jobs"]}
        second = submit(client)
        for _, news in messages:
            assert first not in {job["id"] for job in news["jobs"]}
            if any(job["id"] == second and job["place"] == "done" for job in news["jobs"]):
                break


@pytest.mark.parametrize("by", ["since", "Last-Event-ID"])
def test_a_page_that_comes_back_gets_what_it_missed(client, by):
    """By the id of its last message, whether the browser says it or the page; nothing of it
    twice.
    """
    known = ended(client, submit(client))
    missed = submit(client)
    ended(client, missed, known)
    said = {"since": known} if by == "since" else {"Last-Event-ID": known}
    with events(client, **said) as messages:
        _, news = next(messages)
    assert news["anew"] is False
    assert [job["id"] for job in news["jobs"]] == [missed]


@pytest.mark.parametrize("known", ["0123abcd-7", "rubbish", "-", "9" * 400])
def test_an_id_of_another_server_means_the_whole(client, known):
    """A page of a lab that is gone shows nothing of it any more."""
    job_id = submit(client)
    ended(client, job_id)
    with events(client, known) as messages:
        _, news = next(messages)
    assert news["anew"] is True
    assert job_id in {job["id"] for job in news["jobs"]}


def test_both_pictures_of_a_job_can_be_seen(client):
    """The upload byte for byte; the result as the api gives it."""
    job_id = submit(client)
    ended(client, job_id)
    before, after = (client.get(f"/picture/{job_id}/{which}") for which in ("before", "after"))
    assert before.content == PICTURE.data
    assert (before.headers["content-type"], after.headers["content-type"]) == ("image/png",) * 2
    assert after.content.startswith(b"\x89PNG")
    assert client.get(f"/picture/{job_id}/other").status_code == 404


def test_a_refusal_is_a_sentence_in_both_languages(client):
    """The last worker cannot be taken away; an unknown button is none."""
    answer = client.post("/act/remove-worker")
    assert answer.status_code == 409
    problem = answer.json()["problem"]
    assert set(problem) == {"uk", "en"}
    assert "від 1 до 8" in problem["uk"]
    assert client.post("/act/format-disk").status_code == 404


@pytest.mark.parametrize("replica", ["abc", "", "0", "-1", "1.0", "9" * 5000])
def test_a_worker_that_is_no_number_does_not_mean_all(client, embedded, replica):
    """The request is refused, and the worker lives on."""
    assert client.post("/act/kill-worker", params={"replica": replica}).status_code == 400
    assert [state.status for state in embedded.state("worker")] == ["running"]


def test_a_thirteenth_page_is_turned_away_and_a_closed_one_makes_room(client):
    """Streams are threads: there are twelve; a page that left is noticed by the next beat."""
    open_streams = [client.stream("GET", "/events") for _ in range(12)]
    for stream in open_streams:
        stream.__enter__()
    assert client.get("/events").status_code == 503
    for stream in open_streams:
        stream.__exit__(None, None, None)

    def room():
        with client.stream("GET", "/events") as stream:
            return stream.status_code == 200

    until(room, deadline_s=LIMIT_S, what="room for a page")


def started(tmp_path):
    """``lab6 live`` as a person starts it, without its browser; the process, once its page
    answers.
    """
    run = subprocess.Popen(
        [sys.executable, "-m", "harness.cli", "live", "--runtime", "embedded", "--port", "0", "--no-browser"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        env={**os.environ, "LAB6_LANG": "en", "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    address = re.search(r"http://\S+", run.stdout.readline())[0]
    assert httpx.get(address, trust_env=False).status_code == 200
    return run, address


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_of_it(tmp_path, how):
    """Ctrl-C and kill end it well, with a page's stream still open; kill -9 leaves no process
    either.
    """
    run, address = started(tmp_path)
    family = [psutil.Process(run.pid), *psutil.Process(run.pid).children(recursive=True)]
    assert len(family) > 4
    with run, httpx.stream("GET", f"{address}events", trust_env=False, timeout=LIMIT_S):
        run.send_signal(how)
        run.wait(LIMIT_S)
    assert run.returncode == (0 if how is not signal.SIGKILL else -how)
    _, alive = psutil.wait_procs(family, timeout=30)
    assert alive == []


def test_a_job_and_all_jobs_can_be_seen_again(client):
    """As data, in order, from the client to the end; as a file that is kept, not opened here."""
    job_id = submit(client)
    ended(client, job_id)
    recording = client.get("/replay.json", params={"job": job_id}).json()
    (track,) = recording["tracks"]
    assert [job["id"] for job in track["jobs"]] == [job_id]
    assert track["jobs"][0]["picture"].startswith("data:image/jpeg;base64,")
    times = [one["at"] for one in track["happenings"]]
    assert times == sorted(times)
    arrows = [one["arrow"] for one in track["happenings"] if one["arrow"]]
    assert set(arrows) == {"post", "insert", "rpush", "answer", "blpop", "update"}
    assert (arrows[0], track["happenings"][-1]["place"], track["lost"]) == ("post", "done", [])
    everything = client.get("/replay.html")
    assert everything.headers["content-disposition"].startswith("attachment")
    assert job_id in everything.text


def test_a_kill_says_which_worker_was_meant(client, embedded):
    """In what has happened, and in what can be seen again."""
    job_id = submit(client)
    known = ended(client, job_id)
    assert client.post("/act/kill-worker", params={"replica": "1"}).json()["problem"] is None
    try:
        with events(client, known) as messages:
            told = next(news["happened"][-1] for _, news in messages if news["happened"])
        assert (told["what"], told["replica"]) == ("kill-worker", 1)
        (track,) = client.get("/replay.json").json()["tracks"]
        deeds = {one["what"]: one["replica"] for one in track["happenings"]}
        assert deeds["kill-worker"] == 1
    finally:
        assert client.post("/act/start-worker").json()["problem"] is None


@pytest.mark.parametrize(
    "path", ["/replay.json?job=nobody", "/thumb/nothing", "/scenario.json", "/scenario.html"]
)
def test_what_is_not_there_cannot_be_seen_again(client, path):
    """No such job, no such picture, no scenario yet."""
    assert client.get(path).status_code == 404
