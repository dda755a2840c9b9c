"""What the compose runtime alone has: names, images, an Engine. The rest: tests/stack."""

from contextlib import closing
from pathlib import Path

import pytest

from harness.stack import docker_door
from harness.stack.compose import ComposeStack
from harness.stack.container_logs import container_logs
from harness.stack.errors import StackError
from tests.stack.jobs import end, submit
from tests.stack.runtimes import project_left

pytestmark = pytest.mark.docker


def test_the_lab_as_it_stands_has_its_names_and_its_port() -> None:
    port = 18080
    with ComposeStack(isolated=False, port=port) as lab:
        lab.up()
        names = [lab.state(service)[0].name for service in ("redis", "postgres", "api", "worker")]
        assert names == [
            "redis_queue_cache",
            "postgres_db",
            "image_api_gateway",
            "image_worker_service",
        ]
        assert lab.url == f"http://127.0.0.1:{port}"
        assert end(lab, submit(lab)) == "COMPLETED"
        found = ComposeStack.find_running()
        assert found is not None
        assert (found.url, found.redis_address, found.postgres_dsn) == (
            lab.url,
            lab.redis_address,
            lab.postgres_dsn,
        )
        with pytest.raises(StackError, match="unsupported"):
            lab.scale("worker", 2)
        with closing(container_logs("image_worker_service")) as log:
            assert b"Worker started listening for events..." in b"".join(log)
    assert project_left("lab6") == []
    assert ComposeStack.find_running() is None


def test_a_taken_container_name_is_told() -> None:
    client = docker_door.client()
    other = client.containers.create("redis:6-alpine", name="redis_queue_cache")
    try:
        with pytest.raises(StackError) as error:
            ComposeStack(isolated=False, port=18081).up()
        assert (error.value.reference, error.value.facts) == (
            "name-taken",
            {"name": "redis_queue_cache"},
        )
        assert project_left("lab6") == []
    finally:
        other.remove(force=True, v=True)


def test_an_image_that_is_nowhere_is_named(tmp_path: Path) -> None:
    text = "services:\n" + "".join(
        f"  {name}:\n    image: no-such-image.invalid/{name}:1\n"
        for name in ("redis", "postgres", "api", "worker")
    )
    (tmp_path / "docker-compose.yml").write_text(text)
    stack = ComposeStack(lab=tmp_path)
    with pytest.raises(StackError) as error:
        stack.up()
    # The Engine names the registry that nobody finds, and not the image.
    assert error.value.reference == "registry-silent"
    assert "no-such-image.invalid" in error.value.facts["reason"]
    assert project_left(stack.name) == []


def test_a_service_that_ends_is_told_with_its_last_lines(tmp_path: Path) -> None:
    same = "    image: redis:6-alpine\n"
    stands_in = f"{same}    command: [redis-server]\n"
    text = f"services:\n  redis:\n{same}  postgres:\n{stands_in}  api:\n{same}"
    text += "    command: [sh, -c, 'echo no luck >&2; exit 3']\n  worker:\n" + same
    (tmp_path / "docker-compose.yml").write_text(text)
    stack = ComposeStack(lab=tmp_path)
    with pytest.raises(StackError) as error:
        stack.up()
    assert (error.value.reference, error.value.facts["code"]) == ("service-ended", 3)
    assert "no luck" in str(error.value.facts["log"])
    assert project_left(stack.name) == []


def test_no_engine_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    with pytest.raises(StackError, match="engine-silent"):
        docker_door.engine()


def test_a_container_that_is_not_there_is_told() -> None:
    with pytest.raises(StackError, match="container-missing"):
        container_logs("no_such_container")


@pytest.mark.parametrize("service", ["api", "worker"])
def test_a_service_is_nobody_and_writes_to_the_storage_alone(compose, service):
    """No root, no capability, a root folder that cannot be written; the storage can, and so can
    /tmp.
    """
    container = next(
        one
        for one in docker_door.client().containers.list()
        if one.labels.get("com.docker.compose.project") == compose.name
        and one.labels["com.docker.compose.service"] == service
    )

    def said(command):
        return container.exec_run(["sh", "-c", command]).output.decode()

    assert said("id -u").strip() != "0"
    assert "CapEff:\t0000000000000000" in said("cat /proc/1/status")
    assert "NoNewPrivs:\t1" in said("cat /proc/1/status")
    for place in ("/app", "/etc", "/usr/lib", "/var"):
        assert "ead-only" in said(f"echo x > {place}/new") or "denied" in said(
            f"echo x > {place}/new"
        )
    assert (
        said(
            "echo x > /app/storage/new && rm /app/storage/new && echo x > /tmp/new && echo fine"
        ).strip()
        == "fine"
    )
