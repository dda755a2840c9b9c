"""When a file was made: what its own times say does not matter."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from harness.stack.birth import born
from harness.stack.container_files import seconds_of

LONG_AGO = 1_000_000_000


def test_a_files_birth_cannot_be_set_back(tmp_path):
    """Nor is it told anew when the file is written to."""
    file = tmp_path / "--a name with spaces\nand a line"
    before = datetime.now(UTC)
    file.write_text("first")
    os.utime(file, (LONG_AGO, LONG_AGO))
    made = born(str(file))
    if made is None:
        pytest.skip("this file system does not tell")
    assert before - timedelta(seconds=0.02) < made < datetime.now(UTC)
    file.write_text("second")
    assert born(str(file)) == made
    file.rename(tmp_path / "b")
    assert born(str(tmp_path / "b")) == made


def test_what_is_not_there_was_never_made(tmp_path):
    """None, and no error."""
    assert born(str(tmp_path / "nothing")) is None


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("2026-11-29T09:03:32.123456789Z", "1795943012.123456789"),
        ("2026-11-29T11:03:32.5+02:00", "1795943012.5"),
        ("2026-11-29T09:03:32Z", "1795943012.0"),
    ],
)
def test_a_moment_keeps_all_its_digits(told, seconds):
    """Nine of a second, as the Engine tells them."""
    assert seconds_of(told) == seconds
