"""``lab6 up`` and ``lab6 down``: the lab as it stands, left running for whoever works with it."""

from typing import TYPE_CHECKING

import click

from harness.cli.no_interrupt import shielded
from harness.cli.running_lab import DEFAULT_PORT, running
from harness.cli.runtime_option import runtime_option
from harness.cli.terminal import out, steps
from harness.home import HOME, INSTALLED
from harness.texts import say

if TYPE_CHECKING:
    from harness.stack.base import StandingLab

_MOST_PORT = 65535
_LOGS = {
    "compose": "docker logs image_worker_service",
    "kubernetes": "kubectl -n lab6 logs -l app=worker --prefix --tail=-1",
}
#: The kit brings it; from a wheel it lies nowhere near the reader's own folder.
_PHOTO = str(HOME / "docs/request/photo.jpg") if INSTALLED else "docs/request/photo.jpg"


@click.command(help=say("cli.up.help"))
@runtime_option
@click.option(
    "--port",
    type=click.IntRange(1, _MOST_PORT),
    default=DEFAULT_PORT,
    envvar="LAB6_PORT",  # as in docker-compose.yml
    metavar="N",
    help=say("cli.up.option-port"),
)
def up(runtime: str, port: int) -> int:
    """Start the lab, or find it running; then say how to talk to it."""
    stack = running()
    words = "cli.up.already"
    if stack is None:
        stack, words = _start(runtime, port), "cli.up.running"
    _tell(stack, say(words, runtime=stack.runtime))
    return 0


@click.command(help=say("cli.down.help"))
def down() -> int:
    """Stop whatever ``up`` started."""
    stack = running()
    if stack is None:
        click.echo(say("cli.down.nothing"))
        return 0
    with shielded(), steps() as step:
        step("stop")
        stack.down()
    click.echo(say("cli.down.done", runtime=stack.runtime))
    return 0


def _start(runtime: str, port: int) -> "StandingLab":
    """The lab under its own names; on the embedded runtime a detached process keeps it."""
    from harness.stack import choose

    with steps() as step:
        chosen = choose(runtime)
        if chosen == "embedded":
            from harness.stack.background import keep_up

            return keep_up(port, progress=step)
        if chosen == "kubernetes":
            from harness.stack.kubernetes.background import keep_up as keep_in_cluster

            return keep_in_cluster(port, step)
        from harness.stack.compose import ComposeStack

        stack = ComposeStack(isolated=False, port=port)
        stack.up(step)
        return stack


def _tell(stack: "StandingLab", headline: str) -> None:
    """Where it answers, and the first three things to do with it."""
    from rich.text import Text

    url = f"{stack.url}/job/submit"
    log = _LOGS.get(stack.runtime, "lab6 logs worker")
    form = f"-F image=@{_PHOTO} -F action=grayscale -F params= {url}"
    lines = [
        Text.assemble(f"✓ {headline} ", (stack.url, "bold")),
        Text(f"\n{say('cli.up.try')}"),
        Text(f"  curl {form}"),
        Text(f"  curl.exe {form}    ({say('cli.up.powershell')})"),
        Text(f"  lab6 submit {_PHOTO} --action grayscale --wait"),
        Text(f"\n{say('cli.up.look')}"),
        Text(f"  {log}"),
        Text(f"\n{say('cli.up.finish', command='lab6 down')}"),
    ]
    for line in lines:
        out().print(line, soft_wrap=True)
