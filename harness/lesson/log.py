"""A worker's log judged by the rules, shown as a notebook shows things."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from harness.lesson.tables import columns
from harness.texts import say
from harness.texts.violations import hint as hint_of
from harness.texts.violations import named_lines, verdict_sentence, violation_message
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
        return tuple(dict.fromkeys(violation.rule for violation in self.verdict.violations))

    def violations(self) -> pd.DataFrame:
        """The violations as a table, one line each."""
        return pd.DataFrame(
            [
                (
                    violation.rule,
                    say(f"rules.{violation.rule}.title"),
                    ", ".join(map(str, violation.lines)),
                    violation_message(violation),
                )
                for violation in self.verdict.violations
            ],
            columns=columns("rule", "title", "lines", "wrong"),
        )

    def __str__(self) -> str:
        return verdict_sentence(self.verdict)

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        lines = [f"**{self}**", ""]
        for rule in self.rules:
            lines.append(f"- **{say(f'rules.{rule}.title')}** (`{rule}`)")
            broken = [one for one in self.verdict.violations if one.rule == rule]
            lines += [
                f"  - {named_lines(violation.lines)}: {violation_message(violation)}"
                for violation in broken
            ]
            lines.append(f"  - *{say('verify.hint')}:* {hint_of(broken)}")
        return "\n".join(lines)


def judge_log(lines: Iterable[str | bytes], submitted: Sequence[str] | None = None) -> LogVerdict:
    """Judge these lines of a worker's log; ``submitted``: the ids that were sent, in order, if
    known.
    """
    judge = Judge(lab_profile(), submitted or None)
    for line in lines:
        judge.feed(line)
    return LogVerdict(verdict=judge.finish())


def log_steps(lines: Iterable[str | bytes]) -> pd.DataFrame:
    """A line a job, in the order of their receipt: in which lines of the log its steps stand,
    from 1.
    """
    judge = Judge(lab_profile())
    steps: dict[str, dict[str, int]] = {}
    for line in lines:
        event = judge.feed(line).event
        if event is not None and event.job_id:
            steps.setdefault(event.job_id, {}).setdefault(str(event.kind), event.line)
    table = pd.DataFrame.from_dict(steps, orient="index", dtype="Int64")
    table.index.name = "job_id"
    return table.reset_index()
