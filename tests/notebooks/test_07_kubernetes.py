"""The notebook on Kubernetes shows what it says, on the cluster that is there."""

import pytest

from harness.lesson.recording import executed, source

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow]


def test_it_shows_what_it_says() -> None:
    """The traps of kubectl logs, a job that was begun twice and done once, an update that loses
    nothing.
    """
    notebook = executed(source("07_kubernetes"), runtime="kubernetes")
    told = "".join(
        output.get("text", "") + output.get("data", {}).get("text/plain", "")
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    )
    assert told.count("Усіх правил дотримано") == 2
    assert "порушено: fifo" in told
    assert "phantom" in told
    assert "{'COMPLETED': 30}" in told
    assert "взято двічі: 0" in told
    assert "workers 1 -> 4" in told
    assert "workers 4 -> 1" in told
