"""``lab6 live``: a lab of its own, and a page that shows it at work."""

from contextlib import suppress

import click

from harness.cli.runtime_option import runtime_option
from harness.cli.terminal import err, out
from harness.texts import say


@click.command(help=say("live.help"))
@runtime_option
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8006,
    show_default=True,
    metavar="N",
    help=say("live.option-port"),
)
@click.option("--no-browser", is_flag=True, help=say("live.option-no-browser"))
def live(runtime: str, port: int, no_browser: bool) -> int:
    """Serve the page until Ctrl-C; then everything is stopped. 0, as it judges nothing."""
    import threading
    import webbrowser

    from harness.cli.demo import own_stack
    from harness.live.serve import bound, serving

    server = bound(port)
    with server, own_stack(runtime) as stack, serving(server, stack) as url:
        out().print(say("live.address", url=url), markup=False, soft_wrap=True)
        err().print(say("live.stop"), style="dim")
        if not no_browser:
            webbrowser.open(url)
        over = threading.Event()  # never set; asked in turns: Windows hears Ctrl-C only so
        with suppress(KeyboardInterrupt):
            while not over.wait(1.0):
                pass
    return 0
