"""What the embedded runtime alone has: a folder, and children that may end. The rest:
tests/stack.
"""

from pathlib import Path

import pytest

from harness.stack.base import Stack
from harness.stack.embedded import EmbeddedStack
from harness.stack.errors import StackError
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
