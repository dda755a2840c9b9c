"""``lab6 grade-certificates``: keys by which the machines of a cluster know each other."""

from pathlib import Path

import click

from harness.cli.terminal import out
from harness.texts import say


@click.command(help=say("cluster.certificates-help"))
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def grade_certificates(folder: Path) -> None:
    """Make them, and say what to do with them."""
    from harness.cli.cluster.certificates import make_certificates

    until = make_certificates(folder)
    text = say("cluster.certificates", folder=folder, until=f"{until:%Y-%m-%d}")
    out().print(text, markup=False, soft_wrap=True)
