"""``lab6 checks``: the grading suite on a lab of its own."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from harness.cli.output import check_json, write_json
from harness.texts import say

ROOT = Path(__file__).parents[2]
_RUNTIMES = click.Choice(["auto", "compose", "embedded"])


@click.command(help=say("checks.help"))
@click.option("--runtime", type=_RUNTIMES, default="auto", help=say("cli.option-runtime"))
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), metavar="N", help=say("checks.option-seed")
)
@click.option("--json", "json_file", metavar="FILE", help=say("checks.option-json"))
def checks(runtime: str, seed: int | None, json_file: str | None) -> int:
    """Run the suite; 0 where all holds, 1 where something falls short, 2 where nobody could tell."""
    check_json(json_file)
    with tempfile.TemporaryDirectory(prefix="lab6-checks-") as folder:
        verdict = run_checks(Path(folder), runtime, seed, quiet=json_file == "-")
    if json_file is not None:
        write_json(json_file, verdict)
    return status_of(verdict)


def run_checks(folder: Path, runtime: str, seed: int | None, *, quiet: bool) -> dict[str, Any]:
    """Run the suite in a process of its own, which leaves verdict and demonstration in ``folder``.

    The verdict comes back as a ``lab6/verdict/v1`` object. The suite's progress goes to standard output,
    or where it must stay clean (``quiet``) to standard error.
    """
    from harness.cli.problems import UsageProblem

    command = [
        sys.executable,
        "-m",
        "pytest",
        str(ROOT / "checks"),
        "--tb=no",
        "-r",
        "",
        "-p",
        "no:cacheprovider",
    ]
    command += ["--runtime", runtime, "--lab6-out", str(folder.resolve())]
    command += ["--seed", str(seed)] if seed is not None else []
    click.echo(f"… {say('checks.running')}", err=True)
    suite = subprocess.Popen(command, cwd=ROOT, stdout=sys.stderr if quiet else None)  # noqa: S603
    try:
        suite.wait()
    except KeyboardInterrupt:
        suite.wait()  # Ctrl-C reaches the suite, too: it takes its lab down first
        raise
    file = folder / "verdict.json"
    if not file.is_file():
        raise UsageProblem("no-verdict", status=suite.returncode)
    verdict: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return verdict


def status_of(verdict: dict[str, Any]) -> int:
    """Exit status of a verdict: false over null over true."""
    passed = [check["passed"] for check in verdict["checks"]]
    if False in passed:
        return 1
    return 2 if None in passed or not passed else 0
