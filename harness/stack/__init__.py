"""How a lab runs: the interface (``base``), and the runtimes behind it."""

from pathlib import Path
from typing import Literal

from harness.stack.base import OwnStack
from harness.stack.errors import StackError


def choose(runtime: str) -> Literal["compose", "embedded", "kubernetes"]:
    """Which runtime is meant: with ``auto`` compose where an Engine answers, else embedded. A
    cluster is used only where it is asked for.

    ``StackError("no-runtime")`` where this machine has neither.
    """
    if runtime in ("compose", "embedded", "kubernetes"):
        return runtime  # type: ignore[return-value]
    from harness.stack.docker_door import engine
    from harness.stack.servers import find_postgres, find_redis

    try:
        engine()
    except StackError:
        try:
            find_postgres()
            find_redis()
        except StackError as error:
            raise StackError("no-runtime") from error
        return "embedded"
    return "compose"


def open_stack(runtime: str = "auto", *, lab: Path | None = None) -> OwnStack:
    """A stack of its own, not up yet, that can stand beside any other."""
    chosen = choose(runtime)
    if chosen == "embedded":
        from harness.stack.embedded import LAB, EmbeddedStack

        return EmbeddedStack(lab=lab or LAB)
    if chosen == "kubernetes":
        from harness.stack.kubernetes.stack import LAB, KubernetesStack

        return KubernetesStack(lab=lab or LAB)
    from harness.stack.compose import LAB, ComposeStack

    return ComposeStack(isolated=True, lab=lab or LAB)
