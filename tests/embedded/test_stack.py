"""What the embedded runtime alone has: a folder, and children that may end. The rest:
tests/stack.
"""

import socket
from pathlib import Path

import pytest

from harness.stack.base import Stack
from harness.stack.embedded import EmbeddedStack
from harness.stack.errors import StackError
from harness.stack.ready import free_ports
from harness.stack.waiting import WaitTimeout, until

pytestmark = pytest.mark.embedded


@pytest.mark.parametrize("path", ["/etc/passwd", "../secret", "./storage", "nothing"])
def test_only_files_of_the_run_are_read(embedded: Stack, path: str) -> None:
    with pytest.raises(StackError, match="file-missing"):
        embedded.read("worker", path)


def test_a_service_that_ends_is_told_with_its_last_lines(tmp_path: Path) -> None:
    for service in ("api", "worker"):
        folder = tmp_path / "lab6" / service
        folder.mkdir(parents=True)
        (folder / "main.py").write_text("import no_such_module")
    stack = EmbeddedStack(lab=tmp_path)
    with pytest.raises(StackError) as error:
        stack.up()
    assert error.value.reference == "service-ended"
    assert "no_such_module" in str(error.value.facts["log"])


def test_waiting_says_what_for() -> None:
    with pytest.raises(WaitTimeout) as error:
        until(lambda: False, deadline_s=0.05, what="a miracle")
    assert error.value.facts["what"] == "a miracle"


def test_a_port_that_somebody_takes_before_the_start_is_given_up(monkeypatch) -> None:
    """Another is chosen; the first one is that of a server that listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        choices = iter([[*free_ports(2), taken.getsockname()[1]]])
        monkeypatch.setattr(
            "harness.stack.embedded.free_ports",
            lambda many: next(choices, None) or free_ports(many),
        )
        with EmbeddedStack() as stack:
            stack.up()
            assert not stack.url.endswith(f":{taken.getsockname()[1]}")
            assert {state.status for state in stack.state("api")} == {"running"}
