"""The one place where an error becomes two lines for a person, and an exit status for a program.

0 holds, 1 the work under test falls short, 2 the kit could not judge: a mistake in the command, an
environment that lacks something, Ctrl-C, a fault of the kit's own.
"""

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

import click

from harness.cli.problems import UsageProblem, from_click
from harness.texts import explain, has, say

COULD_NOT_JUDGE = 2


def run(group: click.Group, arguments: Sequence[str]) -> int:
    """Run the command that ``arguments`` name; its exit status. Only ``SystemExit`` passes."""
    if hasattr(signal, "SIGTERM"):
        signal.signal(signal.SIGTERM, _interrupt)  # so that `kill` cleans up as Ctrl-C does
    try:
        status = group.main(list(arguments), prog_name="lab6", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
    except click.ClickException as error:
        tell(from_click(error))
    except (KeyboardInterrupt, click.Abort):
        click.echo(say("cli.interrupted"), err=True)
    except BrokenPipeError:
        _close_output()  # who read our output is gone: nobody is left to tell
    except Exception as error:  # noqa: BLE001 - the last one who can put it into words
        tell(error)
    else:
        return status if isinstance(status, int) else 0
    return COULD_NOT_JUDGE


def tell(error: Exception) -> None:
    """Say on stderr what is wrong and what to do."""
    what, hint = _words(error)
    click.echo(f"{click.style('✗', fg='red', bold=True)} {_plain(what)}", err=True)
    click.echo(f"  {click.style(say('cli.hint'), fg='cyan')} {_plain(hint)}", err=True)


def _words(error: Exception) -> tuple[str, str]:
    """The two sentences of an error that the kit raises on purpose, or of one that it did not
    expect.
    """
    reference = getattr(error, "reference", None)
    if isinstance(reference, str) and has(f"errors.{reference}.what"):
        return explain(error)  # type: ignore[arg-type]
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", prefix="lab6-", suffix=".log", delete=False
    ) as log:
        log.write("".join(traceback.format_exception(error)))
    summary = str(error).partition("\n")[0][:200]
    problem = UsageProblem("unexpected", kind=type(error).__name__, reason=summary, file=log.name)
    return explain(problem)


def _plain(text: str) -> str:
    """Without what could steer a terminal; line ends stay (a build's last lines)."""
    return "".join(char if char.isprintable() or char == "\n" else "�" for char in text)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _close_output() -> None:
    # As Python's manual has it: else the interpreter complains once more when it flushes at its
    # end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
