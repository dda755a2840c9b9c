"""Taking a run down: its pods, its folders of the node, its namespace; also by another process,
later.

``python -m harness.stack.kubernetes.removal CONTEXT NAMESPACE [SERVICE=IMAGE...]`` is what a killed
run's reaper calls.
"""

import sys
from contextlib import suppress

from harness.stack.errors import StackError
from harness.stack.kubernetes import images, volumes
from harness.stack.kubernetes.door import Cluster, ObjectGone
from harness.stack.kubernetes.facts import pod_of
from harness.stack.kubernetes.manifests import OWNER, RUN_LABEL
from harness.stack.leftovers import is_dead
from harness.stack.waiting import until

_PODS_S = 60.0
_GONE_S = 120.0


def remove(cluster: Cluster, namespace: str) -> None:
    """Take down what is in the namespace, and the namespace; returns when it is gone.
    Idempotent.
    """
    if not exists(cluster, namespace):
        return
    with suppress(ObjectGone):
        _end_pods(cluster, namespace)
        volumes.remove_folders(cluster, namespace)
        cluster.ask(cluster.core.delete_namespace, namespace)
    until(
        lambda: not exists(cluster, namespace),
        deadline_s=_GONE_S,
        what=f"namespace {namespace}",
        interval_s=0.2,
    )


def exists(cluster: Cluster, namespace: str) -> bool:
    """Whether the namespace is there."""
    try:
        cluster.ask(cluster.core.read_namespace, namespace)
    except ObjectGone:
        return False
    return True


def remove_leftovers(cluster: Cluster) -> tuple[str, ...]:
    """Take down every run of this machine whose process is gone; their names."""
    listed = cluster.ask(cluster.core.list_namespace, label_selector=RUN_LABEL).items
    owners = {
        namespace.metadata.name: (namespace.metadata.annotations or {}).get(OWNER)
        for namespace in listed
    }
    dead = sorted(name for name, owner in owners.items() if owner and is_dead(owner))
    for name in dead:
        remove(cluster, name)
    return tuple(dead)


def _end_pods(cluster: Cluster, namespace: str) -> None:
    """Nobody makes new ones, then those there are end quickly: their data is of no use any more."""
    for delete in (
        cluster.apps.delete_collection_namespaced_deployment,
        cluster.apps.delete_collection_namespaced_stateful_set,
    ):
        cluster.ask(delete, namespace)
    cluster.ask(cluster.core.delete_collection_namespaced_pod, namespace, grace_period_seconds=1)
    until(
        lambda: not _some_runs(cluster, namespace),
        deadline_s=_PODS_S,
        what=f"pods of {namespace}",
        interval_s=0.2,
    )
    # Their containers have ended: nobody needs to wait until the node has tidied up after them.
    cluster.ask(cluster.core.delete_collection_namespaced_pod, namespace, grace_period_seconds=0)


def _some_runs(cluster: Cluster, namespace: str) -> bool:
    pods = map(pod_of, cluster.ask(cluster.core.list_namespaced_pod, namespace).items)
    return any(pod.running or not pod.leaving for pod in pods)


def main(arguments: list[str]) -> None:
    """Remove one run."""
    context, namespace, *pairs = arguments
    made = dict(pair.split("=", 1) for pair in pairs)
    with suppress(StackError):
        remove(Cluster(context), namespace)
    if made:
        images.take_away(context, made)


if __name__ == "__main__":
    main(sys.argv[1:])
