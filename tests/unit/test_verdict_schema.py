"""The published schema of verdict.json: real verdicts fit it, and it is no schema that anything
fits.
"""

import json
from copy import deepcopy
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from harness.grade.verdict.grading import Grading
from harness.grade.verdict.results import Failure, to_document
from harness.grade.verdict.rubric import load_rubric
from harness.texts.three_values import outcome

SCHEMA = Path(__file__).parents[2] / "report" / "schemas" / "verdict.schema.json"
VALIDATOR = Draft202012Validator(
    json.loads(SCHEMA.read_text(encoding="utf-8")), format_checker=FormatChecker()
)


@pytest.fixture
def document(tmp_path):
    """A verdict with every kind of outcome: passed, failed, not checked, not judged; as JSON
    reads it.
    """
    grading = Grading(lab=tmp_path / "kovalenko", seed=7, rubric=load_rubric())
    grading.note("row-created")("postgres", "QUEUED", where="jobs")
    outcomes = {
        "row-created": (None, False),
        "burst": (Failure("why", expected=20, actual=19), False),
        "fifo": (Exception("rests on"), True),
        "cold-start": (RuntimeError("the Engine was silent"), False),
    }
    for name, (error, skipped) in outcomes.items():
        grading.record(name, error=error, skipped=skipped, seconds=0.5, depends_on=())
    return json.loads(json.dumps(to_document(grading.verdict())))


def test_the_schema_is_a_schema():
    """Of the draft that it names."""
    Draft202012Validator.check_schema(VALIDATOR.schema)


def test_a_verdict_fits(document):
    """With all four outcomes in it."""
    assert {check["passed"] for check in document["checks"]} == {True, False, None}
    assert {outcome(check) for check in document["checks"]} == {
        "passed",
        "failed",
        "not-checked",
        "not-judged",
    }
    assert list(VALIDATOR.iter_errors(document)) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda document: document.pop("score"),
        lambda document: document.update(schema="lab6/verdict/v2"),
        lambda document: document.update(ok="yes"),
        lambda document: document["checks"][0].update(passed="true"),
        lambda document: document["checks"][0].update(id="Row created"),
        lambda document: document["checks"][0].update(why_null="not-checked"),
        lambda document: document["checks"][1].update(points=1),
        lambda document: document["checks"][1].update(cause=None),
        lambda document: document["checks"][0]["evidence"][0].pop("witness"),
        lambda document: document["tasks"][0].update(task="1"),
    ],
)
def test_what_is_no_verdict_does_not_fit(document, spoil):
    """Each fault alone is found."""
    spoiled = deepcopy(document)
    spoil(spoiled)
    assert list(VALIDATOR.iter_errors(spoiled)) != []
