"""The live page beside containers: the same buttons, and every status that a row ever had."""

import json
import re
from time import monotonic

import httpx
import pytest

from harness.live.board import FINAL
from harness.live.serve import bound, serving
from harness.stack.compose import ComposeStack
from harness.witness.postgres import PostgresWitness

pytestmark = pytest.mark.docker

LIMIT_S = 300  # a hang; idle, a few seconds


@pytest.fixture(scope="module")
def lab():
    """A lab of its own: its workers are paused, killed and multiplied."""
    with ComposeStack() as stack:
        stack.up()
        yield stack


@pytest.fixture(scope="module")
def client(lab):
    """Who has the page, and so its token."""
    with (
        bound(0) as server,
        serving(server, lab) as url,
        httpx.Client(base_url=url, timeout=LIMIT_S, trust_env=False) as one,
    ):
        one.headers["X-Lab6-Token"] = re.search(
            r'lab6-token" content="([^"]+)"', one.get("/").text
        )[1]
        yield one


def press(client, act):
    """Press a button; it is done."""
    answer = client.post(f"/act/{act}")
    assert answer.status_code == 200, answer.text


def news(client):
    """What the page is sent, piece by piece, from the beginning; bounded, as it never ends."""
    end = monotonic() + LIMIT_S
    with client.stream("GET", "/events") as stream:
        for line in stream.iter_lines():
            assert monotonic() < end, "the page was never told of it"
            if line.startswith("data: "):
                yield json.loads(line[6:])


def seen(client, condition):
    """Wait until the page has been told of it."""
    jobs, sections = {}, {}
    for some in news(client):
        jobs |= {job["id"]: job for job in some["jobs"]}
        sections |= some["sections"]
        if condition(jobs, sections):
            return jobs
    raise AssertionError("the stream ended first")


def ended(jobs):
    """Whether PostgreSQL has said so of all of them."""
    return all(job["status"] in FINAL for job in jobs.values())


def workers(*wanted):
    """The condition that the workers are in these states."""
    return lambda _, sections: (
        [state["status"] for state in sections.get("services", {}).get("worker", [])]
        == list(wanted)
    )


@pytest.mark.slow
def test_a_burst_ends_where_postgresql_says_and_no_status_is_missed(client, lab):
    """20 jobs: each row's whole history with its times, out of the server's own log; ends as in
    the table.
    """
    press(client, "burst-20")
    jobs = seen(
        client,
        lambda jobs, _: len(jobs) == 20 and ended(jobs),
    )
    with PostgresWitness(lab.postgres_dsn) as postgres:
        rows = {job_id: row.status for job_id, row in postgres.rows().items()}
    assert {job["id"]: job["status"] for job in jobs.values()} == rows
    for job in jobs.values():
        told = [mark["what"] for mark in job["marks"] if mark["witness"] == "postgres"]
        assert told == ["QUEUED", "PROCESSING", "COMPLETED"]


def test_each_button_does_in_containers_what_it_says(client):
    """Paused, resumed, killed, started, joined by another, alone again; then the next jobs end."""
    for act, states in (
        ("pause-worker", ["paused"]),
        ("unpause-worker", ["running"]),
        ("kill-worker", ["exited"]),
        ("start-worker", ["running"]),
        ("add-worker", ["running", "running"]),
        ("remove-worker", ["running"]),
    ):
        press(client, act)
        seen(client, workers(*states))
    before = set(seen(client, lambda _, sections: "services" in sections))
    press(client, "push-malformed")
    press(client, "restart-redis")
    press(client, "burst-20")
    seen(
        client,
        lambda jobs, _: len(jobs.keys() - before) == 20 and ended(jobs),
    )
