"""Typical errors without containers: the first thing that the kit says of each names cause, file
and line. Every error by the command that meets it, one a day by the checks and the report, too.
"""

import json

import pytest

from tests.command import lab6
from tests.skeletons import go_packages, node_packages
from tests.typical.errors import (
    LANGUAGES,
    LIMIT_S,
    checks_and_report_say,
    command_says,
    errors,
    put_in,
    todays,
    whose_turn,
)

pytestmark = pytest.mark.embedded

QUICK = "a wrong name at the first job"
EACH = [
    pytest.param(
        language,
        error,
        id=f"{language}-{error['name']}",
        marks=() if (language, error["name"]) == ("python", QUICK) else pytest.mark.slow,
    )
    for language, days in (("python", 1), ("go", 3), ("node", 3))
    for error in whose_turn(language, days)
]


@pytest.fixture(scope="module")
def node_modules(tmp_path_factory):
    """The packages of both services, installed once; skips where they cannot be."""
    if missing := node_packages.lacking():
        pytest.skip(f"NOT CHECKED HERE, node: {missing}")
    work = put_in("node", errors("node")[0], tmp_path_factory.mktemp("node") / "work")
    if missing := node_packages.install(work):
        pytest.skip(f"NOT CHECKED HERE, node: {missing}")
    return work


@pytest.fixture
def work(request, tmp_path):
    """The skeleton with the error in it, able to run."""
    language, error = request.param
    if language == "go" and (missing := go_packages.lacking()):
        pytest.skip(f"NOT CHECKED HERE, go: {missing}")
    work = put_in(language, error, tmp_path / "work")
    if language == "node":
        node_packages.borrow(request.getfixturevalue("node_modules"), work)
    return language, error, work


@pytest.mark.parametrize(
    "work", [pytest.param(one.values, id=one.id, marks=one.marks) for one in EACH], indirect=True
)
def test_the_first_thing_said_names_the_cause(work):
    """The error's line of code, with its file, before all else."""
    command_says(*work, "embedded")


@pytest.mark.slow
@pytest.mark.parametrize(
    "work",
    [(one, todays(one)) for one in LANGUAGES],
    ids=lambda one: one[0],
    indirect=True,
)
def test_checks_and_report_say_it_too(work):
    """Today's error of each language."""
    checks_and_report_say(*work, "embedded")


@pytest.mark.slow
def test_the_verdict_holds_the_cause(tmp_path):
    """With how many checks wait for it."""
    error = errors("python")[0]
    work = put_in("python", error, tmp_path / "work")
    words = ("checks", work, "--runtime", "embedded", "--out", "run")
    lab6(*words, place=tmp_path, limit_s=LIMIT_S)
    verdict = json.loads((tmp_path / "run" / "verdict.json").read_text(encoding="utf-8"))
    found = verdict["finding"]
    assert (found["case"], found["kind"], found["service"]) == ("ended", "name", "worker")
    assert found["waits"] == sum(check["why_null"] == "not-checked" for check in verdict["checks"])
