"""What travels to a cluster and back, and what may not go without certificates."""

import ipaddress
import os
import subprocess
import sys
import tarfile
import tempfile
import threading
import zipfile
from contextlib import ExitStack
from time import monotonic
from types import SimpleNamespace

import psutil
import pytest

from harness.cli.attempt import LONGEST_WORK, SuiteAttempt, Suites
from harness.cli.batch import BatchTask
from harness.cli.cluster import worker
from harness.cli.cluster.dispatch import GradingCluster, SentWork
from harness.cli.cluster.door import is_loopback, security
from harness.cli.cluster.fitness import Kit, this_kit, unfit
from harness.cli.cluster.pack import (
    TooLarge,
    pack_results,
    pack_work,
    unpack_results,
    unpack_work,
)
from harness.cli.cluster.rooms import own_rooms, room_for, rooms_gone
from harness.cli.cluster.roster import Roster
from harness.cli.grade_view import minutes_left
from harness.cli.problems import UsageProblem
from harness.intake.content import content_hash
from harness.intake.errors import Refused
from harness.lateness.clock import _Machine
from harness.stack.ready import free_ports
from harness.stack.waiting import until


@pytest.fixture
def work(tmp_path):
    """A work with a script, an empty folder, a name in Cyrillic, and what no hash counts."""
    folder = tmp_path / "робота"
    (folder / "api").mkdir(parents=True)
    (folder / "empty").mkdir()
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("x")
    (folder / "api" / "запуск.sh").write_bytes(b"#!/bin/sh\r\n")
    (folder / "api" / "запуск.sh").chmod(0o755)
    return folder


def test_a_work_arrives_as_it_was(work, tmp_path):
    """The same content hash, so the same verdict; history stays at home."""
    unpack_work(pack_work(work), tmp_path / "there")
    assert content_hash(tmp_path / "there") == content_hash(work)
    assert (tmp_path / "there" / "empty").is_dir()
    assert not (tmp_path / "there" / ".git").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_out_arrives_as_a_link_and_leads_no_file_out(work, tmp_path):
    """It is judged there as here; what it points at is not sent, and nothing is written through
    it.
    """
    outside = tmp_path / "secret"
    outside.mkdir()
    (outside / "file").write_text("mine")
    (work / "aaa").symlink_to(outside)
    packed = pack_work(work)
    unpack_work(packed, tmp_path / "there")
    assert content_hash(tmp_path / "there") == content_hash(work)
    assert os.readlink(tmp_path / "there" / "aaa") == str(outside)  # noqa: PTH115 - as written
    assert b"mine" not in packed
    (tmp_path / "w.tgz").write_bytes(packed)
    with tarfile.open(tmp_path / "w.tgz") as tar:
        assert tar.getmembers()[-1].issym()


def test_too_large_a_work_is_not_sent(work, monkeypatch):
    """The same bound as an archive's that was handed in."""
    with (work / "big").open("wb") as file:
        file.truncate(301 * 1024 * 1024)
    with pytest.raises(TooLarge):
        pack_work(work)


def test_results_come_back_without_links_or_what_is_too_large(tmp_path):
    """The verdict first, however much else there is."""
    place = tmp_path / "place"
    (place / "pictures").mkdir(parents=True)
    (place / "verdict.json").write_text("{}")
    (place / "pictures" / "a.png").write_bytes(b"png")
    with (place / "huge.log").open("wb") as file:
        file.truncate(65 * 1024 * 1024)
    back = tmp_path / "back"
    unpack_results(pack_results(place), back)
    found = {one.relative_to(back).as_posix() for one in back.rglob("*") if one.is_file()}
    assert found == {"verdict.json", "pictures/a.png"}


def test_results_that_lead_out_are_refused(tmp_path):
    """A machine that ran a stranger's work may be a stranger's by now."""
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        archive.writestr("../evil", "x")
    with pytest.raises(Refused):
        unpack_results((tmp_path / "evil.zip").read_bytes(), tmp_path / "back")
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_loopback_goes_without_certificates(host):
    """Nobody else is there."""
    assert is_loopback(host)


@pytest.mark.parametrize(
    ("address", "reference"),
    [
        ("tcp://192.168.0.10:8786", "cluster-open"),
        ("tcp://localhost.example:8786", "cluster-open"),
        ("tcp://0.0.0.0:8786", "cluster-open"),
        ("tls://127.0.0.1:8786", "cluster-certificates"),
        ("192.168.0.10:8786", "cluster-address"),
        ("http://127.0.0.1:8786", "cluster-address"),
        ("tcp://127.0.0.1", "cluster-address"),
        ("tcp://127.0.0.1:999999", "cluster-address"),
    ],
)
def test_another_machine_is_not_spoken_to_in_the_open(address, reference):
    """By the address alone, before anything is sent."""
    with pytest.raises(UsageProblem) as problem:
        security(address, None, without=False)
    assert problem.value.reference == reference


def test_in_the_open_only_by_name():
    """Whoever asks for it has been told."""
    assert security("tcp://192.168.0.10:8786", None, without=True) is None


def test_another_kit_is_unfit():
    """Version, judges or rubric: each alone is enough."""
    own = this_kit("embedded")
    for field in ("version", "judges", "rubric"):
        other = Kit(**{**{f: getattr(own, f) for f in Kit.__slots__}, field: "other"})
        assert "інша версія" in unfit("embedded", other)


def test_a_machine_that_trusts_nobody_grades_nothing_without_docker(monkeypatch):
    """Its owner says so where it is started."""
    monkeypatch.setenv("LAB6_WORKER_TRUSTS", "0")
    assert "--trust" in unfit("embedded", this_kit("embedded"))


@pytest.mark.parametrize(
    ("seconds", "done", "waiting", "minutes"),
    [(60, 0, 5, None), (60, 2, 0, None), (60, 2, 4, 2), (90, 3, 1, 1)],
)
def test_time_left_is_the_pace_so_far(seconds, done, waiting, minutes):
    """However many machines made that pace."""
    assert minutes_left(seconds, done, waiting) == minutes


def test_a_log_of_equal_lines_comes_back(tmp_path):
    """However well it packs: it is no bomb, its bytes are counted as they come out."""
    (tmp_path / "place").mkdir()
    log = b".\n" * 1_600_000
    (tmp_path / "place" / "worker.log").write_bytes(log)
    packed = pack_results(tmp_path / "place")
    assert len(log) > 3_000_000
    assert len(packed) < len(log) / 200
    unpack_results(packed, tmp_path / "back")
    assert (tmp_path / "back" / "worker.log").read_bytes() == log


def test_results_that_are_refused_are_the_works_problem_and_put_no_machine_out(tmp_path):
    """Nor is a verdict believed that came out before the rest was refused."""
    with zipfile.ZipFile(tmp_path / "r.zip", "w") as archive:
        archive.writestr("verdict.json", "{}")
        archive.writestr("../evil", "x")
    answer = SimpleNamespace(
        void="", results=(tmp_path / "r.zip").read_bytes(), late=False, seconds=1
    )
    cluster = cluster_that(lambda *_: answered(answer), tmp_path)
    made = cluster.attempt(task_in(tmp_path), lambda *_: None)
    assert "evil" in made.problem
    assert cluster.roster.out == {}
    assert not (tmp_path / "place" / "verdict.json").exists()


def test_a_task_sent_just_before_ctrl_c_is_cancelled(tmp_path):
    """Whoever waits for it stops at once, and sends no other."""
    futures = []

    def submit(*_):
        futures.append(answered(None))
        threading.Timer(0.3, cluster.interrupt).start()
        return futures[-1]

    cluster = cluster_that(submit, tmp_path)
    made = cluster.attempt(task_in(tmp_path), lambda *_: None)
    assert made.problem
    assert [one.cancelled for one in futures] == [True]
    cluster.attempt(task_in(tmp_path), lambda *_: None)
    assert len(futures) == 1


def test_one_that_was_not_seen_by_ctrl_c_is_cancelled_by_who_waits(tmp_path):
    """It may be sent while the others are being cancelled."""
    cluster = cluster_that(None, tmp_path)
    cluster.interrupt()
    sent = SentWork(future=answered(None), on_check=lambda *_: None)
    assert cluster._awaited(sent, ["m"]) is None
    assert sent.future.cancelled


@pytest.mark.parametrize(("times", "waited_for"), [(0.99, True), (1.01, False)])
def test_a_busy_machine_is_given_as_long_as_it_gives_a_work(tmp_path, times, waited_for):
    """And no longer: then it hangs."""
    cluster = cluster_that(None, tmp_path)
    asked = iter([False, True])
    future = answered("made")
    future.done = lambda: next(asked)
    limit_s = cluster.deadline_s * LONGEST_WORK + cluster.grace_s
    sent = SentWork(
        future=future, on_check=lambda *_: None, machine="m", began=monotonic() - limit_s * times
    )
    assert (cluster._awaited(sent, ["m"]) == "made") is waited_for
    assert bool(cluster.roster.out) is not waited_for


def test_a_clusters_machine_gives_a_work_as_long_as_a_busy_machine_needs(monkeypatch):
    """By the clock that tells what works do to the machine themselves."""
    seen = []

    async def works(*_):
        seen.append(_Machine.clock)

    monkeypatch.setattr(worker, "_work", works)
    worker.work_for("tcp://127.0.0.1:1", 1, None, "m")
    assert [clock.own.known for clock in seen] == [True]
    _Machine.clock = None


def answered(answer):
    """A future of Dask's, done where there is an answer."""
    future = SimpleNamespace(cancelled=False, done=lambda: answer is not None)
    future.result = lambda timeout: answer
    future.cancel = lambda: setattr(future, "cancelled", True)
    return future


def cluster_that(submit, folder):
    """A cluster of one machine, whose tasks become what ``submit`` gives."""

    class OneMachine(Roster):
        def connected(self):
            return {"m": {"resources": {"engine": 1}}}

    client = SimpleNamespace(submit=lambda *given, **_: submit(*given))
    roster = OneMachine(client=client, runtime="compose", kit=None, on_told=lambda _: None)
    asked = SimpleNamespace(deadline_s=60, topic="t")
    return GradingCluster(client=client, asked=asked, roster=roster)


def task_in(folder):
    (folder / "w").mkdir(exist_ok=True)
    return BatchTask(name="w", folder=folder / "w", place=folder / "place")


def test_after_ctrl_c_no_suite_begins(tmp_path):
    """Also one that was about to while the others were ended."""
    suites = Suites()
    suites.interrupt()
    made = suites.run(tmp_path, tmp_path / "no", (), deadline_s=9, on_check=lambda _: None)
    assert made == SuiteAttempt()
    assert not (tmp_path / "no").exists()


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """A folder for temporary files, as /tmp is for all accounts."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_rooms_of_a_killed_machine_go_and_those_of_a_living_one_stay(temporary):
    """At the next start, or with the next work."""
    ended = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True
    )
    with room_for("its own") as own:
        left = own.with_name("left-1")
        left.mkdir()
        host, _, began = (own / ".owner").read_text().splitlines()
        (left / ".owner").write_text(f"{host}\n{int(ended.stdout)}\n{began}\n")
        assert own_rooms() == own.parent
        assert (own.is_dir(), left.exists()) == (True, False)
        (own / ".owner").write_text(f"elsewhere\n{int(ended.stdout)}\n{began}\n")
        own_rooms()
        assert own.is_dir()


@pytest.mark.skipif(sys.platform == "win32", reason="each account has its own folder there")
def test_works_are_laid_into_no_folder_that_others_may_write_to(temporary):
    """Whoever made it first: its name is known to all."""
    rooms = own_rooms()
    assert rooms.name.endswith(f"-{os.getuid()}")
    assert rooms.stat().st_mode & 0o777 == 0o700
    assert rooms_gone() == ""
    rooms.chmod(0o777)
    assert str(rooms) in rooms_gone()
    assert str(rooms) in unfit("compose", this_kit("compose"))
    rooms.rmdir()
    rooms.symlink_to(temporary)
    assert str(rooms) in rooms_gone()


@pytest.fixture
def scheduler(tmp_path):
    """Dask's own, on loopback; its address, and a way to start a machine for it."""
    pytest.importorskip("distributed", reason="NOT CHECKED HERE, extra cluster: no distributed")
    (port,) = free_ports(1)
    with ExitStack() as stack:

        def start(name, *command):
            log = (tmp_path / name).open("wb")
            stack.callback(log.close)
            process = subprocess.Popen(
                [sys.executable, "-m", *command],
                stdout=log,
                stderr=log,
                env={**os.environ, "LAB6_LANG": "uk"},
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process, lambda: (tmp_path / name).read_text(encoding="utf-8")

        address = f"tcp://127.0.0.1:{port}"
        own = ("--host", "127.0.0.1", "--port", str(port), "--dashboard-address", "127.0.0.1:0")
        _, told = start("scheduler.log", "distributed.cli.dask_scheduler", *own)

        def machine(log):
            return start(log, "harness.cli", "grade-worker", address, "--name", "pc1")

        yield machine, told


def test_a_machine_of_loopback_is_heard_by_loopback_alone(scheduler):
    """Without certificates whoever reaches a port of it runs anything there. A second machine of
    its name is told so.
    """
    machine, told = scheduler
    process, _ = machine("pc1.log")
    until(lambda: "Register worker" in told(), deadline_s=60, what="the machine")
    open_ports = [
        one.laddr
        for each in (psutil.Process(process.pid), *psutil.Process(process.pid).children(True))
        for one in each.net_connections()
        if one.status == psutil.CONN_LISTEN
    ]
    assert open_ports
    assert all(ipaddress.ip_address(one.ip).is_loopback for one in open_ports), open_ports
    second, said = machine("second.log")
    assert second.wait(60) == 2
    assert "«pc1»" in said()


def test_a_machine_whose_scheduler_is_silent_says_so(monkeypatch):
    """Dask would try for ever."""
    pytest.importorskip("distributed", reason="NOT CHECKED HERE, extra cluster: no distributed")
    from harness.cli.cluster import worker

    monkeypatch.setattr(worker, "_CONNECT_S", 2)
    (port,) = free_ports(1)
    with pytest.raises(UsageProblem) as problem:
        worker.work_for(f"tcp://127.0.0.1:{port}", 1, None, "pc1")
    assert problem.value.reference == "cluster-silent"


@pytest.mark.parametrize("option", [["--without-tls"], ["--tls", "."]])
def test_an_option_of_a_cluster_without_one_is_a_mistake(option, tmp_path):
    """Silence would let one think that it did something."""
    from harness.cli.grade import grade

    given = [str(tmp_path), "--out", str(tmp_path / "out"), *option]
    with pytest.raises(UsageProblem) as problem:
        grade.main(given, standalone_mode=False)
    assert (problem.value.reference, problem.value.facts) == (
        "cluster-alone",
        {"option": option[0]},
    )
