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
