"""``lab6 doctor``: what this machine has, what the lab will run on, how to mend the rest."""

import click

from harness.cli.output import check_json, write_json
from harness.cli.probes import Finding, Health
from harness.cli.terminal import err, first_encoding, out, printable, steps
from harness.texts import say

#: What a runtime cannot do without.
_NEEDS = {"compose": ("docker", "images"), "embedded": ("postgres", "redis")}
_MARKS = {Health.GOOD: ("✓", "green"), Health.NOTE: ("!", "yellow"), Health.BAD: ("✗", "red")}


@click.command(help=say("doctor.help"))
@click.option("--json", "json_file", metavar="FILE", help=say("cli.option-json"))
def doctor(json_file: str | None) -> int:
    """0 where at least one runtime can run, else 2."""
    check_json(json_file)
    findings = _look()
    runtime = chosen_runtime(findings)
    if json_file is not None:
        write_json(json_file, _document(findings, runtime))
    if json_file != "-":
        _print(findings, runtime)
    return 0 if runtime else 2


def chosen_runtime(findings: list[Finding]) -> str | None:
    """What ``auto`` will take: compose before embedded; None where neither can run."""
    health = {finding.name: finding.health for finding in findings}
    base = all(health[name] is not Health.BAD for name in ("python", "folder", "disk"))
    for runtime, needs in _NEEDS.items():
        if base and all(health[name] is not Health.BAD for name in needs):
            return runtime
    return None


def _look() -> list[Finding]:
    from harness.cli.probes import PROBES, terminal

    findings = []
    with steps() as step:
        for name, probe in PROBES.items():
            step(say("doctor.looking", what=say(f"doctor.name.{name}")))
            findings.append(probe())
    return [*findings, terminal(first_encoding())]


def _print(findings: list[Finding], runtime: str | None) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("")
    table.add_column(say("doctor.column-what"), no_wrap=True)
    table.add_column(say("doctor.column-found"), overflow="fold")
    for finding in findings:
        mark, colour = _MARKS[finding.health]
        cell = Text(printable(finding.found))
        if finding.mend:
            cell.append(f"\n{say('doctor.mend')}: ", style="cyan")
            cell.append(printable(finding.mend))
        table.add_row(Text(mark, style=colour), say(f"doctor.name.{finding.name}"), cell)
    out().print(table)
    if runtime:
        words = say("doctor.will-run", runtime=say(f"doctor.{runtime}"))
        out().print(Text(f"✓ {words}", style="bold green"))
    else:
        err().print(Text(f"✗ {say('doctor.nothing-runs')}", style="bold red"))


def _document(findings: list[Finding], runtime: str | None) -> dict[str, object]:
    return {
        "schema": "lab6/doctor/v1",
        "ok": runtime is not None,
        "runtime": runtime,
        "findings": [
            {
                "name": finding.name,
                "health": str(finding.health),
                "found": finding.found,
                "mend": finding.mend or None,
            }
            for finding in findings
        ],
    }
