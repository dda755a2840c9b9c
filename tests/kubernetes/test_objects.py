"""A real cluster accepts every overlay, and the scaler's account may do one thing."""

import subprocess

import pytest
import yaml

from harness.stack.kubernetes.door import Cluster
from harness.stack.kubernetes.stack import KubernetesStack
from harness.stack.waiting import until
from tests.kubernetes.conftest import KUBECTL, ROOT, Kubectl

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow]

OVERLAYS = sorted(
    place.parent.name
    for place in (ROOT / "deploy/kubernetes/overlays").glob("*/kustomization.yaml")
)


def known_kinds(context: str) -> set[str]:
    """``apiVersion kind`` of everything that the cluster serves."""
    told = subprocess.run(
        [KUBECTL, "--context", context, "api-resources", "--no-headers"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return {f"{line.split()[-3]} {line.split()[-1]}" for line in told.splitlines()}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_server_accepts_the_overlay(overlay: str) -> None:
    """Into the namespace ``default``: a namespace that is only tried is not there for the next
    object.
    """
    context = Cluster().context
    place = ROOT / "deploy/kubernetes/overlays" / overlay
    text = subprocess.run([KUBECTL, "kustomize", place], capture_output=True, check=True).stdout
    kinds, things, unknown = known_kinds(context), [], []
    for thing in yaml.safe_load_all(text):
        if thing["kind"] == "Namespace":
            continue
        thing["metadata"]["namespace"] = "default"
        known = f"{thing['apiVersion']} {thing['kind']}" in kinds
        (things if known else unknown).append(thing)
    done = subprocess.run(
        [KUBECTL, "--context", context, "apply", "--dry-run=server", "-f", "-"],
        input=yaml.safe_dump_all(things).encode(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    old = {f"{one['apiVersion']} {one['kind']}" for one in unknown}
    assert old <= {"policy/v1 PodDisruptionBudget", "keda.sh/v1alpha1 ScaledObject"}
    if old:
        print(f"NOT CHECKED HERE, this cluster does not know: {', '.join(sorted(old))}")  # noqa: T201


def test_the_scaler_scales_and_may_do_nothing_else(
    stack: KubernetesStack, kubectl: Kubectl
) -> None:
    stack.autoscale(JOBS_PER_WORKER="1", QUIET_SECONDS="3")
    account = f"--as=system:serviceaccount:{stack.name}:scaler"
    try:
        assert (
            kubectl(f"auth can-i patch deployments/worker --subresource=scale {account}").strip()
            == b"yes"
        )
        for refused in ("delete pods", "get secrets", "patch deployments/worker"):
            assert kubectl(f"auth can-i {refused} {account}").split()[-1] == b"no"
        stack.pause("worker")
        import redis

        host, port = stack.redis_address
        with redis.Redis(host, port) as client:
            client.rpush("image_processing_queue", *["rubbish"] * 30)
        until(
            lambda: len([one for one in stack.pods("worker") if not one.leaving]) == 4,
            deadline_s=60,
            what="4 workers",
            interval_s=0.3,
        )
        stack.unpause("worker")
        until(
            lambda: len([one for one in stack.pods("worker") if not one.leaving]) == 1,
            deadline_s=60,
            what="1 worker",
            interval_s=0.3,
        )
    finally:
        kubectl("delete deployment/scaler --wait=true")
