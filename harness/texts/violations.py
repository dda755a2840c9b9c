"""The one wording of a broken rule: its sentence, its title, the lines where it was seen, and a
verdict's headline.

Terminal, notebook, live page and documents dress these words in their own way, and add none. What
is worded is known by its shape: this room imports nothing of the rules.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from harness.texts import has, language, say, text_in
from harness.texts.three_values import MARK, Ok


class BrokenRule(Protocol):
    """A violation, as ``harness.trace`` finds it: ``case`` and ``facts`` pick and fill its
    sentence.
    """

    @property
    def rule(self) -> str: ...

    @property
    def case(self) -> str: ...

    @property
    def facts(self) -> Mapping[str, object]: ...


class JudgedLog(Protocol):
    """A verdict, as ``harness.trace`` gives it."""

    @property
    def ok(self) -> Ok: ...

    @property
    def reason(self) -> str | None: ...

    @property
    def jobs(self) -> int: ...

    @property
    def lines(self) -> int: ...

    @property
    def violations(self) -> Sequence[object]: ...


def violation_message(violation: BrokenRule, lang: str | None = None) -> str:
    """What is wrong, in one sentence, without job and lines; in the process's language unless
    one is named.
    """
    text = text_in(lang or language(), f"rules.{violation.rule}.{violation.case}")
    return text.format(**violation.facts)


def hint(violations: Sequence[BrokenRule]) -> str:
    """What to do about violations of one rule: the hint of the first one's case, where its case has
    one of its own.
    """
    rule, case = violations[0].rule, violations[0].case
    own = f"rules.{rule}.hint-{case.rpartition('-')[2]}"
    return say(own if has(own) else f"rules.{rule}.hint")


def titled_message(violation: BrokenRule, lang: str | None = None) -> str:
    """The same after the title of the rule."""
    title = text_in(lang or language(), f"rules.{violation.rule}.title")
    return f"{title}: {violation_message(violation, lang)}"


def named_lines(lines: Sequence[int], most: int | None = None) -> str:
    """Where it was seen: the numbers of the lines, at most so many of them."""
    if not lines:
        return say("verify.where-none")
    cut = ", …" if most is not None and len(lines) > most else ""
    named = ", ".join(map(str, lines[:most])) + cut
    return say("verify.where-one" if len(lines) == 1 else "verify.where", lines=named)


def verdict_sentence(verdict: JudgedLog, log: str | None = None) -> str:
    """The verdict in one line, after its mark; ``log`` is what was judged, as the user typed it."""
    key = {True: "ok", False: "broken", None: f"unknown-{verdict.reason}"}[verdict.ok]
    if key == "unknown-no-events" and not verdict.lines:
        key = "unknown-empty"
    facts: Mapping[str, object] = {
        "jobs": verdict.jobs,
        "lines": verdict.lines,
        "count": len(verdict.violations),
        "log": log or say("cli.metavar.log"),
    }
    return f"{MARK[verdict.ok]} {say(f'verify.{key}', **facts)}"
