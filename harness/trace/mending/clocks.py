"""The time of day in a line, in whatever way it is written: enough to see which way a log goes."""

import re

_DAY_S = 24 * 60 * 60
_CLOCK = re.compile(
    r"(?<![\d:])(\d{1,2}):([0-5]\d):([0-5]\d)(?:[.,:](\d{1,9}))?(?![\d:])(?:\s?([AaPp])\.?[Mm]\b)?"
)


def clock_of(line: str) -> float | None:
    """Seconds since midnight by the first clock in the line; None where there is none."""
    match = _CLOCK.search(line)
    if match is None:
        return None
    hour, minute, second, fraction, half = match.groups()
    hours = int(hour) % 12 + 12 * (half in "Pp") if half else int(hour)
    return hours * 3600 + int(minute) * 60 + int(second) + float(f"0.{fraction or 0}")


def has_fallen(before: float, after: float) -> bool:
    """Whether time went back from one to the next; half a day or more is midnight between them."""
    return 0 < (before - after) % _DAY_S < _DAY_S / 2
