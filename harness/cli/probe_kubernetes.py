"""What ``lab6 doctor`` says of a cluster: which context would be used, and what is there.
Changes nothing.
"""

from typing import TYPE_CHECKING

from harness.cli.probes import Health, ProbeResult
from harness.stack.errors import StackError
from harness.texts import explain, say

if TYPE_CHECKING:
    from harness.stack.kubernetes.door import Cluster


def kubernetes() -> ProbeResult:
    """A cluster for ``--runtime kubernetes``. Without one the lab runs all the same: never
    worse than a note.
    """
    try:
        from harness.stack.kubernetes.door import Cluster

        cluster = Cluster()
        return _found(cluster.context, *_facts(cluster))
    except StackError as error:
        what, hint = explain(error)
        return ProbeResult(name="kubernetes", health=Health.NOTE, found=what, mend=hint)


def _facts(cluster: "Cluster") -> tuple[str, str, str]:
    """Version, nodes, storage: each as the cluster says, or that it does not tell."""
    from harness.stack.kubernetes.facts import pressed
    from harness.stack.kubernetes.volumes import storage_class

    version = cluster.version()
    if not cluster.may("create", "namespaces"):
        raise StackError("kube-forbidden", context=cluster.context, reason="create namespaces")
    nodes = cluster.ask(cluster.core.list_node).items if cluster.may("list", "nodes") else []
    if nodes and (reason := pressed(nodes)) is not None:
        raise StackError("kube-pressure", reason=reason)
    kind = storage_class(cluster)
    storage = "node" if kind == "" else "default" if kind is None else "named"
    return version, str(len(nodes) or "?"), say(f"doctor.cluster.storage-{storage}")


def _found(context: str, version: str, nodes: str, storage: str) -> ProbeResult:
    facts = {"context": context, "version": version, "nodes": nodes, "storage": storage}
    found = say("doctor.cluster.found", **facts)
    return ProbeResult(name="kubernetes", health=Health.GOOD, found=found)
