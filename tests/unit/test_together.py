"""Tests that share a lab, or the one that each machine has, run in one process."""

import re
from pathlib import Path

from tests.together import LONG, group_of

TESTS = Path(__file__).parents[1]
USES = re.compile(r"isolated=False")


def test_who_starts_the_lab_as_it_stands_shares_a_process():
    """Its names and its port are there once: such a file is named in ``tests/together.py``."""
    files = (file for file in TESTS.rglob("*.py") if file != Path(__file__))
    users = [file for file in files if USES.search(file.read_text("utf-8"))]
    nodes = [f"{file.relative_to(TESTS.parent).as_posix()}::test_x" for file in users]
    assert len(nodes) > 1
    assert {group_of(node) for node in nodes} == {"as it stands"}


def test_a_file_is_a_group_and_the_checks_are_one():
    """A file's labs are opened once."""
    assert group_of("tests/unit/test_a.py::test_b[x::y]") == "tests/unit/test_a.py"
    assert group_of("checks/test_1_producer.py::test_burst") == "checks"


def test_the_long_groups_are_there():
    """A group that begins first is one that some file is in."""
    files = [file.relative_to(TESTS.parent).as_posix() for file in TESTS.rglob("test_*.py")]
    assert set(LONG) <= {group_of(f"{file}::test_x") for file in files}
