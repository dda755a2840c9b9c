"""The engine knows no lab: what lab 6 does with its jobs is named in the lab's own room, and
nowhere below.
"""

import re
from pathlib import Path

import pytest

import harness

ROOT = Path(harness.__file__).parent
ENGINE = ("grade", "stack", "trace", "witness", "workload.py")
WORDS = re.compile(
    r"grayscale|resize|crop(?!us)|picture|pixels?\b|image_processing|\bstorage/|processed_",
    re.IGNORECASE,
)
#: The lab's own names stand there as defaults, beside the default log profile; and ids of
#: ``errors.toml``.
DEFAULTS = ("witness/dialect.py", "witness/redis.py", "grade/whose_fault.py")


def sources(place: Path) -> list[Path]:
    """The Python files of a room, or the one file."""
    return [place] if place.is_file() else sorted(place.rglob("*.py"))


@pytest.mark.parametrize("room", ENGINE)
def test_no_action_picture_or_path_of_the_lab_is_named(room):
    """Another lab's jobs go through the same code."""
    found = [
        f"{file.relative_to(ROOT).as_posix()}:{number}: {line.strip()}"
        for file in sources(ROOT / room)
        if file.relative_to(ROOT).as_posix() not in DEFAULTS
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if WORDS.search(line)
    ]
    assert found == []


def test_the_words_are_the_labs():
    """The test can fail: the lab's own room is full of them."""
    texts = [file.read_text(encoding="utf-8") for file in sources(ROOT / "lab6")]
    assert sum(bool(WORDS.search(text)) for text in texts) > 5
