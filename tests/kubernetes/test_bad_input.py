"""What keeps a run from its cluster is told in one sentence, exit 2, at once, and nothing is
left.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest
import yaml

from harness.stack import docker_door
from harness.stack.errors import StackError
from harness.stack.kubernetes.context import NAMED
from harness.stack.kubernetes.door import Cluster
from harness.stack.kubernetes.stack import KubernetesStack
from tests.kubernetes.conftest import KUBECTL
from tests.kubernetes.test_stack import namespaces

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow]

SOON_S = 60.0  #: generous: pulling is given up within seconds on a quiet machine


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    cluster = Cluster()
    before = namespaces(cluster)
    yield
    assert namespaces(cluster) <= before


def told(config: Path | str, *words: str, **environment: str) -> tuple[int, str]:
    kept = {name: value for name, value in os.environ.items() if name != NAMED}
    done = subprocess.run(
        [sys.executable, "-m", "harness.cli", "demo", "--runtime", "kubernetes", *words],
        env={**kept, "KUBECONFIG": str(config), **environment},
        capture_output=True,
        timeout=SOON_S,
        check=False,
    )
    return done.returncode, done.stderr.decode()


def own_config() -> dict:
    place = os.environ.get("KUBECONFIG") or str(Path.home() / ".kube/config")
    return yaml.safe_load(Path(place).read_text(encoding="utf-8"))


def written(config: dict, folder: Path) -> Path:
    file = folder / "config"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    return file


def test_no_cluster(tmp_path: Path) -> None:
    status, words = told(tmp_path / "none")
    assert (status, "kubeconfig" in words) == (2, True)


def test_a_context_that_is_not_there() -> None:
    status, words = told(os.environ.get("KUBECONFIG", ""), "--context", "nowhere")
    assert (status, "nowhere" in words) == (2, True)


def test_a_foreign_context_that_nobody_named(tmp_path: Path) -> None:
    config = own_config()
    config["contexts"][0]["name"] = config["current-context"] = "university"
    status, words = told(written(config, tmp_path))
    assert (status, "--context university" in words) == (2, True)


def test_a_server_that_does_not_answer(tmp_path: Path) -> None:
    config = own_config()
    config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:9"
    name = config["current-context"]
    status, words = told(written(config, tmp_path), "--context", name)
    assert (status, "kubectl --context" in words) == (2, True)


@pytest.fixture
def weak(tmp_path: Path) -> Iterator[Path]:
    """A kubeconfig of an account that may do nothing."""
    context = Cluster().context
    kubectl = [KUBECTL, "--context", context, "-n", "default"]
    subprocess.run([*kubectl, "create", "serviceaccount", "lab6-weak"], check=True)
    try:
        config = own_config()
        for user in config["users"]:
            user["user"]["as"] = "system:serviceaccount:default:lab6-weak"
        token = subprocess.run(
            [*kubectl, "get", "secret", "-o", "json"], capture_output=True, check=True
        ).stdout
        user = {"token": _token(token, kubectl)}
        config["users"] = [{"name": one["name"], "user": user} for one in config["users"]]
        yield written(config, tmp_path)
    finally:
        subprocess.run([*kubectl, "delete", "serviceaccount", "lab6-weak"], check=True)


def _token(secrets: bytes, kubectl: list[object]) -> str:
    """An old cluster makes one by itself; a new one on demand."""
    import base64
    import json

    for secret in json.loads(secrets)["items"]:
        of = secret["metadata"].get("annotations", {}).get("kubernetes.io/service-account.name")
        if of == "lab6-weak" and "token" in secret.get("data", {}):
            return base64.b64decode(secret["data"]["token"]).decode()
    made = subprocess.run(
        [*kubectl, "create", "token", "lab6-weak"], capture_output=True, text=True, check=True
    )
    return made.stdout.strip()


def test_no_right_to_create_a_namespace(weak: Path) -> None:
    status, words = told(weak, "--context", Cluster().context)
    assert (status, "create namespaces" in words) == (2, True)


def test_images_that_are_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB6_KUBE_IMAGES", "registry.invalid/lab6")
    began = monotonic()
    with pytest.raises(StackError) as refused, KubernetesStack() as stack:
        stack.up()
    assert refused.value.reference == "kube-image"
    assert monotonic() - began < SOON_S


def test_a_claim_that_never_binds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB6_KUBE_STORAGE_CLASS", "nobody")
    with pytest.raises(StackError) as refused, KubernetesStack() as stack:
        stack.up()
    assert refused.value.reference == "kube-volume"


def test_images_are_as_they_were_found() -> None:
    def tags() -> set[str]:
        return {tag for image in docker_door.client().images.list() for tag in image.tags}

    assert not [
        tag
        for tag in tags()
        if tag.startswith(("lab6-api:", "lab6-worker:"))
        and ":dev" not in tag
        and ":swarm" not in tag
        and not _in_use(tag)
    ]


def _in_use(tag: str) -> bool:
    """Another run's, which is still there."""
    return f"lab6-{tag.partition(':')[2]}" in namespaces(Cluster()) or tag.endswith(":up")
