"""Volumes where a cluster of one node has nobody who makes them: folders of that node.

Most clusters have a default StorageClass, and nothing here is needed. A bare one (kubeadm's) has
none.
"""

import os
from typing import Any

from harness.stack.errors import StackError
from harness.stack.kubernetes.door import Cluster, ObjectGone
from harness.stack.kubernetes.manifests import RUN_LABEL
from harness.stack.waiting import until

CLASS = "LAB6_KUBE_STORAGE_CLASS"  #: environment: the class to take instead of the default one
_DEFAULT = "storageclass.kubernetes.io/is-default-class"
_PLACE = "/var/lib/lab6-kit"  #: on the node
_HELPER = "redis:6-alpine"  #: the node needs it in any case
_HELP_S = 60.0


def storage_class(cluster: Cluster) -> str | None:
    """The class that claims name: None is the cluster's default, an empty one means folders of the
    node.

    ``StackError("kube-no-storage")`` where there is no class, and several nodes.
    """
    named = os.environ.get(CLASS)
    if named:
        return named
    from kubernetes import client

    api = client.StorageV1Api(cluster.core.api_client)
    classes = cluster.ask(api.list_storage_class).items
    if any((item.metadata.annotations or {}).get(_DEFAULT) == "true" for item in classes):
        return None
    if len(cluster.ask(cluster.core.list_node).items) != 1:
        known = ", ".join(item.metadata.name for item in classes) or "—"
        raise StackError("kube-no-storage", context=cluster.context, known=known)
    return ""


def make_folders(cluster: Cluster, namespace: str, run: str, claims: list[str]) -> None:
    """A folder of the node for each claim, as a volume that is kept for it."""
    places = " ".join(f"/host/{_inner(namespace)}/{claim}" for claim in claims)
    # These first: by them the folders are found again, wherever the run is cut short.
    for claim in claims:
        cluster.create(_volume(namespace, run, claim))
    _help(cluster, namespace, "folders", f"mkdir -p {places} && chmod 0777 {places}")


def remove_folders(cluster: Cluster, namespace: str) -> None:
    """Remove what ``make_folders`` made; its pods must be gone."""
    listed = cluster.ask(cluster.core.list_persistent_volume, label_selector=RUN_LABEL).items
    mine = [
        volume
        for volume in listed
        if volume.spec.claim_ref and volume.spec.claim_ref.namespace == namespace
    ]
    if not mine:
        return
    inner = _inner(namespace)
    _help(
        cluster,
        namespace,
        "clean",
        f"rm -rf /host/{inner}; rmdir /host/{inner.split('/')[0]} || true",
    )
    for volume in mine:
        cluster.ask(cluster.core.delete_persistent_volume, volume.metadata.name)


def _inner(namespace: str) -> str:
    return f"{_PLACE.rpartition('/')[2]}/{namespace}"


def _volume(namespace: str, run: str, claim: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": f"{namespace}-{claim}", "labels": {RUN_LABEL: run}},
        "spec": {
            "capacity": {"storage": "2Gi"},
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "",
            "persistentVolumeReclaimPolicy": "Retain",
            "claimRef": {"namespace": namespace, "name": claim},
            "hostPath": {"path": f"{_PLACE}/{namespace}/{claim}", "type": "Directory"},
        },
    }


def _help(cluster: Cluster, namespace: str, name: str, script: str) -> None:
    """Run a script as root on the node's own folder, in a pod that is gone afterwards."""
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "securityContext": {"runAsUser": 0},
            "containers": [
                {
                    "name": name,
                    "image": _HELPER,
                    "command": ["sh", "-c", script],
                    "volumeMounts": [{"name": "host", "mountPath": "/host"}],
                }
            ],
            "volumes": [
                {
                    "name": "host",
                    "hostPath": {"path": _PLACE.rpartition("/")[0], "type": "Directory"},
                }
            ],
        },
    }
    cluster.create(pod)
    try:
        until(
            lambda: _ended(cluster, namespace, name), deadline_s=_HELP_S, what=name, interval_s=0.2
        )
    finally:
        cluster.ask(cluster.core.delete_namespaced_pod, name, namespace, grace_period_seconds=0)


def _ended(cluster: Cluster, namespace: str, name: str) -> bool:
    from harness.stack.kubernetes.facts import pod_of, trouble

    try:
        pod = cluster.ask(cluster.core.read_namespaced_pod, name, namespace)
    except ObjectGone:
        return True
    if (failure := trouble([pod_of(pod)], [])) is not None:
        raise failure
    if pod.status.phase == "Failed":
        raise StackError("kube-no-start", pod=name, reason=str(pod.status.message or "Failed"))
    return bool(pod.status.phase == "Succeeded")
