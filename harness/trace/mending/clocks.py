"""The time of day in a line, in whatever way it is written: enough to see which way a log goes."""

import re
from typing import NamedTuple

_DAY_S = 24 * 60 * 60
_CLOCK = re.compile(
    r"(?<![\d:])(\d{1,2}):([0-5]\d):([0-5]\d)(?:[.,:](\d{1,9}))?(?![\d:])(?:\s?([AaPp])\.?[Mm]\b)?"
)
_EPOCH = re.compile(
    r"(?<![\w.-])(1[5-9]\d{8})(?:(\d{3}|\d{6}|\d{9})|\.(\d{1,9}))?(?![\w-])"
)  #: seconds since 1970, or thousandths and so on of them


class Clock(NamedTuple):
    """A time of day, or one of all days."""

    seconds: int  #: since midnight, or since 1970
    fraction: str  #: digits of the second's fraction
    is_epoch: bool


def read_clock(line: str) -> Clock | None:
    """The first clock in the line; None where there is none."""
    match = _CLOCK.search(line)
    if match is None:
        epoch = _EPOCH.search(line)
        return Clock(int(epoch[1]), epoch[2] or epoch[3] or "", is_epoch=True) if epoch else None
    hour, minute, second, fraction, half = match.groups()
    hours = int(hour) % 12 + 12 * (half in "Pp") if half else int(hour)
    return Clock(hours * 3600 + int(minute) * 60 + int(second), fraction or "", is_epoch=False)


def clock_of(line: str) -> float | None:
    """Seconds since midnight by the first clock in the line; None where there is none."""
    clock = read_clock(line)
    return clock.seconds % _DAY_S + float(f"0.{clock.fraction or 0}") if clock else None


def has_fallen(before: float, after: float) -> bool:
    """Whether time went back from one to the next; half a day or more is midnight between them."""
    return 0 < (before - after) % _DAY_S < _DAY_S / 2
