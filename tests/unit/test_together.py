"""Tests that share a lab or an Engine run in one process."""

import re
from pathlib import Path

from tests.together import group_of

TESTS = Path(__file__).parents[1]
USES = re.compile(r"pytest\.mark\.docker\b")


def test_who_uses_the_engine_shares_a_process():
    """A file of another room whose tests need an Engine is named in ``tests/together.py``."""
    users = [file for file in TESTS.rglob("test_*.py") if USES.search(file.read_text("utf-8"))]
    nodes = [f"{file.relative_to(TESTS.parent).as_posix()}::test_x" for file in users]
    assert len(nodes) > 5
    assert {group_of(node) for node in nodes} == {"one Engine"}


def test_a_file_is_a_group_and_the_checks_are_one():
    """A file's labs are opened once."""
    assert group_of("tests/unit/test_a.py::test_b[x::y]") == "tests/unit/test_a.py"
    assert group_of("checks/test_1_producer.py::test_burst") == "checks"
