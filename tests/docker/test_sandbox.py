"""The sandbox on a real Engine: what a hostile submission can reach from within, and what is
left of it.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from harness.grade.submission.assignment import load_assignment
from harness.grade.submission.handed_in import open_submission, stack_of
from harness.stack import docker_door as door
from harness.stack.errors import StackError
from harness.stack.leftovers import remove_leftovers
from harness.stack.sandbox_project import RUN_LABEL
from harness.stack.waiting import until

pytestmark = pytest.mark.docker

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LIMIT_S = 400  # a hang; idle, a whole grading takes half a minute


@pytest.fixture(scope="module")
def hostile():
    """A submission that tells over HTTP what it can do; its stack, up."""
    submission = open_submission(HERE / "hostile", load_assignment(), None)
    with stack_of(submission, "compose") as stack:
        stack.up()
        yield stack


@pytest.fixture(scope="module")
def listener():
    """A server of this machine that listens on all its addresses, as careless ones do; its port."""
    with closing(socket.create_server(("0.0.0.0", 0))) as server:  # noqa: S104
        yield server.getsockname()[1]


def ask(stack, **what):
    """What the hostile api answers to this wish."""
    return httpx.get(f"{stack.url}/try", params=what, timeout=60, trust_env=False).json()


def host_addresses():
    """Every IPv4 address of this machine."""
    addresses = psutil.net_if_addrs().values()
    return [one.address for card in addresses for one in card if one.family == socket.AF_INET]


def test_this_machine_cannot_be_reached(hostile, listener):
    """Not by any of its addresses, though the same port answers from here."""
    asked = 0
    for address in host_addresses():
        try:
            socket.create_connection((address, listener), 5).close()
        except OSError:  # a network that another test has just taken away
            assert address not in host_addresses(), address
            continue
        assert ask(hostile, connect=f"{address}:{listener}") != "connected"
        asked += 1
    assert asked > 1  # loopback, and at least one that leads out


def test_its_own_servers_can_be_reached(hostile):
    """The other side of the same question: the way of asking works."""
    assert ask(hostile, connect="redis:6379") == "connected"
    assert ask(hostile, connect="postgres:5432") == "connected"


def test_there_is_no_way_to_the_net(hostile, listener):
    """Where a default route leads, nobody answers: no router, and not this machine."""
    for gateway in ask(hostile, gateways="1"):
        assert ask(hostile, connect=f"{gateway}:{listener}") != "connected"
    assert ask(hostile, connect="192.0.2.1:80") != "connected"


def test_it_has_no_rights(hostile):
    """No capability, no new privilege, no device, no socket of the Engine."""
    status = ask(hostile, read="/proc/self/status")
    facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert int(facts["CapEff"], 16) == int(facts["CapBnd"], 16) == 0
    assert facts["NoNewPrivs"].strip() == "1"
    assert ask(hostile, read="/host/etc/hostname") is None
    assert ask(hostile, read="/var/run/docker.sock") is None


def test_processes_and_memory_have_an_end(hostile):
    """As the Engine reports it of every container of the run."""
    box = load_assignment().sandbox
    containers = door.client().containers.list(filters={"label": RUN_LABEL}, all=True)
    own = [one for one in containers if one.name.startswith(hostile.name)]
    assert len(own) == 5  # the four and the gate
    for container in own:
        limits = container.attrs["HostConfig"]
        assert limits["PidsLimit"] == box.pids
        assert limits["Memory"] == limits["MemorySwap"] > 0
        assert limits["NanoCpus"] > 0
        assert limits["Privileged"] is False
        assert limits["CapDrop"] == ["ALL"]
        published = container.attrs["NetworkSettings"]["Ports"] or {}
        hosts = {one["HostIp"] for bound in published.values() for one in bound or ()}
        assert hosts <= {"127.0.0.1"}


def test_many_requests_pass_the_gate_at_once(hostile):
    """Bytes come back whole."""
    wanted = "x" * 200_000
    answers = []

    def fetch():
        answers.append(ask(hostile, echo=str(len(wanted))) == wanted)

    threads = [threading.Thread(target=fetch) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [True] * 16


def test_a_lab_without_a_worker_says_so(tmp_path):
    """Before anything is started."""
    shutil.copytree(HERE / "hostile", tmp_path / "lab")
    file = tmp_path / "lab" / "docker-compose.yml"
    file.write_text(file.read_text(encoding="utf-8").replace("./worker", "/"), encoding="utf-8")
    stack = stack_of(open_submission(tmp_path / "lab", load_assignment(), None), "compose")
    with stack, pytest.raises(StackError) as refused:
        stack.up()
    assert (refused.value.reference, refused.value.facts.get("role")) == (
        "service-missing",
        "worker",
    )


def changed(folder, old, new):
    """A copy of the hostile lab, one place of its compose file written otherwise."""
    shutil.copytree(HERE / "hostile", folder)
    file = folder / "docker-compose.yml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("1.sql", "CREATE TABLE jobs (id int); SELECT nothing FROM jobs;", "42703"),
        ("1.sh", 'psql -v ON_ERROR_STOP=1 <<< "SELEKT 1"', "42601"),
    ],
)
def test_a_set_up_that_fails_shows_its_error(tmp_path, name, text, complaint):
    """Compose itself says no more than that it failed."""
    mount = f"['./{name}:/docker-entrypoint-initdb.d/{name}']"
    image = "postgres:15-alpine\n"
    lab = changed(tmp_path / "lab", image, f"{image}    volumes: {mount}\n")
    (lab / name).write_text(text, encoding="utf-8")
    stack = stack_of(open_submission(lab, load_assignment(), None), "compose")
    with stack, pytest.raises(StackError) as refused:
        stack.up()
    facts = refused.value.facts
    assert (refused.value.reference, facts["role"], facts["code"]) == ("service-ended", "set-up", 3)
    assert complaint in facts["log"]


def test_what_has_no_role_and_cannot_be_had_is_left_out(tmp_path):
    """An image that nobody has, built from or named; a build that fails. The rest comes up."""
    extras = """services:
  built-from-nothing: {build: ./nothing}
  named: {image: "python:3.99"}
  fails: {build: ./fails}
"""
    lab = changed(tmp_path / "lab", "services:\n", extras)
    for name, text in (("nothing", "FROM python:3.99"), ("fails", "FROM scratch\nCOPY no /")):
        (lab / name).mkdir()
        (lab / name / "Dockerfile").write_text(f"{text}\n", encoding="utf-8")
    submission = open_submission(lab, load_assignment(), None)
    with stack_of(submission, "compose") as stack:
        stack.up()
        assert stack.state("api")
    told = {one.where for one in submission.changed if one.reason == "does-not-build"}
    assert told == {f"services.{one}.build" for one in ("built-from-nothing", "named", "fails")}


def left_of(name):
    """Containers, networks and volumes of a run."""
    mine = {"label": f"com.docker.compose.project={name}"}
    client = door.client()
    return [
        *client.containers.list(all=True, filters=mine, ignore_removed=True),
        *client.networks.list(filters=mine),
        *client.volumes.list(filters=mine),
    ]


STARTER = """
import sys
from pathlib import Path
from harness.grade.submission.assignment import load_assignment
from harness.grade.submission.handed_in import open_submission, stack_of
stack = stack_of(open_submission(Path(sys.argv[1]), load_assignment(), None), "compose")
print(stack.name, flush=True)
stack.up()
print("up", flush=True)
sys.stdin.read()
"""


@contextmanager
def grading(lab):
    """A process that brings up the lab's sandbox, and the name of its run."""
    with subprocess.Popen(
        [sys.executable, "-c", STARTER, str(lab)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as grader:
        yield grader, grader.stdout.readline().strip()


@pytest.mark.parametrize("when", ["up", "while it starts"])
def test_a_killed_grader_leaves_nothing(when):
    """kill -9: its reaper takes containers, networks, volumes and the copy away."""
    with grading(HERE / "hostile") as (grader, name):
        if when == "up":
            assert grader.stdout.readline().strip() == "up"
        else:
            until(lambda: left_of(name), deadline_s=LIMIT_S, what="a container")
        grader.kill()
        grader.stdin.close()
    until(lambda: not left_of(name), deadline_s=30, what="nothing is left")


def test_a_grader_that_is_killed_while_it_builds_leaves_no_build(tmp_path):
    """kill -9: what the build runs ends too. (An Engine of this machine: its processes are seen
    from here.)
    """
    lab, seconds = tmp_path / "lab", str(100_000 + os.getpid())
    shutil.copytree(HERE / "hostile", lab)
    for file in lab.rglob("Dockerfile"):
        file.write_text(
            f"{file.read_text(encoding='utf-8')}RUN sleep {seconds}\n", encoding="utf-8"
        )

    def built():
        """The processes of the build's last step."""
        return [
            one
            for one in psutil.process_iter(["cmdline"])
            if seconds in (one.info["cmdline"] or ())
        ]

    with grading(lab) as (grader, name):
        until(built, deadline_s=LIMIT_S, what="the build's last step")
        grader.kill()
        grader.stdin.close()
    until(lambda: not built() and not left_of(name), deadline_s=30, what="nothing is left")


def test_a_run_whose_reaper_is_gone_too_goes_at_the_next_start():
    """As after a machine was switched off: nobody is left to clean up but the next grader."""
    with grading(HERE / "hostile") as (grader, name):
        assert grader.stdout.readline().strip() == "up"
        for reaper in psutil.Process(grader.pid).children():
            reaper.kill()
        grader.kill()
        grader.stdin.close()
    assert left_of(name)
    assert name in remove_leftovers()
    assert not left_of(name)


def test_the_verdict_tells_what_was_dropped(tmp_path):
    """``lab6 grade`` on the hostile submission: it falls short, and its changes are named."""
    command = [sys.executable, "-m", "harness.cli", "grade", str(HERE / "hostile")]
    run = subprocess.run(
        [*command, "--out", str(tmp_path / "out")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert run.returncode == 1, run.stdout + run.stderr
    verdict = json.loads((tmp_path / "out/hostile/verdict.json").read_text(encoding="utf-8"))
    told = {change["where"] for change in verdict["changes"]}
    assert {"services.api.privileged", "services.api.volumes", "services.api.pid"} <= told
    assert [
        check["id"] for check in verdict["checks"] if check["cause"] and check["cause"]["error"]
    ] == []
