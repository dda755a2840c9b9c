"""``lab6 grade`` on a real Engine: a group, its results, and variants of the lab in rotation."""

import csv
import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from harness.stack import docker_door as door
from harness.stack.leftovers import OWNER_LABEL, is_dead
from harness.stack.waiting import until
from tests.command import lab6 as run_lab6
from tests.day import day
from tests.mutants.busy import must_be_judged
from tests.mutants.variants import ROOT, due, variants

pytestmark = pytest.mark.docker

LIMIT_S = 600  # a hang; idle, a minute
PROJECT_LABEL = "com.docker.compose.project"
DUE = due(day())


def grade(*arguments):
    """Run the command to its end."""
    return run_lab6("grade", *arguments, place=ROOT, limit_s=LIMIT_S)


def nobodys():
    """Containers, networks and volumes of this Engine, by name, but for those of a lab whose process
    lives: other tests run meanwhile.
    """
    client = door.client()
    containers = client.containers.list(all=True, ignore_removed=True)
    owned = [one for one in containers if OWNER_LABEL in one.labels]
    alive = [one for one in owned if not is_dead(one.labels[OWNER_LABEL])]
    mounted = {mount.get("Name") for one in alive for mount in one.attrs["Mounts"]}
    projects = {one.labels[PROJECT_LABEL] for one in alive}

    def is_theirs(thing):
        labels = thing.attrs.get("Labels") or getattr(thing, "labels", None) or {}
        return labels.get(PROJECT_LABEL) in projects or thing.name in mounted

    things = [*containers, *client.networks.list(), *client.volumes.list()]
    return {thing.name for thing in things if not is_theirs(thing)}


def verdict_of(folder):
    """The verdict in a folder of results."""
    return json.loads((folder / "verdict.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def group(tmp_path_factory):
    """Three submissions graded two at a time: the reference, a wrong one, one that is empty; the
    run, its results, and what was nobody's before."""
    folder = tmp_path_factory.mktemp("group")
    for name in ("bondar", "=kovalenko", "порожня"):
        (folder / name).mkdir()
    variants("honest")["blmove"].build(folder / "bondar")
    variants("mutants")["counted-ids"].build(folder / "=kovalenko")
    place, before = tmp_path_factory.mktemp("results"), nobodys()
    return grade(folder, "--out", place, "--jobs", 2), place, before


def test_a_group_is_graded_and_each_gets_its_own_verdict(group):
    """1: somebody falls short. The empty one has no points, and is no fault of the grader's."""
    run, place, _ = group
    assert run.returncode == 1, run.stdout + run.stderr
    assert verdict_of(place / "bondar")["score"] == 100
    assert verdict_of(place / "bondar")["ok"] is True
    wrong = {one["id"]: one["passed"] for one in verdict_of(place / "kovalenko")["checks"]}
    assert wrong["submit-response"] is False
    assert wrong["cold-start"] is True
    empty = verdict_of(place / "порожня")
    assert empty["score"] == 0
    assert not any((one["cause"] or {}).get("error") for one in empty["checks"])


def test_every_report_is_there_and_is_what_it_says(group):
    """Each parsed by a reader of its format; the gradebook's marks are the verdicts'."""
    _, place, _ = group
    for name in ("bondar", "kovalenko", "порожня"):
        folder = place / name
        suite = ElementTree.parse(folder / "junit.xml").getroot()  # noqa: S314 - our own file
        assert int(suite.get("tests")) == len(verdict_of(folder)["checks"])
        assert (folder / "report.md").read_text(encoding="utf-8").startswith("# ")
        page = (folder / "report.html").read_text(encoding="utf-8")
        assert "Content-Security-Policy" in page
        assert "<script" not in page
    table = (place / "gradebook.csv").read_text(encoding="utf-8-sig").splitlines()
    rows = {row["folder"]: row for row in csv.DictReader(table)}
    assert set(rows) == {"bondar", "kovalenko", "порожня"}
    assert float(rows["bondar"]["score"]) == 100
    assert rows["kovalenko"]["feedback"]


def test_nothing_is_left_of_it(group):
    """Neither containers nor networks nor volumes of a graded run."""
    _, _, before = group
    # What another test's lab is just making has no living container yet.
    until(lambda: nobodys() <= before, deadline_s=60, what="nothing is left")


@pytest.mark.slow
@pytest.mark.parametrize("variant", DUE, ids=lambda one: f"{one.kind}-{one.name}")
def test_variants_in_rotation(variant, tmp_path):
    """Today's: one that needs containers, and others of all kinds, each by the whole suite."""
    (tmp_path / variant.name).mkdir()
    run = grade(variant.build(tmp_path / variant.name), "--out", tmp_path / "out")
    checks = {one["id"]: one for one in verdict_of(tmp_path / "out" / variant.name)["checks"]}
    must_be_judged(checks, {variant.check} if variant.check else checks)
    if variant.check:
        assert checks[variant.check]["passed"] is False, run.stdout
    else:
        assert run.returncode == 0, run.stdout
        assert {name for name, one in checks.items() if one["passed"] is not True} == set()


def test_a_folder_that_is_there_already_is_left_alone(tmp_path):
    """2, and a sentence."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").touch()
    run = grade(ROOT, "--out", tmp_path / "out")
    assert run.returncode == 2
    assert "out" in run.stderr
    shutil.rmtree(tmp_path / "out")


def test_what_cannot_be_a_submission_is_said(tmp_path):
    """A file, and nothing at all: 2 and a sentence, at once."""
    file = Path(tmp_path / "work.zip")
    file.touch()
    for arguments in ((file, "--out", tmp_path / "a"), ("--out", tmp_path / "b")):
        run = grade(*arguments)
        assert run.returncode == 2
        assert run.stderr.strip()
        assert "Traceback" not in run.stderr
