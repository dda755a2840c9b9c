"""``lab6 verify --json -``: a program reads what is printed, whatever is told to people."""

import json

import pytest
from click.testing import CliRunner

from harness.cli.verify import verify
from tests.unit.trace.test_mending import stamped, text, worded

CRASHED = [
    *worded(False),
    "Traceback (most recent call last):",
    '  File "/app/main.py", line 12, in <module>',
    "    foo()",
    "NameError: name 'foo' is not defined",
]


@pytest.mark.parametrize(
    "data",
    [text(CRASHED), "\n".join(CRASHED).encode("utf-16"), text(stamped(worded(False)) * 2)],
    ids=["a traceback", "a traceback in UTF-16", "mended"],
)
def test_the_document_is_alone_on_standard_output(tmp_path, data) -> None:
    file = tmp_path / "worker.log"
    file.write_bytes(data)
    run = CliRunner().invoke(verify, [str(file), "--json", "-"], standalone_mode=False)
    assert run.return_value == 0, run.output
    assert json.loads(run.stdout)["ok"] is True
    assert "foo" in run.stderr or "двічі" in run.stderr


def test_a_profile_is_proposed_for_a_file_alone(tmp_path) -> None:
    """A container's log is none: it says so, and starts nothing."""
    options = ["--container", "x", "--propose-profile", str(tmp_path / "p.toml")]
    run = CliRunner().invoke(verify, options, standalone_mode=False)
    assert getattr(run.exception, "reference", None) == "verify-proposal"
