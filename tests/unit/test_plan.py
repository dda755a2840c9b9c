"""The pictures and jobs of a run: random, yet the same for the same seed."""

from collections import Counter
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from harness.grade.errors import GradeError
from harness.grade.folders import fresh_folder
from harness.lab6.oracle.right_answers import expected_size
from harness.lab6.pictures import ACTIONS, make_params, make_picture
from harness.lab6.plan import make_plan


def test_the_same_seed_gives_the_same_plan_byte_for_byte():
    """A verdict's seed is enough to do its run again."""
    assert make_plan(42, 8) == make_plan(42, 8)


def test_another_seed_gives_other_pictures_and_params():
    """Nothing can be prepared beforehand."""
    one, other = make_plan(1, 6), make_plan(2, 6)
    assert all(a.picture != b.picture for a, b in zip(one, other, strict=True))
    assert [p.params for p in one if p.params] != [p.params for p in other if p.params]


def test_twenty_jobs_hold_one_broken_picture_and_all_actions_in_both_formats():
    """19 good and 1 truncated; the three actions in turn, on PNG and on JPEG."""
    plan = make_plan(5, 20)
    assert sum(planned.broken for planned in plan) == 1
    assert {p.expected for p in plan if p.broken} == {"FAILED"}
    good = Counter((p.action, p.picture.suffix) for p in plan)
    assert set(good) == {(action, suffix) for action in ACTIONS for suffix in (".png", ".jpg")}


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_few_jobs_are_all_good(jobs):
    """Below four jobs none is spent on a broken picture."""
    assert not any(planned.broken for planned in make_plan(5, jobs))


@pytest.mark.slow
def test_a_truncated_picture_has_a_header_and_no_end():
    """The api can read its size; whoever loads its pixels fails."""
    for seed in range(20):
        broken = next(p for p in make_plan(seed, 7) if p.broken)
        assert broken.picture.suffix == ".png"  # of a cut JPEG some decoders make a whole one
        with Image.open(BytesIO(broken.picture.data)) as image:
            assert image.size == broken.picture.size
            with pytest.raises((OSError, SyntaxError)):
                image.load()


@pytest.mark.slow
@pytest.mark.parametrize("action", ACTIONS)
def test_params_fit_their_picture(action):
    """Random parameters always name a possible result."""
    rng = np.random.default_rng(0)
    for _ in range(50):
        size = make_picture(rng).size
        width, height = expected_size(size, action, make_params(rng, action, size))
        assert width > 0
        assert height > 0


def test_results_never_go_into_a_folder_that_is_there(tmp_path):
    """Two runs within a second get two folders."""
    folders = {fresh_folder(tmp_path / "out", "demo") for _ in range(3)}
    assert len(folders) == 3


def test_a_file_in_the_way_of_the_results_is_told(tmp_path):
    """Where ``out`` is a file, nobody tries for ever."""
    (tmp_path / "out").write_text("")
    with pytest.raises(GradeError) as caught:
        fresh_folder(tmp_path / "out", "demo")
    assert caught.value.reference == "folder-unwritable"
