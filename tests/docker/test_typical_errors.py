"""Typical errors in Go, in containers: the first thing that the kit says of each names cause, file
and line. All of them are tried by ``LAB6_ALL_ERRORS=1``; otherwise the day's, by the command that
meets it, and by the checks and the report.
"""

import pytest

from tests.typical.errors import checks_and_report_say, command_says, errors, put_in, whose_turn

pytestmark = [pytest.mark.docker, pytest.mark.slow]

TRIED = whose_turn("go", len(errors("go")))


@pytest.mark.parametrize("error", TRIED, ids=lambda one: one["name"])
def test_the_first_thing_said_names_the_cause(error, tmp_path):
    """The error's line of code, with its file, before all else."""
    command_says("go", error, put_in("go", error, tmp_path / "work"), "compose")


@pytest.mark.parametrize("error", TRIED, ids=lambda one: one["name"])
def test_checks_and_report_say_it_too(error, tmp_path):
    """Before the points, and on both pages."""
    checks_and_report_say("go", error, put_in("go", error, tmp_path / "work"), "compose")
