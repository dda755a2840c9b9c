"""`--scale worker=N` on the plain compose file: refused by its fixed names, and done with the
override file.
"""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.stack import docker_door
from harness.stack.errors import StackError
from harness.stack.ready import free_ports

pytestmark = [pytest.mark.docker, pytest.mark.slow]

ROOT = Path(__file__).parents[2]


@pytest.fixture
def names(tmp_path: Path) -> Iterator[list[str]]:
    """A project of the test's own; its last file takes the fixed names and ports that others
    may have.
    """
    (port,) = free_ports(1)
    free = tmp_path / "free.yml"
    others = "".join(
        f"  {one}:\n    container_name: !reset null\n" for one in ("redis", "postgres", "api")
    )
    free.write_text(f"services:\n{others}    ports: !override ['127.0.0.1:{port}:8080']\n")
    project = f"lab6-scale-{secrets.token_hex(3)}"
    command = [
        "compose",
        "--progress",
        "plain",
        "-p",
        project,
        "-f",
        str(ROOT / "docker-compose.yml"),
    ]
    try:
        yield [*command, "-f", str(free)]
    finally:
        docker_door.run([*command, "-f", str(free), "down", "-v", "-t", "0", "--rmi", "local"])


def workers(command: list[str]) -> list[str]:
    return docker_door.run([*command, "ps", "-q", "worker"]).split()


def test_plain_file_refuses_a_second_worker(names: list[str]) -> None:
    with pytest.raises(StackError) as refused:
        docker_door.run([*names, "up", "-d", "--build", "--scale", "worker=3"], timeout_s=300)
    assert "unique name" in str(refused.value.facts)


def test_override_file_lets_three_workers_run(names: list[str]) -> None:
    scaled = [*names, "-f", str(ROOT / "deploy/compose/scale.yml")]
    docker_door.run([*scaled, "up", "-d", "--build", "--scale", "worker=3"], timeout_s=300)
    assert len(workers(scaled)) == 3
