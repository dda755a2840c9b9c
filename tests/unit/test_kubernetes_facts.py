"""Which cluster is meant, and what its objects say, judged by facts alone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.stack.errors import StackError
from harness.stack.kubernetes.context import chosen
from harness.stack.kubernetes.facts import Claim, Pod, crashed, pressed, trouble
from harness.stack.kubernetes.images import image_names, loading, unloading
from harness.stack.kubernetes.logs import Kept

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def pod(**facts: Any) -> Pod:
    given: dict[str, Any] = {
        "name": "worker-1",
        "uid": "u",
        "service": "worker",
        "created": NOW,
        "leaving": False,
        "running": True,
        "ready": True,
        "restarts": 0,
        "container_id": "docker://1",
        "exit_code": None,
        "waiting": "",
        "reason": "",
        "image": "lab6-worker:x",
        "unschedulable": "",
    }
    return Pod(**(given | facts))


@pytest.mark.parametrize(
    "current",
    ["kind-kind", "kind-lab", "minikube", "k3d-lab6", "docker-desktop", "rancher-desktop"],
)
def test_a_local_cluster_needs_no_naming(current: str) -> None:
    assert chosen(None, current, [current]) == current


@pytest.mark.parametrize(
    "current", ["prod", "gke_company_europe", "kind", "my-minikube", "kind-", "arn:aws:eks/x"]
)
def test_another_cluster_is_left_alone_until_it_is_named(current: str) -> None:
    with pytest.raises(StackError) as refused:
        chosen(None, current, [current])
    assert refused.value.reference == "kube-context-foreign"
    assert chosen(current, "minikube", [current]) == current


def test_a_named_context_must_be_there() -> None:
    with pytest.raises(StackError) as refused:
        chosen("prod", "minikube", ["minikube"])
    assert refused.value.reference == "kube-context-missing"


def test_no_context_is_told() -> None:
    with pytest.raises(StackError) as refused:
        chosen(None, None, [])
    assert refused.value.reference == "kube-no-context"


@pytest.mark.parametrize("waiting", ["ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName"])
def test_an_image_that_is_not_there_is_trouble_at_once(waiting: str) -> None:
    found = trouble([pod(running=False, ready=False, waiting=waiting)], [], NOW)
    assert found is not None
    assert found.reference == "kube-image"


def test_a_container_that_is_being_created_is_no_trouble() -> None:
    assert trouble([pod(running=False, ready=False, waiting="ContainerCreating")], [], NOW) is None


def test_a_claim_that_nobody_binds_is_trouble_after_a_while() -> None:
    young = Claim(name="storage", bound=False, created=NOW - timedelta(seconds=5))
    old = Claim(name="storage", bound=False, created=NOW - timedelta(seconds=40))
    assert trouble([], [young], NOW) is None
    found = trouble([], [old], NOW)
    assert found is not None
    assert (found.reference, found.facts) == ("kube-volume", {"claim": "storage"})


def test_a_pod_that_no_node_takes_is_trouble_after_a_while() -> None:
    waits = {"running": False, "ready": False, "unschedulable": "0/1 nodes: Insufficient memory"}
    assert trouble([pod(**waits)], [], NOW) is None
    found = trouble([pod(**waits, created=NOW - timedelta(minutes=1))], [], NOW)
    assert found is not None
    assert found.reference == "kube-pressure"


def test_a_container_that_ends_again_and_again_is_named() -> None:
    assert crashed([pod(restarts=1, running=False)]) is None
    assert crashed([pod(restarts=9, running=True)]) is None
    assert crashed([pod(restarts=4, running=False, waiting="CrashLoopBackOff")]) is not None


def node(**conditions: str) -> Any:
    told = [SimpleNamespace(type=name, status=status) for name, status in conditions.items()]
    return SimpleNamespace(
        metadata=SimpleNamespace(name="n"),
        spec=SimpleNamespace(unschedulable=None),
        status=SimpleNamespace(conditions=told),
    )


def test_one_good_node_is_enough() -> None:
    good, full = node(Ready="True", DiskPressure="False"), node(Ready="True", DiskPressure="True")
    assert pressed([full, good]) is None
    assert pressed([full]) == "n: DiskPressure"
    assert pressed([node(Ready="Unknown")]) == "n: Ready"


def test_images_are_given_to_the_node_by_its_own_tool() -> None:
    assert loading("kind-lab", ["a:1", "b:1"]) == [
        ["kind", "load", "docker-image", "a:1", "b:1", "--name", "lab"]
    ]
    assert loading("minikube", ["a:1"]) == [["minikube", "image", "load", "a:1"]]
    assert loading("k3d-lab", ["a:1"]) == [["k3d", "image", "import", "a:1", "-c", "lab"]]
    assert loading("docker-desktop", ["a:1"]) == unloading("docker-desktop", ["a:1"]) == []


def test_a_registry_that_is_named_gives_the_images(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB6_KUBE_IMAGES", "registry.example.edu/lab6/")
    assert image_names("x")["api"] == "registry.example.edu/lab6/api"


def line(second: int, text: str) -> bytes:
    return f"2026-03-01T12:00:{second:02d}.000000000Z {text}\n".encode()


def test_a_log_that_is_read_again_is_told_once(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "pod.log")
    first, again = kept.reading(), kept.reading()
    lines = [line(1, "a"), line(1, "a"), line(1, "b"), line(2, "c")]
    for one in lines[:2]:
        first(one)
    for one in lines:
        again(one)
    for one in lines[2:]:
        first(one)
    assert kept.file.read_bytes() == b"".join(lines)


def test_a_logs_end_is_enough_where_it_reaches_what_is_kept(tmp_path: Path) -> None:
    """It begins before the last line that is kept; at the same moment there may be more of them."""
    kept = Kept(tmp_path / "pod.log")
    assert not kept.reaches(line(1, "one"))
    kept.reading()(line(2, "two"))
    assert kept.reaches(line(1, "one"))
    assert not kept.reaches(line(2, "two"))
    assert not kept.reaches(line(3, "three"))


def test_the_complaint_at_the_end_of_a_deleted_pods_stream_is_no_line(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "pod.log")
    take = kept.reading()
    take(line(1, "a"))
    take(b"rpc error: code = Unknown desc = Error: No such container: 12ab\n")
    take(b"unable to retrieve container logs for docker://12ab\n")
    assert kept.file.read_bytes() == line(1, "a")
