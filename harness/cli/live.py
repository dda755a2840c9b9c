"""``lab6 live``: a lab of its own, and a page that shows it at work."""

from contextlib import suppress
from pathlib import Path

import click
from click.core import ParameterSource

from harness.cli.problems import UsageProblem
from harness.cli.runtime_option import runtime_option
from harness.cli.terminal import err, out
from harness.texts import say


@click.command(help=say("live.help"))
@click.argument("work", metavar="[DIR]", required=False, type=Path)
@runtime_option
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8006,
    show_default=True,
    metavar="N",
    help=say("live.option-port"),
)
@click.option("--from", "source", metavar="PATH", type=Path, help=say("live.option-from"))
@click.option("--out", "target", metavar="FILE", type=Path, help=say("live.option-out"))
@click.option("--no-browser", is_flag=True, help=say("live.option-no-browser"))
def live(
    work: Path | None,
    runtime: str,
    port: int,
    source: Path | None,
    target: Path | None,
    no_browser: bool,
) -> int:
    """Serve the page until Ctrl-C, then stop everything; or write the replay of a finished run.
    0, as it judges nothing.
    """
    import webbrowser

    if work is not None and not work.is_dir():
        raise UsageProblem("work-missing", folder=work)
    if target is not None and source is None:
        raise UsageProblem("replay-alone", option="--out")
    if source is None:
        _serve(work, runtime, port, no_browser=no_browser)
        return 0
    from harness.cli.replay import write_replay

    _must_be_alone()
    file = write_replay(source, target)
    out().print(say("live.replay-written", file=file), markup=False, soft_wrap=True)
    if not no_browser:
        webbrowser.open(file.resolve().as_uri())
    return 0


def _must_be_alone() -> None:
    """``replay-no-lab`` where something is asked for that only a lab which runs could do."""
    context = click.get_current_context()
    given = {"work": "DIR", "runtime": "--runtime", "port": "--port"}
    for name, option in given.items():
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise UsageProblem("replay-no-lab", option=option)


def _serve(work: Path | None, runtime: str, port: int, *, no_browser: bool) -> None:
    import threading
    import webbrowser

    from harness.cli.demo import LAB, own_stack
    from harness.live.serve import bound, serving

    lab = work or LAB
    server = bound(port)
    with server, own_stack(runtime, lab) as stack, serving(server, stack, lab) as url:
        out().print(say("live.address", url=url), markup=False, soft_wrap=True)
        err().print(say("live.stop"), style="dim")
        if not no_browser:
            webbrowser.open(url)
        over = threading.Event()  # never set; asked in turns: Windows hears Ctrl-C only so
        with suppress(KeyboardInterrupt):
            while not over.wait(1.0):
                pass
