"""The lab that ``lab6 up`` left running, if there is one."""

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from harness.cli.problems import UsageProblem
from harness.stack.errors import StackError

if TYPE_CHECKING:
    from harness.stack.base import Stack

DEFAULT_PORT = 8080


def running() -> "Stack | None":
    """The running lab, on whichever runtime; None where there is none."""
    from harness.stack.keeper import find_kept

    kept = find_kept()
    if kept is not None:
        return kept
    from harness.stack.compose import ComposeStack

    try:
        return ComposeStack.find_running()
    except StackError:
        return None  # no Engine to ask: then nothing runs on it


def running_or_problem() -> "Stack":
    """The running lab; a clear sentence where there is none."""
    stack = running()
    if stack is None:
        raise UsageProblem("not-running")
    return stack


def api_url(wanted: str | None) -> str:
    """Where to send requests: as said, else the lab that ``lab6 up`` started, else the lab's own port.

    Docker is not asked: the lab's container answers on its published port, or nobody does.
    """
    if wanted is not None:
        parts = urlsplit(wanted)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageProblem("bad-url", url=wanted)
        return wanted
    from harness.stack.keeper import find_kept

    kept = find_kept()
    if kept is not None:
        return kept.url
    return f"http://127.0.0.1:{os.environ.get('LAB6_PORT', DEFAULT_PORT)}"
