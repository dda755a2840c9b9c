"""What a cluster's objects say of a run, as plain facts. Pure.

``trouble`` tells what can no longer come, so that nobody waits for it until a deadline.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from harness.stack.errors import StackError

_NO_IMAGE = ("ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError")
_NO_START = ("CreateContainerConfigError", "CreateContainerError", "RunContainerError")
_PRESSURE = ("MemoryPressure", "DiskPressure", "PIDPressure")
_PATIENCE_S = 25.0  #: for a place on a node, and for a volume: a provisioner takes seconds
_MOST_RESTARTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """One pod and its one container."""

    name: str
    uid: str
    service: str  #: label ``app``
    created: datetime
    leaving: bool  #: is being deleted
    running: bool
    ready: bool
    restarts: int
    container_id: str
    exit_code: int | None  #: of the container's latest end
    waiting: str  #: why the container does not run, in one word; "" where it does
    reason: str  #: the same in the cluster's own sentence
    image: str
    unschedulable: str  #: why no node takes it; "" where one does


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A wish for a volume."""

    name: str
    bound: bool
    created: datetime


def pod_of(told: Any) -> Pod:
    """The facts of a V1Pod."""
    status = (told.status.container_statuses or [None])[0]
    state = getattr(status, "state", None)
    waiting = getattr(state, "waiting", None)
    ended = getattr(state, "terminated", None) or getattr(
        getattr(status, "last_state", None), "terminated", None
    )
    evicted = told.status.phase == "Failed"
    return Pod(
        name=told.metadata.name,
        uid=told.metadata.uid,
        service=(told.metadata.labels or {}).get("app", ""),
        created=told.metadata.creation_timestamp,
        leaving=told.metadata.deletion_timestamp is not None,
        running=bool(getattr(state, "running", None)),
        ready=bool(getattr(status, "ready", False)),
        restarts=getattr(status, "restart_count", 0),
        container_id=getattr(status, "container_id", None) or "",
        exit_code=ended.exit_code if ended else None,
        waiting=(waiting.reason or "")
        if waiting
        else (told.status.reason or "" if evicted else ""),
        reason=((waiting.message if waiting else told.status.message) or "")[:300],
        image=told.spec.containers[0].image,
        unschedulable=_unschedulable(told),
    )


def claim_of(told: Any) -> Claim:
    """The facts of a V1PersistentVolumeClaim."""
    return Claim(
        name=told.metadata.name,
        bound=told.status.phase == "Bound",
        created=told.metadata.creation_timestamp,
    )


def pressed(nodes: Iterable[Any]) -> str | None:
    """Why no node can take a pod now; None where one can."""
    complaints = []
    for node in nodes:
        reasons = [
            condition.type
            for condition in node.status.conditions or ()
            if (condition.type in _PRESSURE and condition.status == "True")
            or (condition.type == "Ready" and condition.status != "True")
        ]
        if not reasons and not node.spec.unschedulable:
            return None
        complaints.append(f"{node.metadata.name}: {', '.join(reasons) or 'cordoned'}")
    return "; ".join(complaints) or "—"


def trouble(
    pods: Iterable[Pod], claims: Iterable[Claim], now: datetime | None = None
) -> StackError | None:
    """What keeps the run from coming up for good; None while it may still come."""
    now = now or datetime.now(UTC)
    for pod in pods:
        if pod.waiting in _NO_IMAGE:
            return StackError("kube-image", image=pod.image, reason=pod.reason or pod.waiting)
        if pod.waiting in _NO_START:
            return StackError("kube-no-start", pod=pod.name, reason=pod.reason or pod.waiting)
        if pod.waiting == "Evicted":
            return StackError("kube-pressure", reason=f"{pod.name}: {pod.reason}")
    for claim in claims:
        if not claim.bound and _age_s(claim.created, now) > _PATIENCE_S:
            return StackError("kube-volume", claim=claim.name)
    for pod in pods:
        if pod.unschedulable and _age_s(pod.created, now) > _PATIENCE_S:
            return StackError("kube-pressure", reason=pod.unschedulable)
    return None


def crashed(pods: Iterable[Pod]) -> Pod | None:
    """A pod whose container ends again and again."""
    return next((pod for pod in pods if pod.restarts >= _MOST_RESTARTS and not pod.running), None)


def _age_s(since: datetime, now: datetime) -> float:
    return (now - since).total_seconds()


def _unschedulable(pod: Any) -> str:
    for condition in pod.status.conditions or ():
        if condition.type == "PodScheduled" and condition.status == "False":
            return str(condition.message or condition.reason or "Unschedulable")[:300]
    return ""
