"""The lab in Kubernetes: pods in a namespace, driven by the official client (extra
``kubernetes``).
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.stack.kubernetes.background import StandingStack

STATE = (
    Path(__file__).parents[3] / ".lab6" / "kubernetes.json"
)  #: of what ``lab6 up`` left in a cluster


def standing() -> "StandingStack | None":
    """The lab that ``lab6 up --runtime kubernetes`` left; None, at once and without the client,
    where there is none.
    """
    if not STATE.is_file():
        return None
    from harness.stack.kubernetes.background import find_kept

    return find_kept()
