"""Marks do not depend on how busy the machine is: honest labs graded in containers with six busy
loops beside them. Nothing of theirs is false; what could not be told is null, and says why."""

import json
import os
import subprocess
import sys

import pytest

from tests.mutants.busy import must_be_judged
from tests.mutants.variants import ROOT, variants

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.alone]

LOOPS = 6
#: Of all the labs below, three of them take about an hour; without the variable: one lab of a kind.
ROUNDS = int(os.environ.get("LAB6_LOAD_ROUNDS", "0"))
LIMIT_S = 1100
HONEST = (
    "another-hand",
    "own-columns",
    "later-labs",
    "as-query",
    "own-words",
    "blmove",
    "slow-worker",
    "no-primary-key",
)
#: Points that they deserve to lose, on an idle machine, too: a job is lost with its worker.
LESS = {"own-columns": 1}
#: Wrong in ways that waiting longer must not hide.
WRONG = ("no-processing", "polling-redis")
GRADED = (
    {"honest": HONEST, "wrong": WRONG} if ROUNDS else {"honest": HONEST[:1], "wrong": WRONG[:1]}
)


@pytest.fixture(scope="module", autouse=True)
def busy_machine():
    """Loops that do nothing but take processors away, for as long as this module runs."""
    loop = [sys.executable, "-c", "while True: pass"]
    loops = [subprocess.Popen(loop) for _ in range(LOOPS)]
    yield
    for one in loops:
        one.kill()
        one.wait()


def graded(variant, place):
    """The verdict of this lab, in containers."""
    (place / "lab").mkdir()
    lab, out = variant.build(place / "lab"), place / "out"
    command = [sys.executable, "-m", "pytest", str(ROOT / "checks"), "-q", "--tb=short"]
    command += ["-p", "no:cacheprovider", "--runtime=compose", f"--submission={lab}"]
    command += [f"--lab6-out={out}", f"--leash={os.getpid()}"]
    run = subprocess.run(
        command, cwd=place, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    assert (out / "verdict.json").is_file(), run.stdout[-3000:] + run.stderr[-3000:]
    return json.loads((out / "verdict.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("turn", range(max(ROUNDS, 1)))
@pytest.mark.parametrize("name", GRADED["honest"])
def test_an_honest_lab_loses_nothing_to_a_busy_machine(name, turn, tmp_path, capsys):
    verdict = graded(variants("honest")[name], tmp_path)
    null = [check["id"] for check in verdict["checks"] if check["passed"] is None]
    with capsys.disabled():
        told = f"{verdict['score']:g}, null: {null or 'none'}, {verdict['lateness']}"
        print(f"\n{name}: {told}, {verdict['seconds']:.0f} s")  # noqa: T201 - the figures themselves
    false = {check["id"]: check["cause"] for check in verdict["checks"] if check["passed"] is False}
    assert not false
    held = sum(check["points"] for check in verdict["checks"])
    assert held + verdict["unjudged"] == verdict["max_score"] - LESS.get(name, 0)


@pytest.mark.parametrize("name", GRADED["wrong"])
def test_a_wrong_lab_is_found_out_on_a_busy_machine_too(name, tmp_path):
    variant = variants("mutants")[name]
    checks = {check["id"]: check for check in graded(variant, tmp_path)["checks"]}
    must_be_judged(checks, {variant.check})
    assert checks[variant.check]["passed"] is False
