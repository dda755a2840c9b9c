"""The lab in Kubernetes: pods in a namespace, driven by the official client (extra
``kubernetes``).
"""

from typing import TYPE_CHECKING

from harness.home import NOTES

if TYPE_CHECKING:
    from harness.stack.kubernetes.background import StandingStack

STATE = NOTES / "kubernetes.json"  #: of what ``lab6 up`` left in a cluster


def standing() -> "StandingStack | None":
    """The lab that ``lab6 up --runtime kubernetes`` left; None, at once and without the client,
    where there is none.
    """
    if not STATE.is_file():
        return None
    from harness.stack.kubernetes.background import find_kept

    return find_kept()
