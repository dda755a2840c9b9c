"""A worker's log judged by the rules, shown as a notebook shows things."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from harness.texts import say
from harness.trace import Judge, Verdict, lab_profile


@dataclass(frozen=True, slots=True, kw_only=True)
class LogVerdict:
    """The verdict of ``harness.trace``, with a face."""

    verdict: Verdict

    @property
    def ok(self) -> bool | None:
        """Kept, broken, or None: nobody could judge."""
        return self.verdict.ok

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of the broken rules, each once, in the order in which they are told."""
        return tuple(dict.fromkeys(one.rule for one in self.verdict.violations))

    def violations(self) -> pd.DataFrame:
        """One line a violation."""
        return pd.DataFrame(
            [
                (
                    one.rule,
                    say(f"rules.{one.rule}.title"),
                    ", ".join(map(str, one.lines)),
                    say(f"rules.{one.rule}.{one.case}", **one.facts),
                )
                for one in self.verdict.violations
            ],
            columns=["правило", "назва", "рядки", "що не так"],
        )

    def __str__(self) -> str:
        verdict = self.verdict
        facts = {"jobs": verdict.jobs, "lines": verdict.lines, "count": len(verdict.violations)}
        if verdict.ok is None:
            return f"? {say(f'verify.unknown-{verdict.reason}', **facts)}"
        return (
            f"✓ {say('verify.ok', **facts)}" if verdict.ok else f"✗ {say('verify.broken', **facts)}"
        )

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        told = [f"**{self}**"]
        for rule in self.rules:
            title, hint = (say(f"rules.{rule}.{part}") for part in ("title", "hint"))
            first = next(one for one in self.verdict.violations if one.rule == rule)
            lines = ", ".join(map(str, first.lines)) or "—"
            what = say(f"rules.{rule}.{first.case}", **first.facts)
            told.append(f"- **{title}** (`{rule}`), {say('lesson.lines', lines=lines)}: {what}")
            told.append(f"  - *{say('verify.hint')}*: {hint}")
        return "\n".join((told[0], "", *told[1:]))


def judge_log(lines: Iterable[str | bytes], submitted: Sequence[str] | None = None) -> LogVerdict:
    """Judge these lines of a worker's log; ``submitted``: the ids that were sent, in order, if known."""
    judge = Judge(lab_profile(), submitted or None)
    for line in lines:
        judge.feed(line)
    return LogVerdict(verdict=judge.finish())
