"""One set of checks: the design's, the rubric's, the suite's; each with its words, and none for
nothing.
"""

import ast
import string
import tomllib
from pathlib import Path

import pytest

from harness.grade.errors import GradeError
from harness.grade.verdict.rubric import RUBRIC, Limits, load_rubric
from harness.lab6.oracle.judging import PictureFault
from harness.texts import LANGUAGES, catalogue

CHECKS = RUBRIC.parent
DESIGN = {
    1: "submit-response row-created queue-message asynchronous burst bad-requests",
    2: "blocking-wait row-lifecycle result-grayscale result-resize result-crop fifo once-each"
    " broken-picture malformed-message redis-restart postgres-restart worker-killed",
    3: "cold-start log-sequence log-matches-facts",
    4: "compose-services compose-names compose-network compose-discovery compose-depends",
}
#: Checks that lab 6 does not ask, and another assignment may.
OTHERS = {"status-answer": 1, "broken-job": 2, "result-right": 2}
WANTED = {name: task for task, names in DESIGN.items() for name in names.split()}


def calls(file):
    """Every call in a file: the name called, the node."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield getattr(node.func, "id", getattr(node.func, "attr", "")), node


def suite():
    """Every check of the suite: its id, the ids that it rests on, its function's name, its
    file's task.
    """
    for file in sorted(CHECKS.glob("test_*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        constants = {
            node.targets[0].id: node.value for node in tree.body if isinstance(node, ast.Assign)
        }
        for node in tree.body:
            for mark in (
                one for one in getattr(node, "decorator_list", []) if one.func.attr == "check"
            ):
                given = {keyword.arg: keyword.value for keyword in mark.keywords}
                needs = given.get("depends_on", ast.Constant(()))
                needs = constants[needs.id] if isinstance(needs, ast.Name) else needs
                yield (
                    mark.args[0].value,
                    ast.literal_eval(needs),
                    node.name,
                    int(file.name.split("_")[1]),
                )


def test_the_rubric_holds_the_designs_checks_under_their_tasks():
    """Not one more, not one less."""
    assert {item.id: item.task for item in load_rubric().items.values()} == WANTED


def test_the_suite_holds_the_designs_checks_in_the_files_of_their_tasks():
    """One test a check, named after it."""
    found = list(suite())
    assert {name: task for name, _, _, task in found} == WANTED | OTHERS
    assert len(found) == len(WANTED | OTHERS)
    assert [(name, function) for name, _, function, _ in found] == [
        (name, f"test_{name.replace('-', '_')}") for name, *_ in found
    ]


def test_a_check_rests_on_known_checks_and_never_on_itself():
    """Whoever follows the dependencies comes to an end."""
    needs = {name: set(rests_on) for name, rests_on, *_ in suite()}
    assert set().union(*needs.values()) <= set(needs)
    reached = dict(needs)
    for _ in needs:
        reached = {
            name: found.union(*(needs[one] for one in found)) for name, found in reached.items()
        }
    assert [name for name, found in reached.items() if name in found] == []


def test_the_points_are_a_hundred():
    """As a gradebook wants them."""
    rubric = load_rubric()
    assert rubric.max_score == 100
    assert all(item.points > 0 for item in rubric.items.values())


def test_every_check_and_task_has_its_words_in_both_languages():
    """A title, and a hint that asks rather than tells."""
    table = tomllib.loads(RUBRIC.read_text(encoding="utf-8"))
    assert set(table["task"]) == {"1", "2", "3", "4"}
    texts = list(table["task"].values())
    texts += [check[kind] for check in table["check"].values() for kind in ("title", "hint")]
    assert all(set(text) == set(LANGUAGES) for text in texts)
    assert all(words.strip() for text in texts for words in text.values())


def test_every_limit_is_a_positive_number():
    """A deadline of nothing would judge the machine."""
    limits = load_rubric().limits
    assert all(getattr(limits, name) > 0 for name in Limits.__slots__)


def test_a_rubric_with_an_unknown_limit_is_refused(tmp_path: Path):
    """A misspelt limit would be no limit."""
    file = tmp_path / "rubric.toml"
    text = RUBRIC.read_text(encoding="utf-8").replace("job_s =", "jobs_s =")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(GradeError, match="jobs_s"):
        load_rubric(file)


def reasons():
    """Every reason that a check or its machinery gives: by ``require``, whose second argument it
    is, or by ``require_end``, whose third it is."""
    place = {"require": 1, "require_end": 2}
    for file in CHECKS.glob("*.py"):
        for name, node in calls(file):
            if name in place and isinstance(node.args[place[name]], ast.Constant):
                yield node.args[place[name]].value
    yield from (f"picture-{fault}" for fault in PictureFault)


def test_every_reason_has_its_words_and_all_words_are_used():
    """What a check says can be said; what nobody says is not kept."""
    kept = {key.removeprefix("checks.why.") for key in catalogue("uk") if ".why." in key}
    assert set(reasons()) == kept


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_reason_tells_of_nothing_but_expected_and_actual(lang):
    """The two facts that every check gives."""
    for key, text in catalogue(lang).items():
        if key.startswith("checks.why."):
            names = {name for _, name, _, _ in string.Formatter().parse(text) if name}
            assert names <= {"expected", "actual"}, key


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_check_says_what_it_asks(lang):
    """In the page's column; and nothing is said of a check that is no more."""
    kept = {key.removeprefix("asks.") for key in catalogue(lang) if key.startswith("asks.")}
    assert kept == set(load_rubric().items)
