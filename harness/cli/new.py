"""``lab6 new``: a work to begin with."""

from pathlib import Path

import click

from harness.cli.terminal import out
from harness.starters.writing import LANGUAGES
from harness.texts import say


@click.command(help=say("new.help"))
@click.argument("folder", metavar="DIR", type=Path)
@click.option(
    "--language", type=click.Choice(LANGUAGES), default="python", help=say("new.option-language")
)
@click.option("--name", default="", metavar="TEXT", help=say("new.option-name"))
@click.option("--group", default="", metavar="TEXT", help=say("new.option-group"))
def new(folder: Path, language: str, name: str, group: str) -> int:
    """Write the starter, and say what comes next."""
    from harness.grade.verdict.rubric import load_rubric
    from harness.starters.writing import SheetCheck, WorkOwner, write_starter

    rubric = load_rubric()
    checks = [
        SheetCheck(
            id=item.id,
            task=item.task,
            task_title=rubric.tasks[item.task],
            title=item.title,
            points=item.points,
        )
        for item in rubric.items.values()
    ]
    student = WorkOwner(name=name.strip(), group=group.strip())
    write_starter(folder, language, student, checks)
    out().print(say("new.written", folder=folder), markup=False, soft_wrap=True)
    out().print(say("new.next", folder=folder), markup=False, soft_wrap=True)
    return 0
