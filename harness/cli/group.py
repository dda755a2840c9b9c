"""The group ``lab6``: where its commands are, and whom they are for."""

import click

from harness.cli.localised_click import LazyGroup
from harness.texts import say

_STUDENTS = {
    "new": "harness.cli.new:new",
    "doctor": "harness.cli.doctor:doctor",
    "up": "harness.cli.up:up",
    "down": "harness.cli.up:down",
    "demo": "harness.cli.demo:demo",
    "live": "harness.cli.live:live",
    "submit": "harness.cli.submit:submit",
    "logs": "harness.cli.logs:logs",
    "verify": "harness.cli.verify:verify",
    "checks": "harness.cli.checks:checks",
    "report": "harness.cli.report:report",
}
_TEACHERS = {
    "grade": "harness.cli.grade:grade",
    "grade-worker": "harness.cli.grade_worker:grade_worker",
    "grade-certificates": "harness.cli.grade_certificates:grade_certificates",
    "export": "harness.cli.export:export",
}
_MAINTAINERS = {
    "bench": "harness.cli.bench:bench",
}
_SECTIONS = {"students": _STUDENTS, "teachers": _TEACHERS, "maintainers": _MAINTAINERS}


def _show_version(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(say("cli.version", version=version("lab6-kit")))
        ctx.exit()


@click.group(cls=LazyGroup, sections=_SECTIONS, help=say("cli.help"), no_args_is_help=True)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_show_version,
    help=say("cli.option-version"),
)
def group() -> None:
    """Nothing of its own: the work is in the commands."""
