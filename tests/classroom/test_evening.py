"""The teacher's evening with a small class: nothing is graded twice, nothing is lost, and each mark
stands where Moodle looks for it."""

import pytest

from tests.classroom.archive import pupils
from tests.classroom.evening import Evening, story

pytestmark = [pytest.mark.embedded, pytest.mark.slow]


def test_a_class_is_graded_once_whatever_happens_to_the_evening(tmp_path):
    """Killed by -9 and gone on with; other points; one work handed in anew; the worksheet."""
    group = pupils(7, engine=False)
    evening = Evening(
        folder=tmp_path / "evening", group=group, runtime="embedded", options=["--jobs", "2"]
    )
    told = story(evening)
    assert told["works"] == 3
    assert told["graded before the kill, and again after it"] == []
    assert told["graded again for a change of points"] == []
    assert told["whose score the points moved"] > 0
    assert told["graded again when one was handed in anew"] == [told["that one"]]
    assert told["told wrongly"] == {}
    assert told["grades that the worksheet lacks or has otherwise"] == []
    assert not list(tmp_path.rglob("outside.txt"))
