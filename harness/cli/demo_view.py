"""A finished demonstration as people read it: each job's way, what is wrong, the verdict, where
all lies.
"""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from harness.cli.finding_view import print_finding
from harness.cli.terminal import printable
from harness.cli.verdict_view import headline, print_verdict
from harness.grade.demonstration.record import Demonstration, JobRecord
from harness.grade.finding.words import to_document
from harness.texts import number, say

_NAMED = 3  #: jobs named of one problem
_SHORT_ID = 8  #: characters of an id: enough to find it in the log


def print_demonstration(console: Console, demonstration: Demonstration, seconds: float) -> None:
    """Print the whole of it. ``seconds``: of the command, start and stop of the stack included."""
    if demonstration.finding is not None:
        print_finding(console, to_document(demonstration.finding))
    console.print(_table(demonstration), "")
    console.print(Text(say("demo.legend"), style="dim"))
    broken = sum(job.planned.broken and job.ok for job in demonstration.jobs)
    if broken:
        console.print(Text(say("demo.broken", count=broken), style="dim"))
    _print_problems(console, demonstration)
    if demonstration.trace.ok is True or demonstration.finding is not None:
        console.print(Text.assemble("\n", f"{say('demo.rules')}: ", headline(demonstration.trace)))
    else:
        console.print(Text(f"\n{say('demo.rules')}", style="bold"))
        print_verdict(console, demonstration.trace)
    console.print(_verdict(demonstration))
    facts = {"total": number(seconds, ".1f"), "work": number(demonstration.seconds, ".1f")}
    console.print(Text(say("demo.seconds", **facts), style="dim"))
    results = say("demo.results", folder=demonstration.folder)
    console.print(Text(results), soft_wrap=True)


def _table(demonstration: Demonstration) -> Table:
    """One line a job, within 80 columns."""
    table = Table(
        title=say("demo.table"),
        title_justify="left",
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for name in ("job", "action", "params"):
        table.add_column(say(f"demo.column-{name}"), no_wrap=True)
    for name in ("http", "queue", "start", "work"):
        table.add_column(say(f"demo.column-{name}"), justify="right")
    table.add_column(say("demo.column-end"), no_wrap=True)
    for job in demonstration.jobs:
        table.add_row(*_row(job))
    return table


def _row(job: JobRecord) -> list[Text]:
    mark, style = ("✓", "green") if job.ok else ("✗", "bold red")
    status = job.row.status if job.row else "—"
    if job.ok and job.planned.broken:
        status += "*"  # the line below the table says why that is right
    return [
        Text(printable((job.job_id or "—")[:_SHORT_ID]), style="bold"),
        Text(job.planned.request.fields["action"]),
        Text(job.planned.request.fields["params"] or "—"),
        Text(str(job.answer.status)),
        *(Text("—" if step is None else f"{step * 1000:.0f}") for step in job.steps_s),
        Text(f"{mark} {printable(status)}", style=style),
    ]


def _print_problems(console: Console, demonstration: Demonstration) -> None:
    bad = [job for job in demonstration.jobs if not job.ok]
    if bad or demonstration.ended:
        console.print(Text(f"\n{say('demo.problems')}", style="bold red"))
    for state in demonstration.ended:
        console.print(Text(f"  {say('demo.ended', name=state.name, code=state.exit_code)}"))
    for words, jobs in _by_problem(bad).items():
        named = ", ".join(jobs[:_NAMED]) + (f" … ({len(jobs)})" if len(jobs) > _NAMED else "")
        line = Text.assemble((named, "bold"), f": {words}")
        console.print(Padding(line, (0, 0, 0, 2)))


def _by_problem(bad: Sequence[JobRecord]) -> dict[str, list[str]]:
    """Each problem in words, and the jobs that have it: one cause spoils many."""
    problems: dict[str, list[str]] = {}
    for job in bad:
        name = printable((job.job_id or f"№ {job.planned.number}")[:_SHORT_ID])
        for problem in job.problems:
            words = printable(say(f"demo.problem.{problem.reference}", **problem.facts))
            problems.setdefault(words, []).append(name)
    return problems


def _verdict(demonstration: Demonstration) -> Text:
    jobs = len(demonstration.jobs)
    bad = sum(not job.ok for job in demonstration.jobs)
    if demonstration.ok:
        return Text(f"✓ {say('demo.ok', jobs=jobs)}", style="bold green")
    if bad:
        return Text(f"✗ {say('demo.not-ok', bad=bad, jobs=jobs)}", style="bold red")
    if demonstration.ok is None:
        return Text(f"? {say('demo.unknown')}", style="bold yellow")
    if demonstration.ended:
        return Text(f"✗ {say('demo.worker-ended')}", style="bold red")
    return Text(f"✗ {say('demo.rules-broken')}", style="bold red")
