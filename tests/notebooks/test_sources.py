"""The committed notebooks: as their Markdown pairs say, small, and of no machine in particular."""

import re
import socket
import tempfile
from pathlib import Path

import nbformat
import pytest

from harness.lesson.recording import FOLDER, names, source

_MOST_BYTES = 300_000
_MOST_LINES = 15
_HEAD = ("**Що ви зробите:**", "**Чого навчитеся:**", "**Що потрібно:**")

pytestmark = pytest.mark.parametrize("name", names())


def recorded(name):
    """The notebook as it is committed."""
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def test_the_pair_and_the_notebook_are_the_same(name):
    """Cell for cell. After a change: python -m harness.lesson.recording."""
    wanted, found = source(name), recorded(name)
    assert [(cell.id, cell.cell_type, cell.source) for cell in found.cells] == [
        (cell.id, cell.cell_type, cell.source) for cell in wanted.cells
    ]


def test_it_is_committed_with_its_outputs(name):
    """Run from the first cell to the last, without an error."""
    cells = [cell for cell in recorded(name).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert not [out for cell in cells for out in cell.outputs if out.output_type == "error"]


def test_it_is_small(name):
    """Small enough to be shown on GitHub at once."""
    assert (FOLDER / f"{name}.ipynb").stat().st_size < _MOST_BYTES


def test_it_names_no_machine(name):
    """No path, no host, no address of where it was recorded."""
    text = (FOLDER / f"{name}.ipynb").read_text(encoding="utf-8")
    text = re.sub(r'"image/(jpeg|png)": "[^"]*"', "", text)
    for told in (
        str(Path.home()),
        tempfile.gettempdir(),
        str(FOLDER.parent),
        socket.gethostname(),
        "site-packages",
    ):
        assert told not in text
    assert not re.search(r"127\.0\.0\.1:\d+|localhost:\d+", text)


def test_its_cells_are_short(name):
    """At most 15 lines of code each."""
    cells = [cell for cell in source(name).cells if cell.cell_type == "code"]
    assert [cell.source for cell in cells if cell.source.count("\n") + 1 > _MOST_LINES] == []


def test_its_head_says_what_it_is_for(name):
    """What you will do, learn, need."""
    head = source(name).cells[0].source
    for part in _HEAD:
        assert part in head


def test_it_cleans_up_in_its_last_code_cell(name):
    """Nothing runs when it has been run."""
    cells = [cell for cell in source(name).cells if cell.cell_type == "code"]
    assert cells[-1].source.rstrip().endswith("close_lab()")


def test_it_imports_nothing_of_the_measurements(name):
    """Of the kit a notebook knows the lesson and what lies beneath; ``bench/`` needs its own
    packages.
    """
    code = [cell.source for cell in source(name).cells if cell.cell_type == "code"]
    assert [
        cell for cell in code if re.search(r"^\s*(from|import) bench\b", cell, re.MULTILINE)
    ] == []
