"""When each event of a log was told: by a time with a zone, else by its writer's own clock, which
within one log tells as well what came first.
"""

import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from harness.trace.events import Parsed
from harness.trace.mending.clocks import read_clock

_DAY_S = 24 * 60 * 60
_NS = 10**9
_ASKED = 1000  #: lines that are asked how they write days
_BEFORE = 300  #: characters of a line in which its day stands
_PERIODS_NS = {"no-date": _DAY_S * _NS, "no-year": 366 * _DAY_S * _NS}
_FRACTION = re.compile(r":\d\d[.,](\d+)")
_NO_YEAR = 2000  #: a leap one
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LAST_MONTH = len(_MONTHS)
_MONTH = rf"(?:{'|'.join(_MONTHS)})[a-z]*\.?"
_DAY = re.compile(
    rf"""(?<![\w.]) (?:
      (?P<year>\d{{4}}) ([-/.]) (?P<month>\d{{1,2}}) \2 (?P<day>\d{{1,2}}) (?!\d)
    | (?P<one>\d{{1,2}}) (?P<mark>[./-]) (?P<two>\d{{1,2}}) (?P=mark) (?P<last>\d{{4}}) (?!\d)
    | (?P<name>{_MONTH}) \s+ (?P<named>\d{{1,2}}) (?: ,? \s+ (?P<named_year>\d{{4}}) )? (?![\d:])
    | (?P<nth>\d{{1,2}}) [\s/-] (?P<of>{_MONTH}) [\s/-] (?P<of_year>\d{{4}}) (?!\d)
    )""",
    re.VERBOSE | re.IGNORECASE,
)


class Moment(NamedTuple):
    """A time as a line tells it; two are to be compared where they are of one sort."""

    sort: str  #: ``zone``; of a clock without one ``date``, ``no-year`` or ``no-date``
    at: int  #: nanoseconds
    digits: int  #: of the second's fraction

    def is_after(self, other: "Moment") -> bool:
        """Whether this one is later; of clocks that name no day or no year, half of it or more is
        midnight or the new year between them.
        """
        if self.sort != other.sort:
            return False
        period = _PERIODS_NS.get(self.sort)
        later = self.at - other.at
        return later > 0 if period is None else 0 < later % period < period / 2

    def is_other(self, other: "Moment") -> bool:
        """Whether the two are surely not one."""
        return self.sort == other.sort and self.at != other.at


class Moments:
    """Tells the moments of one log's lines, which all write their days in one way."""

    def __init__(self, lines: Sequence[bytes], *, is_month_first: bool = False) -> None:
        """``is_month_first``: whether 1/2 is January the second, where the lines do not tell."""
        asked = (_day_in(line) for line in lines[:: max(len(lines) // _ASKED, 1)])
        pairs = {(int(day["one"]), int(day["two"])) for day in asked if day and day["one"]}
        is_told = any(one > _LAST_MONTH or two > _LAST_MONTH for one, two in pairs)
        #: whether days were written that may be other ones
        self.is_ambiguous = len(pairs) > 1 and not is_told
        told = any(two > _LAST_MONTH for _, two in pairs)
        self._is_month_first = told if is_told else is_month_first

    def of(self, line: bytes, event: Parsed) -> Moment | None:
        """When the event was told; None where its line does not say it."""
        if (time := event.time) is not None:
            fraction = _FRACTION.search(event.stamp or "")
            return _moment("zone", int(time.timestamp()), fraction[1] if fraction else "")
        clock = read_clock(line.decode("utf-8", "replace"))
        if clock is None:
            return None
        if clock.is_epoch:
            return _moment("zone", clock.seconds, clock.fraction)
        if (day := _day_in(line)) is None:
            return _moment("no-date", clock.seconds, clock.fraction)
        days = self._days(day)
        sort = "no-year" if day["name"] and not day["named_year"] else "date"
        return _moment(sort, days * _DAY_S + clock.seconds, clock.fraction) if days else None

    def _days(self, day: re.Match[str]) -> int | None:
        """Since the first one of all; None where nobody can tell, or there is no such day."""
        if day["year"]:
            named = (day["year"], day["month"], day["day"])
        elif day["one"]:
            one, two = (day["one"], day["two"])
            named = (day["last"], one, two) if self._is_month_first else (day["last"], two, one)
        elif day["name"]:
            named = (day["named_year"] or _NO_YEAR, _month(day["name"]), day["named"])
        else:
            named = (day["of_year"], _month(day["of"]), day["nth"])
        try:
            return date(*map(int, named)).toordinal()
        except ValueError:
            return None


def _day_in(line: bytes) -> re.Match[str] | None:
    return _DAY.search(line[:_BEFORE].decode("utf-8", "replace"))


def _month(name: str) -> int:
    return _MONTHS.index(name[:3].lower()) + 1


def _moment(sort: str, seconds: int, fraction: str) -> Moment:
    return Moment(sort, seconds * _NS + int(fraction[:9].ljust(9, "0")), len(fraction))
