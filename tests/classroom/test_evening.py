"""The teacher's evening with a small class: nothing is graded twice, nothing is lost, and each mark
stands where Moodle looks for it."""

import pytest

from tests.classroom.archive import OUTSIDE, pupils
from tests.classroom.evening import Evening, story

pytestmark = [pytest.mark.embedded, pytest.mark.slow]


def test_a_class_is_graded_once_whatever_happens_to_the_evening(tmp_path):
    """Killed by -9 and gone on with; other points; one work handed in anew; the worksheet."""
    group = pupils(7, engine=False)
    evening = Evening(folder=tmp_path / "evening", group=group, runtime="embedded")
    figures, faults = story(evening)
    assert faults == []
    assert figures["works"] == 3
    assert figures["scores that the points moved"] > 0
    assert {name: one["gradings"] > 0 for name, one in figures["steps"].items()} == {
        "killed at a third": True,
        "gone on with": True,
        "other points": bool(evening.open),
        "one handed in anew": True,
    }
    assert not list(tmp_path.rglob(OUTSIDE))
