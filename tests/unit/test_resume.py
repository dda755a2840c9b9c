"""The results folder is the run's own record: what still stands is kept, what is not is graded;
nothing is half-written.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cli.assignment_option import CHECKS
from harness.cli.batch import BatchTask, Graded
from harness.cli.check_outcomes import write_json
from harness.cli.find_submissions import tasks_for
from harness.cli.group_run import GroupRun
from harness.cli.kept import (
    alone_in,
    judged_by,
    judging_files,
    kept_verdicts,
    results_folder,
    scored_anew,
    still_stands,
    wanted_again,
)
from harness.cli.problems import UsageProblem
from harness.cli.results import Results
from harness.grade.errors import GradeError
from harness.grade.verdict.rubric import load_rubric
from tests.unit.test_intake import COMPOSE, laid, zipped


def run_of(given, folder, *, judges="j", again=()):
    """A run that grades nothing: whatever is to be run fails the test."""

    class Refusing(GroupRun):
        __slots__ = ()

        def _run(self, tasks, on_step):
            self.ran.extend(task.given for task in tasks)
            return [Graded(task=task, problem="ran") for task in tasks]

    Refusing.ran = []
    made = Refusing(
        given=[given], folder=folder, machines=None, judges=judges, seed=None, again=again
    )
    return made.grade(), Refusing.ran


@pytest.fixture
def group(tmp_path):
    """Two works to run, an absent one and an unclear one; a results folder that has verdicts of
    the two.
    """
    given = laid(
        tmp_path / "group",
        {
            "Іваненко Петро_1_assignsubmission_file_/a.zip": zipped(COMPOSE),
            "Коваль Оля_2_assignsubmission_file_/docker-compose.yml": b"services: {}",
            "Ткач Лев_4_assignsubmission_file_/report.pdf": b"%PDF",
            "Дана_6_assignsubmission_file_/a.zip": zipped(COMPOSE),
            "Дана_6_assignsubmission_file_/b.zip": zipped(COMPOSE),
        },
    )
    folder = tmp_path / "out"
    tasks, _ = tasks_for([given], folder, {})
    results = Results(tasks, folder, "j")
    for task in tasks:
        if task.content:
            verdict = passed_all(task.given)
            (task.place / "verdict.json").write_text(json.dumps(verdict), encoding="utf-8")
            results.step(step_of(Graded(task=task, verdict=verdict)))
    return given, folder


def passed_all(name):
    """A verdict in which every check of the rubric passes."""
    from harness.cli.absent import absent_verdict

    verdict = absent_verdict(name, "x", load_rubric())
    for check in verdict["checks"]:
        check.update(passed=True, points=check["max_points"], cause=None)
    for task in verdict["tasks"]:
        task["points"] = task["max_points"]
    return {**verdict, "ok": True, "score": verdict["max_score"]}


def step_of(graded):
    """The end of one."""
    from harness.cli.batch import BatchStep

    return BatchStep(task=graded.task, checks=1, attempt=1, graded=graded)


@pytest.mark.parametrize(
    "name", ["group.json", "index.html", "gradebook.csv ", "Gradebook.CSV", "feedback", b"\x8f\xa5"]
)
def test_no_work_takes_the_place_of_the_results_own_files(tmp_path, name):
    """Nor can its name be such that nobody could write it down."""
    given = tmp_path / (os.fsdecode(name) if isinstance(name, bytes) else name)
    given.mkdir()
    (given / "docker-compose.yml").write_bytes(COMPOSE["docker-compose.yml"])
    (task,), _ = tasks_for([given], tmp_path / "out", {})
    taken = {"group.json", "index.html", "gradebook.csv", "feedback"}
    assert task.name.lower() not in taken
    assert task.name.encode()


def test_a_verdict_that_names_half_a_character_is_written(tmp_path):
    """As of a folder whose name is in another encoding."""
    write_json(tmp_path / "verdict.json", {"folder": os.fsdecode(b"\x8f\xa5"), "імʼя": 1})
    kept = json.loads((tmp_path / "verdict.json").read_text(encoding="utf-8"))
    assert kept == {"folder": "??", "імʼя": 1}


def test_the_same_command_again_runs_nothing_that_still_stands(group):
    """Kept by content and judges; the absent has its points at once; the unclear waits for a
    person.
    """
    graded, ran = run_of(*group)
    assert ran == []
    told = {one.task.given.split("_")[0]: one for one in graded}
    assert [told[name].kept for name in ("Іваненко Петро", "Коваль Оля")] == [True, True]
    absent = told["Ткач Лев"].verdict
    assert (absent["score"], absent["unjudged"], absent["ok"]) == (0, 0, False)
    assert told["Дана"].verdict is None
    page = json.loads((group[1] / "group.json").read_text(encoding="utf-8"))
    assert {one["owner"]: one["mark"] for one in page["works"]} == {
        "Іваненко Петро": 100, "Коваль Оля": 100, "Ткач Лев": 0, "Дана": None,
    }  # fmt: skip
    assert not (group[1] / ".works").exists()


def test_a_changed_work_and_other_judges_are_run_again(group):
    """And so is what the teacher names, by the owner's name in any order."""
    given, folder = group
    laid(given, {"Коваль Оля_2_assignsubmission_file_/api.py": b"x"})
    assert run_of(given, folder)[1] == ["Коваль Оля_2_assignsubmission_file_"]


@pytest.mark.parametrize(
    ("asked", "ran"),
    [
        ({"judges": "k"}, 2),
        ({"again": None}, 2),
        ({"again": ("Петро Іваненко",)}, 1),
        ({"again": ("хтось",)}, 0),
    ],
)
def test_what_is_asked_for_again_is_run(group, asked, ran):
    """By name, all, or because what judges has changed."""
    assert len(run_of(*group, **asked)[1]) == ran


def test_a_verdict_cut_off_or_of_no_known_content_is_not_kept(group):
    """What a kill left half-done is graded anew."""
    _, folder = group
    (one, two) = sorted(folder.glob("*/verdict.json"))
    one.write_text(one.read_text(encoding="utf-8")[:500], encoding="utf-8")
    document = json.loads(two.read_text(encoding="utf-8"))
    document.pop("intake")
    two.write_text(json.dumps(document), encoding="utf-8")
    assert kept_verdicts(folder) == {}
    assert len(run_of(*group)[1]) == 2


def test_what_was_in_the_graders_way_does_not_stand(group):
    """A verdict with a fault of the kit's own is tried again."""
    verdict = next(iter(kept_verdicts(group[1]).values()))
    task = BatchTask(
        name="a", folder=group[0], place=group[0], content=verdict["intake"]["content"]
    )
    assert still_stands(verdict, task, "j", None)
    assert not still_stands(verdict, task, "j", 7)
    verdict["checks"][0].update(passed=None, cause={"error": "Traceback", "rationale": ""})
    assert not still_stands(verdict, task, "j", None)


def test_changed_points_are_scored_from_kept_facts(group):
    """A share stays a share; a check that was never run needs a run."""
    from dataclasses import replace

    verdict = next(iter(kept_verdicts(group[1]).values()))
    rubric = load_rubric()
    first, second = list(rubric.items.values())[:2]
    verdict["checks"][0]["points"] = first.points / 2
    verdict["checks"][1].update(passed=False, points=0)
    items = {
        **rubric.items,
        first.id: replace(first, points=50),
        second.id: replace(second, points=40),
    }
    scored = scored_anew(verdict, replace(rubric, items=items))
    assert [check["points"] for check in scored["checks"][:2]] == [25, 0]
    assert scored["score"] == sum(check["points"] for check in scored["checks"])
    assert scored["max_score"] == rubric.max_score - first.points - second.points + 90
    more = {**items, "new-check": replace(first, id="new-check")}
    assert scored_anew(verdict, replace(rubric, items=more)) is None


def test_a_second_run_into_the_same_folder_is_told(tmp_path):
    """Also one of another process; when the first ends, the next may."""
    code = f"from pathlib import Path\nfrom harness.cli.kept import alone_in\nwith alone_in(Path({str(tmp_path)!r})): pass"
    with alone_in(tmp_path):
        with pytest.raises(UsageProblem), alone_in(tmp_path):
            pass
        other = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False
        )
        assert "results-busy" in other.stderr
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode
        == 0
    )


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    """New, empty, or results: anything else is refused."""
    assert results_folder(tmp_path / "new").is_dir()
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "diary.txt").write_text("x", encoding="utf-8")
    with pytest.raises(GradeError):
        results_folder(tmp_path / "own")
    (tmp_path / "own" / "group.json").write_text("{}", encoding="utf-8")
    assert results_folder(tmp_path / "own")


def test_names_that_clash_or_say_nothing_get_folders_of_their_own(tmp_path):
    """``=1+1``, two that differ by a blank, and the results' own names; the outermost name is
    kept beside.
    """
    names = ["=1+1", "Іван Ко", "Іван-Ко", "feedback"]
    given = laid(tmp_path / "g", {f"{name}/docker-compose.yml": b"" for name in names})
    tasks, _ = tasks_for([given], tmp_path / "out", {})
    assert sorted(task.given for task in tasks) == sorted(names)
    assert len({task.name.lower() for task in tasks}) == 4
    assert "feedback" not in {task.name for task in tasks}
    again, _ = tasks_for([given], tmp_path / "out", {task.given: task.name for task in tasks})
    assert [(task.given, task.name) for task in again] == [
        (task.given, task.name) for task in tasks
    ]


def test_what_judges_has_a_hash_that_points_do_not_change(tmp_path):
    """Limits and code do; so does the runtime, and another lab's workload."""
    from harness.grade.verdict.rubric import RUBRIC

    for name in ("assignment.toml", "workload.py"):
        shutil.copy(RUBRIC.with_name(name), tmp_path)
    rubric, text = tmp_path / "rubric.toml", RUBRIC.read_text(encoding="utf-8")

    def judges(rubric_text: str, runtime: str = "compose") -> str:
        rubric.write_text(rubric_text, encoding="utf-8")
        return judged_by(runtime, None, tmp_path)

    first = judges(text)
    assert first == judged_by("compose", None)
    assert judges(text, "embedded") != first
    assert judges(text.replace("points = 6", "points = 7")) == first
    assert judges(text.replace("job_s = 30", "job_s = 31")) != first
    assignment = tmp_path / "assignment.toml"
    told = assignment.read_text(encoding="utf-8")
    assignment.write_text(told + '\n[texts]\nx = "y"\n', encoding="utf-8")
    assert judges(text) == first
    (tmp_path / "workload.py").write_text("WORKLOAD = 1", encoding="utf-8")
    assert judges(text) != first


@pytest.mark.parametrize("lab", [CHECKS, CHECKS / "assignments" / "word-count"])
def test_the_same_assignment_at_another_place_has_the_same_hash(lab, tmp_path, monkeypatch):
    """Named from here or from the root, and whatever its folder is called: on a cluster's machine
    it lies elsewhere.
    """
    copy = shutil.copytree(lab, tmp_path / "aaa" / "lab")
    profile = shutil.copy(lab / "assignment.toml", tmp_path / "zzz.toml")
    first = judged_by("compose", lab / "assignment.toml", lab)
    assert judged_by("compose", profile, copy) == first
    monkeypatch.chdir(tmp_path / "aaa")
    assert judged_by("compose", profile, Path("lab")) == first
    (copy / "workload.py").rename(copy / "other.py")
    assert judged_by("compose", profile, copy) != first


def test_what_judges_is_more_than_the_rooms_code():
    """Log profiles, patterns of findings, and what an assignment's jobs are."""
    kit = CHECKS.parent / "harness"
    files = {file.relative_to(kit).as_posix() for file in judging_files()}
    assert {"workload.py", "trace/profiles/lab.toml", "grade/finding/patterns.toml"} <= files
    assert not any(name.startswith("texts/") for name in files)


def test_a_work_is_named_by_folder_by_what_was_handed_in_or_by_owner(tmp_path):
    """In any case and order."""
    task = BatchTask(
        name="Ivan", folder=tmp_path, place=tmp_path, given="О’Ніл Шон_7_assignsubmission_file_"
    )
    for name in ("ivan", "шон о'ніл", "О’Ніл Шон_7_assignsubmission_file_"):
        assert wanted_again(task, (name,))
    assert not wanted_again(task, ("о",))
