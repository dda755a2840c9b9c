"""Services without a role that see the jobs' files, frozen for a while: they have not done what is
done meanwhile."""

from harness.stack.base import HeldOthers, Stack


def hold_helpers(stack: Stack) -> None:
    """Freeze them, where this stack can."""
    if isinstance(stack, HeldOthers):
        stack.hold_others(only_sharing=True)


def release(stack: Stack) -> None:
    """Let all that were frozen go on; those that go on already, do."""
    if isinstance(stack, HeldOthers):
        stack.release_others()
