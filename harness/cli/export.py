"""``lab6 export``: marks of a graded group in a learning system's own form."""

from pathlib import Path

import click

from harness.cli.export_options import export_options
from harness.texts import say
from report.exports import EXPORTS


@click.command(help=say("export.help"))
@click.argument(
    "folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option(
    "--to",
    "names",
    metavar="NAME",
    type=click.Choice(EXPORTS),
    multiple=True,
    required=True,
    help=say("export.option-to", names=", ".join(EXPORTS)),
)
@export_options
def export(
    folder: Path,
    names: tuple[str, ...],
    sheet: Path | None,
    column: str | None,
    separator: str,
    received: Path | None,
) -> int:
    """Make the files from kept verdicts; 0 where each work has its row, 1 where one was told
    instead.
    """
    from harness.cli.exporting import Asked, write_exports

    asked = Asked(
        names=names,
        sheet=sheet,
        column=column,
        separator=separator,
        received=received,
    )
    return 0 if write_exports(folder, asked) else 1
