"""The lab that ``lab6 up`` left running, if there is one."""

import os
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from harness.cli.problems import UsageProblem
from harness.stack.errors import StackError

if TYPE_CHECKING:
    from harness.stack.base import StandingLab

DEFAULT_PORT = 8080

_CONNECT_S = 1.0


def running() -> "StandingLab | None":
    """The running lab, on whichever runtime; None where there is none."""
    from harness.stack.background import find_kept

    kept = find_kept() or in_cluster()
    if kept is not None:
        return kept
    from harness.stack.compose import ComposeStack

    try:
        return ComposeStack.find_running()
    except StackError:
        return None  # no Engine to ask: then nothing runs on it


def in_cluster() -> "StandingLab | None":
    """The lab that ``lab6 up --runtime kubernetes`` left; None where there is none."""
    from harness.stack.kubernetes import standing

    return standing()


def running_or_problem() -> "StandingLab":
    """The running lab; a clear sentence where there is none."""
    stack = running()
    if stack is None:
        raise UsageProblem("not-running")
    return stack


def api_url(wanted: str | None) -> str:
    """Where to send requests: as said, else the lab that ``lab6 up`` started, else the lab's
    own port.
    """
    if wanted is not None:
        if not _is_address(wanted):
            raise UsageProblem("bad-url", url=wanted)
        return wanted
    from harness.stack.background import find_kept

    kept = find_kept() or in_cluster()
    if kept is not None:
        return kept.url
    # Quicker than asking Docker: the lab's container answers on its published port.
    usual = f"http://127.0.0.1:{os.environ.get('LAB6_PORT') or DEFAULT_PORT}"
    if _is_address(usual) and answers(usual):
        return usual
    stack = running()
    return usual if stack is None else stack.url


def answers(url: str) -> bool:
    """Whether anybody listens there."""
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=_CONNECT_S):
            return True
    except OSError:
        return False


def _is_address(url: str) -> bool:
    """Whether ``url`` is one that can be asked: http or https, a host, a possible port."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, or too large
        return False
