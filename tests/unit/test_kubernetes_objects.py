"""What is handed to a cluster is valid for every version that it may have, and asks for no
privilege.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.stack.kubernetes.manifests import claims_of, for_run, read_base, read_things

kubernetes_validate = pytest.importorskip(
    "kubernetes_validate", reason="NOT CHECKED HERE, extra dev: no kubernetes-validate"
)
DEPLOY = Path(__file__).parents[2] / "deploy" / "kubernetes"
OVERLAYS = sorted(place.parent.name for place in DEPLOY.glob("overlays/*/kustomization.yaml"))
OLDEST, NEWEST = "1.25", kubernetes_validate.latest_version()
#: Kinds of others, which no schema of Kubernetes knows.
FOREIGN = ("ScaledObject",)
LOADS = ("Deployment", "StatefulSet")


def rendered(overlay: str) -> list[dict[str, Any]]:
    kubectl = shutil.which("kubectl", path=str(Path(sys.executable).parent)) or shutil.which(
        "kubectl"
    )
    if kubectl is None:
        pytest.skip("NOT CHECKED HERE, extra dev: no kubectl")
    told = subprocess.run(
        [kubectl, "kustomize", DEPLOY / "overlays" / overlay], capture_output=True, check=True
    )
    return [thing for thing in yaml.safe_load_all(told.stdout) if thing]


def run_objects(storage_class: str | None = None) -> list[dict[str, Any]]:
    return for_run(
        read_base(),
        namespace="lab6-x",
        run="x",
        owner="host 1 2.0",
        images={"api": "lab6-api:x", "worker": "lab6-worker:x"},
        settings={"LEASE_SECONDS": "3"},
        storage_class=storage_class,
    )


def pods(things: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one["spec"]["template"]["spec"] for one in things if one["kind"] in LOADS]


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_overlay_is_valid_in_the_oldest_and_the_newest_version(overlay: str, version: str) -> None:
    for thing in rendered(overlay):
        if thing["kind"] not in FOREIGN:
            kubernetes_validate.validate(thing, version, strict=True)


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_what_the_runtime_creates_is_valid(version: str) -> None:
    for thing in run_objects(""):
        kubernetes_validate.validate(thing, version, strict=True)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_selector_finds_a_pod_of_the_overlay(overlay: str) -> None:
    things = rendered(overlay)
    labels = {
        one["spec"]["template"]["metadata"]["labels"]["app"]
        for one in things
        if one["kind"] in LOADS
    }
    services = {one["metadata"]["name"]: one["spec"] for one in things if one["kind"] == "Service"}
    assert {spec["selector"]["app"] for spec in services.values()} <= labels
    ports = {
        container["name"]: {port["containerPort"] for port in container.get("ports", ())}
        for pod in pods(things)
        for container in pod["containers"]
    }
    for name, spec in services.items():
        assert {port["port"] for port in spec["ports"]} <= ports[name]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_container_has_a_privilege_or_writes_to_its_root(overlay: str) -> None:
    for pod in pods(rendered(overlay)):
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] > 0
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            limits = container["securityContext"]
            assert limits["readOnlyRootFilesystem"] is True
            assert limits["allowPrivilegeEscalation"] is False
            assert limits["capabilities"] == {"drop": ["ALL"]}
            assert "memory" in container["resources"]["limits"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_service_by_the_name_of_redis_does_not_change_redis_port(overlay: str) -> None:
    """A pod is told of every Service by variables like REDIS_PORT=tcp://…, unless it asks not
    to be.
    """
    assert all(pod["enableServiceLinks"] is False for pod in pods(rendered(overlay)))


def test_the_scaler_may_change_the_number_of_workers_and_nothing_else() -> None:
    (role,) = [one for one in rendered("scaling") if one["kind"] == "Role"]
    assert role["rules"] == [
        {
            "apiGroups": ["apps"],
            "resources": ["deployments/scale"],
            "resourceNames": ["worker"],
            "verbs": ["get", "patch"],
        }
    ]


def test_the_cluster_overlay_shares_the_storage_among_nodes() -> None:
    things = rendered("cluster")
    (claim,) = [one for one in things if one["kind"] == "PersistentVolumeClaim"]
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    assert {"Ingress", "NetworkPolicy"} <= {one["kind"] for one in things}


def test_a_run_has_everything_in_its_own_namespace() -> None:
    for thing in run_objects():
        place = thing["metadata"].get("namespace", thing["metadata"]["name"])
        assert place == "lab6-x"
        assert thing["metadata"]["labels"]["lab6.run"] == "x"


def test_a_run_takes_the_images_that_were_built_for_it() -> None:
    images = {
        container["name"]: (container["image"], container.get("imagePullPolicy"))
        for pod in pods(run_objects())
        for container in pod["containers"]
    }
    assert images["api"] == ("lab6-api:x", "Never")
    assert images["redis"] == ("redis:6-alpine", None)


def test_claims_are_told_by_the_names_that_the_cluster_gives_them() -> None:
    assert sorted(claims_of(run_objects())) == ["data-postgres-0", "data-redis-0", "storage"]


def test_the_base_lists_every_file_that_lies_in_it() -> None:
    listed = yaml.safe_load((DEPLOY / "base/kustomization.yaml").read_text(encoding="utf-8"))
    files = {file.name for file in (DEPLOY / "base").iterdir()} - {"kustomization.yaml"}
    assert set(listed["resources"]) == files
    assert all(read_things(DEPLOY / "base" / name) for name in files)
