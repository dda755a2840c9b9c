"""From points to the mark that goes into a gradebook: scale, late penalty, rounding, all the
assignment's data.
"""

import math
import tomllib
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from report.errors import ReportError

_DAY_S = 86_400.0
_ROUNDINGS = ("half-up", "down", "up")


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkRule:
    """The table ``[mark]`` of ``assignment.toml``; without it a mark is the score."""

    title: str = "lab6"  #: of the gradebook's column
    out_of: float | None = None  #: the best mark; None: the rubric's own sum
    step: float = 0.01  #: marks are multiples of it
    rounding: str = "half-up"  #: or down, up
    deadline: datetime | None = None
    grace_minutes: float = 0.0
    late_percent_per_day: float = 0.0  #: of the score, for each day that was begun
    late_percent_most: float = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What goes into the gradebook."""

    value: float
    out_of: float
    days_late: int = 0
    penalty: float = 0.0  #: what lateness took, in the mark's own units


def load_mark_rule(file: Path) -> MarkRule:
    """The rule of an assignment's file. ``ReportError("mark-rule")`` where it cannot be meant."""
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        return _rule(table)
    except (OSError, ValueError, TypeError) as error:
        raise ReportError("mark-rule", file=file, reason=str(error)) from error


def _rule(table: dict[str, Any]) -> MarkRule:
    rule = MarkRule(**{"title": table.get("name", "lab6"), **table.get("mark", {})})
    if rule.rounding not in _ROUNDINGS:
        raise ValueError(f"rounding: {rule.rounding} ({', '.join(_ROUNDINGS)})")
    if rule.step <= 0 or (rule.out_of is not None and rule.out_of <= 0):
        raise ValueError("step, out_of: > 0")
    if rule.deadline is not None and rule.deadline.tzinfo is None:
        raise ValueError("deadline: 2026-11-24T23:59:00+02:00")
    return rule


def mark_of(score: float, most: float, rule: MarkRule, received: datetime | None = None) -> Mark:
    """The mark of a score. Without a time of submission nothing is taken."""
    out_of = most if rule.out_of is None else rule.out_of
    full = score / most * out_of if most else 0.0
    days = days_late(rule, received)
    percent = min(days * rule.late_percent_per_day, rule.late_percent_most)
    value = _rounded(max(full * (1 - percent / 100), 0.0), rule)
    value = min(value, out_of)
    penalty = max(_rounded(full, rule) - value, 0.0) if days else 0.0
    return Mark(value=value, out_of=out_of, days_late=days, penalty=round(penalty, 6))


def days_late(rule: MarkRule, received: datetime | None) -> int:
    """Days after the deadline and its grace, each begun one counted. A time without a zone is
    the deadline's.
    """
    if rule.deadline is None or received is None:
        return 0
    if received.tzinfo is None:
        received = received.replace(tzinfo=rule.deadline.tzinfo)
    late_s = (received - rule.deadline).total_seconds()
    return math.ceil(late_s / _DAY_S) if late_s > rule.grace_minutes * 60 else 0


def _rounded(value: float, rule: MarkRule) -> float:
    """A multiple of the step. Decimal, and first to 9 places: 2.675 of floats is no
    2.67499999999.
    """
    exact, step = Decimal(str(round(value, 9))), Decimal(str(rule.step))
    way = {"half-up": ROUND_HALF_UP, "down": "ROUND_FLOOR", "up": "ROUND_CEILING"}[rule.rounding]
    return float((exact / step).quantize(Decimal(1), rounding=way) * step)
