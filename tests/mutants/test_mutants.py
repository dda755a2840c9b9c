"""The grader judges right: a lab with a defect, or one that pretends, fails the check that is about
it; one that does it another way keeps its points. The table of all checks and variants is
docs/kill-matrix.md."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.grade.verdict.rubric import load_rubric
from tests.mutants.busy import must_be_judged, patiently
from tests.mutants.variants import ROOT, variants
from tests.quick import mostly_slow

pytestmark = pytest.mark.embedded

MUTANTS = variants("mutants")
#: What needs containers is graded by tests/docker/test_grade.py: here it would fail for want of them.
WRONG = {name: one for name, one in (MUTANTS | variants("cheats")).items() if not one.engine}
HONEST = variants("honest")
#: The wrong labs that `make test` grades, too: one that lies, one by its file.
QUICK = ("rows-without-work", "localhost")
LIMIT_S = 600  #: on a busy machine deadlines are longer
AT_ONCE = 2  #: a graded lab mostly waits
SHORTER = {"job_s = 30": "job_s = 8", "quiet_s = 8": "quiet_s = 2", "back_s = 40": "back_s = 15"}


def shorter_rubric(folder):
    """The rubric with shorter deadlines: most of what is waited for here never comes."""
    text = (ROOT / "checks" / "rubric.toml").read_text(encoding="utf-8")
    for old, new in SHORTER.items():
        assert text.count(f"\n{old} ") == 1
        text = text.replace(f"\n{old} ", f"\n{new} ")
    (folder / "rubric.toml").write_text(text, encoding="utf-8")
    return folder / "rubric.toml"


def graded(lab, out, *arguments):
    """The suite's verdict of that lab, by the checks' ids; the finished run."""
    command = [sys.executable, "-m", "pytest", str(ROOT / "checks"), "-q", "--tb=short"]
    command += ["--runtime=embedded", f"--submission={lab}", f"--lab6-out={out}", *arguments]
    run = subprocess.run(
        command, cwd=out.parent, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    assert (out / "verdict.json").is_file(), run.stdout + run.stderr
    verdict = json.loads((out / "verdict.json").read_text(encoding="utf-8"))
    return {check["id"]: check for check in verdict["checks"]}, run


def wrong(name, place):
    """A wrong lab, judged by the check that is about it."""
    variant = WRONG[name]
    lab = variant.build(place / "lab")
    only = f"test_{variant.check.replace('-', '_')}"
    options = ("-k", only, f"--rubric={shorter_rubric(place)}")
    return patiently(lambda n: graded(lab, place / f"out{n}", *options), lambda run: run[0])


def honest(name, place):
    """An honest lab, judged by all of them."""
    lab = HONEST[name].build(place / "lab")
    return patiently(lambda n: graded(lab, place / f"out{n}"), lambda run: run[0])


RUNS = {
    "test_a_wrong_lab_fails_the_check_that_is_about_it": wrong,
    "test_another_way_that_is_right_keeps_its_points": honest,
}


@pytest.fixture(scope="module")
def ahead(request, tmp_path_factory):
    """The runs of all labs whose tests were chosen, by name, some at once and in the tests'
    order.
    """
    runs = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for item in request.session.items:
            kind = RUNS.get(getattr(item, "originalname", ""))
            if getattr(item, "module", None) is request.module and kind is not None:
                name = item.callspec.params["name"]
                place = tmp_path_factory.mktemp(name)
                (place / "lab").mkdir()
                runs[name] = pool.submit(kind, name, place)
        yield runs
        pool.shutdown(cancel_futures=True)


def test_there_are_enough_and_each_names_its_check():
    """At least so many of each kind, no name twice."""
    assert len(MUTANTS) >= 36
    assert len(set(WRONG) - set(MUTANTS)) >= 10
    assert len(HONEST) >= 8
    assert all(variant.check for variant in WRONG.values())


@pytest.mark.parametrize("name", mostly_slow(WRONG, QUICK))
def test_a_wrong_lab_fails_the_check_that_is_about_it(name, ahead):
    """False, with a reason and a hint; never null, never by a crash of the suite."""
    checks, run = ahead[name].result()
    must_be_judged(checks, {WRONG[name].check})
    check = checks[WRONG[name].check]
    assert check["passed"] is False, (check, run.stdout)
    assert check["points"] == 0
    assert check["cause"]["rationale"]
    assert check["cause"]["help"]
    assert check["cause"]["error"] is None


def test_every_check_but_one_is_seen_to_fail():
    """The kill costs points only, by the contract: a worker that never comes back is another
    check's.
    """
    seen = {variant.check for variant in MUTANTS.values()}
    assert set(load_rubric().items) - seen == {"worker-killed"}


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, one in HONEST.items() if not one.engine])
def test_another_way_that_is_right_keeps_its_points(name, ahead):
    """No false accusation: every check holds, and none is null."""
    checks, run = ahead[name].result()
    must_be_judged(checks, checks)
    assert run.returncode == 0, run.stdout
    assert {name: check["cause"] for name, check in checks.items() if not check["passed"]} == {}
    assert len(checks) == len(load_rubric().items)


def test_what_rests_on_a_broken_check_is_null_and_blames_nobody(tmp_path):
    """An api that never comes up: one false, what needs it null, the compose file judged all
    the same.
    """
    (tmp_path / "lab").mkdir()
    lab = MUTANTS["never-comes-up"].build(tmp_path / "lab")
    checks, run = graded(lab, tmp_path / "out")
    assert run.returncode == 1
    values = {name: check["passed"] for name, check in checks.items()}
    assert {name for name, passed in values.items() if passed is False} == {"cold-start"}
    assert {name for name, passed in values.items() if passed is True} == {
        name for name in values if name.startswith("compose-")
    }
    assert checks["burst"]["cause"]["error"] is None
