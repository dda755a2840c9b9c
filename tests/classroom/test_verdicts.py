"""What the programs of this room would tell of a class that was graded badly."""

import tomllib
import zipfile
from dataclasses import replace

import pytest

from tests.classroom.archive import pupils
from tests.classroom.verdicts import badly_scored, differing, wrong
from tests.classroom.worksheet import not_as_graded, write_worksheet
from tests.mutants.variants import ROOT

GROUP = pupils(8, engine=False)
MUTANT = next(one for one in GROUP if one.variant and one.variant.kind == "mutants")
HONEST = next(one for one in GROUP if one.variant and one.variant.kind == "honest")
HOSTILE = next(one for one in GROUP if one.hostile)
POINTS = {
    name: one["points"]
    for name, one in tomllib.loads((ROOT / "checks/rubric.toml").read_text("utf-8"))[
        "check"
    ].items()
}


def verdict(*failed, undecided=()):
    """With these checks false, and these kept from being judged."""
    checks = [
        {
            "id": name,
            "passed": None if name in undecided else name not in failed,
            "points": 0 if name in (*failed, *undecided) else points,
            "max_points": points,
            "cause": {"error": "Engine"} if name in undecided else None,
        }
        for name, points in POINTS.items()
    ]
    return {"checks": checks, "score": sum(one["points"] for one in checks)}


def graded_right():
    """Verdicts of the whole class as they must be."""
    return {one.folder: verdict(*_failed(one)) for one in GROUP if not one.hostile}


def _failed(pupil):
    if pupil.variant is None:
        return tuple(POINTS)
    return (pupil.variant.check,) if pupil.variant.check else ()


def test_a_class_that_is_graded_right_gives_nothing_to_tell():
    """Nor does a work that could not be decided."""
    assert wrong(GROUP, graded_right()) == []
    some = graded_right() | {HONEST.folder: verdict(undecided=("fifo",))}
    assert wrong(GROUP, some) == []


@pytest.mark.parametrize(
    ("pupil", "told"),
    [
        (HONEST, verdict("fifo")),
        (MUTANT, verdict()),
        (HOSTILE, verdict()),
        (next(one for one in GROUP if one.variant is None and not one.hostile), verdict()),
    ],
    ids=["honest accused", "mutant let through", "hostile graded", "nothing rewarded"],
)
def test_a_work_that_is_graded_wrongly_is_named(pupil, told):
    """Whichever way."""
    (fault,) = wrong(GROUP, graded_right() | {pupil.folder: told})
    assert fault.startswith(pupil.name)


def test_a_work_without_a_verdict_is_named():
    """It was lost on the way."""
    verdicts = graded_right()
    del verdicts[MUTANT.folder]
    assert wrong(GROUP, verdicts) == [f"{MUTANT.name}: no verdict"]


def test_points_that_did_not_move_are_told():
    """A kept verdict that has yesterday's points, and a score that is no sum."""
    one = {HONEST.folder: verdict()}
    assert badly_scored(one, {}) == []
    assert badly_scored(one, {"fifo": 1}) == [f"{HONEST.folder}: fifo has other points"]
    one[HONEST.folder]["score"] = 99
    assert badly_scored(one, {}) == [f"{HONEST.folder}: 99 is not 100"]


@pytest.fixture
def sheets(tmp_path):
    """The worksheet as it was given, and filled with the verdicts of a class graded right."""
    given, back = tmp_path / "given.csv", tmp_path / "back"
    back.mkdir()
    write_worksheet(given, GROUP)
    lines = given.read_text("utf-8").splitlines()
    verdicts = graded_right()
    for at, pupil in enumerate(GROUP, 1):
        if pupil.folder in verdicts:
            score = verdicts[pupil.folder]["score"]
            lines[at] = lines[at].replace(",,100.00", f",{score},100.00") + "because"
    (back / "moodle.csv").write_text("\r\n".join(lines) + "\r\n", "utf-8")
    with zipfile.ZipFile(back / "moodle-feedback.zip", "w") as feedback:
        for pupil in GROUP:
            if pupil.folder in verdicts:
                feedback.writestr(f"{pupil.folder.rstrip('_')}/lab6.html", "because")
    return given, back, verdicts


def test_a_worksheet_that_is_filled_as_graded_gives_nothing_to_tell(sheets):
    """Grades, comments and files of those who have a verdict, nothing of the others."""
    given, back, verdicts = sheets
    assert not_as_graded(GROUP, verdicts, given, back) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (",100,100.00", ",99,100.00"),
        (",100,100.00", ",,100.00"),
        ("p107@example.org", "p108@example.org"),
        ("because", ""),
    ],
    ids=["another grade", "no grade", "another address", "no comment"],
)
def test_whatever_else_stands_in_the_worksheet_is_told(sheets, old, new):
    """By the name of whoever it is about."""
    given, back, verdicts = sheets
    file = back / "moodle.csv"
    text = file.read_bytes().decode("utf-8")
    file.write_bytes(text.replace(old, new, 1).encode())
    assert len(not_as_graded(GROUP, verdicts, given, back)) == 1


def test_a_second_attempt_is_judged_as_what_it_is_now():
    """The mutant's pupil handed in an honest one, and has the old verdict."""
    group = [replace(one, variant=HONEST.variant) if one is MUTANT else one for one in GROUP]
    (fault,) = wrong(group, graded_right())
    assert fault.startswith(MUTANT.name)


def test_a_verdict_that_differs_is_told_but_not_what_a_works_own_race_decides():
    """Its own check, and whether there is a verdict, count for that one, too."""
    still = replace(MUTANT.variant, races=False)
    works = {MUTANT.folder: still, HONEST.folder: HONEST.variant}
    about = {"ok": False, "intake": {}}
    first = {name: {**verdict(MUTANT.variant.check), **about} for name in works}
    second = {name: {**verdict(MUTANT.variant.check, "fifo"), **about} for name in works}
    assert len(differing(first, second, works)) == 2
    racing = {**works, MUTANT.folder: replace(still, races=True)}
    assert [told.split(":")[0] for told in differing(first, second, racing)] == [HONEST.folder]
    third = {**second, MUTANT.folder: {**verdict("fifo"), **about}}
    assert len(differing(first, third, racing)) == 2
    assert len(differing(first, {}, racing)) == 2
