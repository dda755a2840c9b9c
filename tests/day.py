"""The day that says whose turn it is, in tests that try one of many a day."""

import os
from datetime import UTC, date, datetime

VARIABLE = "LAB6_DAY"


def day() -> int:
    """Its ordinal. ``LAB6_DAY=2026-11-27`` sets it, so that a failure can be repeated. Otherwise it is
    the day of the first call, for the processes that this one starts, too: midnight changes nothing.
    """
    told = os.environ.setdefault(VARIABLE, datetime.now(UTC).date().isoformat())
    return date.fromisoformat(told).toordinal()


#: Of these files' slow tests one in so many is tried a day where ``LAB6_DAILY`` is set: CI must end.
TURNS = {
    "tests/assignments/test_assignments.py": 2,
    "tests/classroom/test_evening.py": 2,
    "tests/docker/test_under_load.py": 2,
    "tests/embedded/test_cluster.py": 2,
    "tests/embedded/test_typical_errors.py": 3,
    "tests/mutants/test_mutants.py": 3,
    "tests/notebooks/test_again.py": 2,
}


def is_todays(file: str, number: int) -> bool:
    """Whether it is the turn of the file's slow test of that number."""
    return not os.environ.get("LAB6_DAILY") or (number - day()) % TURNS.get(file, 1) == 0
