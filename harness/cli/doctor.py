"""``lab6 doctor``: what this machine has, what the lab will run on, how to mend the rest."""

from dataclasses import replace

import click

from harness.cli.json_output import check_json, write_json
from harness.cli.probes import Health, ProbeResult
from harness.cli.runtime_option import context_option
from harness.cli.terminal import err, first_encoding, out, printable, steps
from harness.texts import say

#: What a runtime cannot do without.
_ALWAYS = ("python", "disk", "folder")
_NEEDS = {"compose": ("docker", "images"), "embedded": ("postgres", "redis")}
_MARKS = {Health.GOOD: ("✓", "green"), Health.NOTE: ("!", "yellow"), Health.BAD: ("✗", "red")}


@click.command(help=say("doctor.help"))
@click.option("--json", "json_file", metavar="FILE", help=say("cli.option-json"))
@context_option
def doctor(json_file: str | None) -> int:
    """0 where at least one runtime can run, else 2."""
    check_json(json_file)
    findings = _look()
    if json_file is not None:
        write_json(json_file, _document(findings))
    if json_file != "-":
        _print(findings)
    return 0 if runnable(findings) else 2


def runnable(findings: list[ProbeResult]) -> list[str]:
    """The runtimes that can run here."""
    health = {finding.name: finding.health for finding in findings}
    here = [
        runtime
        for runtime, needs in _NEEDS.items()
        if all(health[name] is not Health.BAD for name in (*_ALWAYS, *needs))
    ]
    return here + (["kubernetes"] if health.get("kubernetes") is Health.GOOD else [])


def automatic(findings: list[ProbeResult]) -> str:
    """What ``--runtime auto`` takes: compose wherever an Engine answers, as
    ``harness.stack.choose``.
    """
    health = {finding.name: finding.health for finding in findings}
    return "embedded" if health["docker"] is Health.BAD else "compose"


def softened(findings: list[ProbeResult]) -> list[ProbeResult]:
    """What one runtime lacks is a note, not a fault, where the other runs."""
    can = runnable(findings)
    spared = {
        name for runtime, needs in _NEEDS.items() if runtime not in can and can for name in needs
    }
    return [
        replace(finding, health=Health.NOTE)
        if finding.name in spared and finding.health is Health.BAD
        else finding
        for finding in findings
    ]


def _look() -> list[ProbeResult]:
    from harness.cli.probe_kubernetes import kubernetes
    from harness.cli.probes import PROBES, terminal

    findings = []
    with steps() as step:
        for name, probe in {**PROBES, "kubernetes": kubernetes}.items():
            step(say("doctor.looking", what=say(f"doctor.name.{name}")))
            findings.append(probe())
    return [*findings, terminal(first_encoding())]


def _print(findings: list[ProbeResult]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("")
    table.add_column(say("doctor.column-what"), no_wrap=True)
    table.add_column(say("doctor.column-found"), overflow="fold")
    for finding in softened(findings):
        mark, colour = _MARKS[finding.health]
        cell = Text(printable(finding.found))
        if finding.mend:
            cell.append(f"\n{say('doctor.mend')}: ", style="cyan")
            cell.append(printable(finding.mend))
        table.add_row(Text(mark, style=colour), say(f"doctor.name.{finding.name}"), cell)
    out().print(table)
    can, taken = runnable(findings), automatic(findings)
    if taken in can:
        words = say("doctor.will-run", runtime=say(f"doctor.{taken}"))
        out().print(Text(f"✓ {words}", style="bold green"))
    elif can:
        words = say("doctor.will-not-run", runtime=say(f"doctor.{taken}"), other=can[0])
        out().print(Text(f"! {words}", style="bold yellow"))
    else:
        err().print(Text(f"✗ {say('doctor.nothing-runs')}", style="bold red"))


def _document(findings: list[ProbeResult]) -> dict[str, object]:
    can = runnable(findings)
    return {
        "schema": "lab6/doctor/v1",
        "ok": bool(can),
        "runtime": automatic(findings),
        "runnable": can,
        "findings": [
            {
                "name": finding.name,
                "health": str(finding.health),
                "found": finding.found,
                "mend": finding.mend or None,
            }
            for finding in softened(findings)
        ],
    }
