"""A trace's verdict as people read it: what was broken, where, whose, and what to look at."""

from itertools import islice

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from harness.cli.terminal import printable
from harness.texts import say
from harness.texts.three_values import COLOUR
from harness.texts.violations import (
    hint as hint_of,
)
from harness.texts.violations import (
    named_lines,
    verdict_sentence,
    violation_message,
)
from harness.trace import RULES, Seen, Verdict, Violation

_SHOWN = 12  #: violations of one rule that are printed; the JSON has them all
_NEAR = 4  #: lines that were not read; they are alike, and the way out must stay in sight
_TOGETHER = 200  #: followed lines that are written at once, at most: a hundredth of a second's
_LINES = 6  #: line numbers named of one violation


def headline(verdict: Verdict, log: str = "LOG") -> Text:
    """The verdict in one line; ``log`` is what was judged, as the user typed it."""
    return Text(verdict_sentence(verdict, log), style=f"bold {COLOUR[verdict.ok]}")


def print_verdict(console: Console, verdict: Verdict, log: str = "LOG") -> None:
    """The headline, then the violations under their rules, with a hint each."""
    # Not wrapped here: a command in it is copied, and a line's end would cut it.
    console.print(headline(verdict, log), soft_wrap=True)
    if verdict.near and verdict.ok is False:
        hanging = say("verify.near-hanging", count=verdict.hanging) if verdict.hanging else ""
        beside = say("verify.near-beside", log=log, hanging=hanging)
        console.print(Text(beside, style="yellow"), soft_wrap=True)
    for near in verdict.near[:_NEAR]:
        text = say("verify.near", line=near.line, prefix=near.prefix, text=near.text)
        console.print(Padding(Text(printable(text)), (0, 0, 0, 2)))
    if len(verdict.near) > _NEAR:
        more = say("verify.more", count=len(verdict.near) - _NEAR)
        console.print(Padding(Text(more), (0, 0, 0, 2)))
    for rule in RULES:
        broken = [violation for violation in verdict.violations if violation.rule == rule.id]
        if not broken:
            continue
        title = say(f"rules.{rule.id}.title")
        console.print(Text.assemble("\n", (title, "bold"), (f"  {rule.id}", "dim")))
        for violation in islice(broken, _SHOWN):
            console.print(Padding(describe(violation), (0, 0, 0, 2)))
        if len(broken) > _SHOWN:
            console.print(
                Padding(Text(say("verify.more", count=len(broken) - _SHOWN)), (0, 0, 0, 2))
            )
        hint = Text.assemble((f"{say('verify.hint')}: ", "cyan"), hint_of(broken))
        console.print(Padding(hint, (0, 0, 0, 2)))


def describe(violation: Violation) -> Text:
    """One violation: job, lines, sentence."""
    job = violation.job_id or say("verify.no-job")
    return Text.assemble(
        (printable(job), "bold"),
        (f" · {named_lines(violation.lines, _LINES)}: ", "dim"),
        printable(violation_message(violation)),
    )


class LiveView:
    """Events of a followed log as they come. Rich lays out those alone that break a rule, or are
    seen on a terminal: it takes ten times as long as the judge.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._is_plain = not console.is_terminal
        self._waiting: list[str] = []

    def show(self, seen: Seen) -> None:
        """Show an event, perhaps only with the next ones, or at ``flush``."""
        event = seen.event
        if event is None:
            return
        if seen.violations or not self._is_plain:
            self.flush()
            self._console.print(live_line(seen))
            return
        text = event.text if event.text.isprintable() else printable(event.text)
        self._waiting.append(f"{event.line:>6} · {text}\n")
        if len(self._waiting) >= _TOGETHER:
            self.flush()

    def flush(self) -> None:
        """Write what waits: the log has nothing more for now."""
        if self._waiting:
            self._console.file.write("".join(self._waiting))
            self._console.file.flush()
            self._waiting.clear()


def live_line(seen: Seen) -> Text:
    """One event as it comes, and the rules that it breaks."""
    event = seen.event
    if event is None:
        return Text()
    mark, style = ("✗ ", "bold red") if seen.violations else ("· ", "green")
    line = Text.assemble((f"{event.line:>6} ", "dim"), (mark, style), printable(event.text))
    for violation in seen.violations:
        line.append(f"\n         {say(f'rules.{violation.rule}.title')}: ", style="red")
        line.append(printable(violation_message(violation)))
    return line
