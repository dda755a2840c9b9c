"""Three values, one merge: what the suite tells of its checks becomes a verdict that blames
nobody wrongly.
"""

from pathlib import Path

import pytest

from harness.grade.verdict.grading import Grading
from harness.grade.verdict.results import Failure, merged, require, to_document
from harness.lateness import Spell, Timed
from harness.stack.errors import StackError
from harness.texts.three_values import WhyNull
from harness.witness.errors import WitnessError


class SilentEngine:
    """A stack whose machinery is gone: nobody can say what became of the services."""

    runtime = "compose"

    def state(self, service):
        raise StackError("engine-silent")


class Answering:
    """A stack whose machinery works."""

    runtime = "compose"

    def state(self, service):
        return ("running",)


@pytest.fixture
def grading():
    """A session that has not seen anything yet."""
    return Grading(lab=Path("/somewhere/kovalenko"), seed=7)


def record(grading, check, error=None, *, skipped=False):
    """The check's result after its test ended so."""
    return grading.record(check, error=error, skipped=skipped, seconds=0.1, depends_on=())


def raised(error):
    """The error with a traceback, as a test leaves it."""
    try:
        raise error
    except Exception as caught:  # noqa: BLE001
        return caught


def test_a_check_that_passes_is_true_and_has_its_points(grading):
    """All of them."""
    result = record(grading, "burst")
    assert (result.passed, result.points, result.cause) == (True, 4, None)


def test_a_failure_is_false_with_the_hint(grading):
    """What is wrong, what was expected, what was seen, what to look at."""
    result = record(grading, "burst", Failure("why", expected=20, actual=19))
    assert (result.passed, result.points) == (False, 0)
    assert (result.cause.rationale, result.cause.expected, result.cause.actual) == (
        "why",
        "20",
        "19",
    )
    assert result.cause.help == grading.rubric.items["burst"].hint
    assert result.cause.error is None


def test_a_crash_of_the_kit_is_null_with_its_traceback(grading):
    """Never the student's fault."""
    result = record(grading, "burst", raised(ZeroDivisionError("division by zero")))
    assert (result.passed, result.points) == (None, 0)
    assert "ZeroDivisionError" in result.cause.error
    assert result.cause.help == ""


def test_a_plain_assertion_of_the_kit_is_null(grading):
    """Only a Failure accuses."""
    assert record(grading, "burst", raised(AssertionError("of ours"))).passed is None


def test_a_lost_witness_is_null_in_its_own_words(grading):
    """What could not be seen did not fail."""
    error = WitnessError("witness-postgres", reason="gone")
    result = record(grading, "burst", raised(error))
    assert result.passed is None
    assert "gone" in result.cause.rationale


def test_a_silent_api_is_false_while_its_runtime_answers(grading):
    """A student's hang is a plain false."""
    grading.stack = Answering()
    error = WitnessError("api-silent", url="http://127.0.0.1:1", reason="timed out")
    assert record(grading, "burst", raised(error)).passed is False


def test_a_silent_api_is_null_when_the_runtime_is_silent_too(grading):
    """Nobody can say whose silence it is."""
    grading.stack = SilentEngine()
    error = WitnessError("api-silent", url="http://127.0.0.1:1", reason="timed out")
    assert record(grading, "burst", raised(error)).passed is None


def test_what_rests_on_a_check_that_does_not_hold_is_null_and_names_it(grading):
    """A dependency that was not run is no obstacle."""
    needs = ("cold-start", "submit-response")
    assert grading.broken_dependency(needs) is None
    record(grading, "submit-response", Failure("why"))
    reason = grading.broken_dependency(needs)
    assert grading.rubric.items["submit-response"].title in reason
    result = record(grading, "burst", Exception(reason), skipped=True)
    assert (result.passed, result.cause.rationale) == (None, reason)


def test_what_is_wrong_and_concerns_nothing_else_stands_in_nobodys_way(grading):
    """The check is false; those that rest on it are judged."""
    result = record(grading, "submit-response", Failure("why", alone=True))
    assert result.passed is False
    assert grading.broken_dependency(("cold-start", "submit-response")) is None


def test_a_check_may_hold_for_a_part_of_its_points(grading):
    """Passed is true; the points tell the rest."""
    note = grading.note("worker-killed")
    note("postgres", "PROCESSING")
    note.partly(0.5)
    result = record(grading, "worker-killed")
    assert (result.passed, result.points) == (True, 1)
    assert [one.text for one in result.evidence] == ["PROCESSING"]


def test_the_first_word_about_a_check_stands(grading):
    """A fault in the tidying up changes no verdict."""
    record(grading, "burst")
    record(grading, "burst", raised(RuntimeError("teardown")))
    assert grading.results["burst"].passed is True


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([True, True], True),
        ([True, None], None),
        ([None, False, True], False),
        ([], None),
    ],
)
def test_false_goes_over_null_over_true(values, expected):
    """And nothing at all is null: an empty run is no pass."""
    assert merged(values) is expected


def test_require_says_the_sentence_of_its_reference():
    """The facts are in it."""
    require(True, "row-status", actual="FAILED")
    with pytest.raises(Failure, match="FAILED") as failure:
        require(False, "row-status", expected="QUEUED", actual="FAILED")
    assert (failure.value.expected, failure.value.actual) == ("QUEUED", "FAILED")


def test_the_document_has_the_shape_of_the_contract(grading):
    """lab6/verdict/v1, key for key; the score is the sum of the points."""
    grading.note("row-created")("postgres", "QUEUED", where="jobs")
    record(grading, "row-created")
    record(grading, "burst", Failure("why"))
    record(grading, "fifo", Exception("rests on"), skipped=True)
    document = to_document(grading.verdict())
    wanted = "schema submission runtime started seconds score max_score versions checks"
    assert set(document) == {
        *wanted.split(),
        "tasks",
        "ok",
        "unjudged",
        "seed",
        "changes",
        "finding",
        "experiments",
        "lateness",
    }
    assert document["schema"] == "lab6/verdict/v1"
    assert document["submission"] == "kovalenko"
    assert (document["ok"], document["seed"]) == (False, 7)
    assert document["score"] == sum(check["points"] for check in document["checks"]) == 5
    assert document["max_score"] == 5 + 4 + 3
    assert document["unjudged"] == 3
    assert [check["id"] for check in document["checks"]] == ["row-created", "burst", "fifo"]
    check = document["checks"][0]
    wanted = "id task title passed why_null points max_points visibility depends_on seconds cause"
    wanted += " evidence"
    assert set(check) == set(wanted.split())
    assert set(check["evidence"][0]) == {"witness", "time", "where", "text"}
    assert set(document["checks"][1]["cause"]) == {
        "rationale",
        "help",
        "expected",
        "actual",
        "error",
    }
    assert [task["points"] for task in document["tasks"]] == [5, 0, 0, 0]


def test_null_has_two_words(grading):
    """What rests on a failure is told of that very failure, however long the chain; what rests on
    an obstacle is not judged either."""
    record(grading, "submit-response", Failure("no answer"))
    for name, needs in (("queue-message", "submit-response"), ("asynchronous", "queue-message")):
        reason = grading.broken_dependency((needs,))
        found = grading.record(
            name, error=Exception(reason), skipped=True, seconds=0.1, depends_on=(needs,)
        )
        assert found.why_null == "not-checked"
        assert grading.results["submit-response"].item.title in found.cause.rationale
    assert record(grading, "burst", RuntimeError("the kit's own")).why_null == "not-judged"
    reason = grading.broken_dependency(("burst",))
    found = grading.record(
        "fifo", error=Exception(reason), skipped=True, seconds=0.1, depends_on=("burst",)
    )
    assert found.why_null == "not-judged"
    assert grading.verdict().null_points(WhyNull.NOT_JUDGED) == 4 + 3


BUSY = Spell().with_interval(60.0, 8.0, known=True)
QUICK = Spell().with_interval(60.0, 1.0, known=True)


@pytest.mark.parametrize(
    ("spell", "timed", "passed"),
    [(BUSY, Timed.WAITED, None), (BUSY, None, False), (QUICK, Timed.WAITED, False)],
    ids=["busy-and-waited", "busy-and-no-matter-of-time", "quick-and-waited"],
)
def test_a_failure_is_the_machines_only_where_it_was_busy_and_time_decides(
    tmp_path, spell, timed, passed
):
    grading = Grading(lab=tmp_path, seed=7)
    grading.spells["large"] = spell
    result = grading.record(
        "row-lifecycle",
        error=Failure("why", timed=timed),
        skipped=False,
        seconds=1.0,
        depends_on=(),
        uses={"large"},
    )
    assert result.passed is passed
    assert (result.why_null is WhyNull.NOT_JUDGED) == (passed is None)


def test_another_experiments_busy_time_excuses_nothing(tmp_path):
    grading = Grading(lab=tmp_path, seed=7)
    grading.spells.update(large=QUICK, pair=BUSY)
    failure = Failure("why", timed=Timed.WAITED)
    facts = {"skipped": False, "seconds": 1.0, "depends_on": (), "uses": {"large"}}
    assert grading.record("row-lifecycle", error=failure, **facts).passed is False


def test_points_that_a_busy_machine_may_have_cost_are_not_taken(tmp_path):
    grading = Grading(lab=tmp_path, seed=7)
    grading.spells["killed"] = BUSY
    grading.note("worker-killed").partly(0.5, timed=Timed.WAITED)
    facts = {"skipped": False, "seconds": 1.0, "depends_on": (), "uses": {"killed"}}
    result = grading.record("worker-killed", error=None, **facts)
    assert (result.passed, result.why_null) == (None, WhyNull.NOT_JUDGED)


def test_the_slowest_of_the_experiments_that_decided_a_check_excuses_it(tmp_path):
    grading = Grading(lab=tmp_path, seed=7)
    grading.spells.update(large=QUICK, pair=BUSY)
    failure = Failure("why", timed=Timed.WAITED)
    facts = {"skipped": False, "seconds": 1.0, "depends_on": (), "uses": {"large", "pair"}}
    assert grading.record("row-lifecycle", error=failure, **facts).passed is None


def test_a_slow_experiment_decides_only_what_names_it_or_ran_it_or_was_broken_by_it(tmp_path):
    grading = Grading(lab=tmp_path, seed=7)
    grading.spells.update(cold_start=BUSY, lab=BUSY, demonstration=QUICK, burst=QUICK)
    asked = {
        "named": ["burst", "lab", "note"],
        "needed": ["burst", "lab", "note", "demonstration", "cold_start"],
        "ran_before": ["cold_start", "lab", "demonstration"],
    }
    experiments = grading.spells.keys()
    assert grading.experiments_of(**asked) & experiments == {"burst"}
    grading.broken.add("demonstration")
    assert grading.experiments_of(**asked) & experiments == {"burst", "demonstration"}
    first = asked | {"ran_before": []}
    assert grading.experiments_of(**first) >= experiments
