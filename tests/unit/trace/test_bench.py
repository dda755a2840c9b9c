"""``lab6 bench verify``: it runs, says what it lacks, and the verifier's memory is bounded."""

import json
from dataclasses import replace
from functools import partial
from shutil import which
from typing import BinaryIO

import pytest
from click.testing import CliRunner

from bench.verify import verify
from bench.verify_rows import ROWS, write_broken_row
from bench.verify_run import peak, write_log
from harness.cli.problems import UsageProblem
from harness.trace import RULES, Judge, Sees, lab_profile, load_submitted, read_lines
from harness.trace.bulk import feed_log


@pytest.mark.slow
def test_the_measurement_runs_and_writes_its_document(tmp_path) -> None:
    """Each command ends well on a log of 2,000 jobs; what it took is no matter here."""
    if which("rg") is None:
        pytest.skip("ripgrep is not installed")
    target = tmp_path / "verify.json"
    picture = tmp_path / "verify.svg"
    arguments = ["--jobs", "2000", "--json", str(target), "--picture", str(picture)]
    result = CliRunner().invoke(verify, arguments, standalone_mode=False)
    assert (result.exception, result.return_value) == (None, 0)
    document = json.loads(target.read_text(encoding="utf-8"))
    assert (document["schema"], document["name"]) == ("lab6/bench/v1", "verify")
    assert set(document["ratios"]) == {
        "wc", "rg", "verify", "verify_pipe", "verify_follow", "verify_not_submitted",
        "plain_scaled",
    }  # fmt: skip
    assert document["ratios"]["rg"] == 1
    assert set(document["rows"]) == set(ROWS)
    assert all(row["ratio"] > 0 and row["doubling"] > 0 for row in document["rows"].values())
    drawn = picture.read_text(encoding="utf-8")
    assert all(name in drawn for name in ROWS)  # in its legend, as text
    assert set(document["peak_bytes"]) == {"submitted", "not_submitted"}


@pytest.mark.parametrize("name", ROWS)
def test_each_kind_of_log_is_judged_as_it_was_made(tmp_path, name) -> None:
    """No break, no violation; with breaks of all rules but those that see every job, for which the
    fast path stands aside, exactly those, line by line and in bulk.
    """
    row = ROWS[name]
    if row.breaks:
        row = replace(row, breaks=0.05)
    log, expected = write_broken_row(tmp_path, row, 600)
    rules = {rule.id for rule in RULES if rule.sees is Sees.SUSPECTS}
    assert {rule for rule, _ in expected} >= rules if row.breaks else not expected
    for feed in (plainly, partial(feed_log, block=1 << 14)):
        judge = Judge(lab_profile(), load_submitted(log.submitted))
        with log.file.open("rb") as file:
            feed(judge, file)
        verdict = judge.finish()
        assert verdict.ok is (not expected)
        assert {(v.rule, v.job_id) for v in verdict.violations} == expected


def plainly(judge: Judge, file: BinaryIO) -> None:
    """Each line by itself."""
    judge.feed_all(read_lines(file))


def test_without_ripgrep_it_says_so(monkeypatch) -> None:
    """A sentence with what to install, before anything is measured."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageProblem) as caught:
        CliRunner().invoke(verify, [], standalone_mode=False, catch_exceptions=False)
    assert caught.value.reference == "bench-rg"


@pytest.mark.slow
@pytest.mark.parametrize("submitted", [True, False])
def test_memory_grows_by_a_few_bytes_a_job(tmp_path, submitted) -> None:
    """From 50,000 jobs to 200,000, 60 MB more of log: a fraction of what a record a job would
    take.
    """
    small, large = (
        peak(write_log(tmp_path, jobs), submitted=submitted) for jobs in (50_000, 200_000)
    )
    assert large < 100 * 2**20 + 24 * 200_000
    assert large - small < 150_000 * 100
