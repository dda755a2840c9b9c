"""Logs as bytes, Markdown reports, profiles and lists of submitted ids: what is read, what is
refused.
"""

import io
import json
from pathlib import Path

import pytest

from harness.trace import (
    Judge,
    TraceError,
    lab_profile,
    load_profile,
    load_submitted,
    log_blocks,
    read_lines,
)
from harness.trace.lines import LONGEST

A = "8a3e742e-1c2d-4e3f-8a4b-5c6d7e8f9a0b"
B = "9b3e742e-1c2d-4e3f-8a4b-5c6d7e8f9a0b"
LOG = (
    f"Received New Event: Job Submitted. Data: {A}|./storage/{A}.png|grayscale|\n"
    f"Status updated to PROCESSING for job {A}\n"
    f"Job {A} COMPLETED. Result saved to: ./storage/processed_{A}.png\n"
)


def lines_of(data: bytes) -> list[bytes]:
    return list(read_lines(io.BytesIO(data)))


def test_lines_end_at_lf_and_crlf_only() -> None:
    assert lines_of(b"a\nb\r\nc\rd\x0be\x85f\n\ng") == [b"a", b"b", b"c\rd\x0be\x85f", b"", b"g"]


def test_an_empty_log_has_no_lines() -> None:
    assert lines_of(b"") == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_a_log_saved_by_windows_is_read(encoding: str) -> None:
    bom = {"utf-16-le": "\ufeff", "utf-16-be": "\ufeff"}.get(encoding, "")
    judge = Judge(lab_profile())
    for line in lines_of((bom + LOG.replace("\n", "\r\n")).encode(encoding)):
        judge.feed(line)
    assert judge.finish().ok is True


def test_of_an_endless_line_only_the_beginning_is_kept() -> None:
    got = lines_of(b"x" * (3 * LONGEST) + b"\nnext\n")
    assert [len(line) for line in got] == [LONGEST, 4]


def test_a_line_is_there_before_the_stream_has_ended() -> None:
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.parts = iter([b"first\nsec", b"ond\n"])

        def readable(self) -> bool:
            return True

        def read1(self, size: int = -1) -> bytes:
            return next(self.parts)

    assert next(read_lines(Pipe())) == b"first"  # type: ignore[arg-type]


def test_a_report_is_judged_by_its_log_blocks_alone() -> None:
    report = f"# Звіт\n\n{LOG}\n```go\n{LOG}```\n  * Логи:\n    ```\n{LOG}    ```\n"
    blocks = list(log_blocks(report.encode().split(b"\n")))
    assert sum(bool(line) for line in blocks) == 3
    judge = Judge(lab_profile())
    for line in blocks:
        judge.feed(line)
    verdict = judge.finish()
    assert (verdict.ok, verdict.lines) == (True, report.count("\n") + 1)


def test_a_longer_fence_holds_shorter_ones() -> None:
    report = b"````log\n```\nx\n````\nafter"
    assert list(log_blocks(report.split(b"\n"))) == [b"", b"```", b"x", b"", b""]


@pytest.mark.parametrize(
    "text",
    [
        f"{A}\n{B}\n",
        f"{A.upper()}\r\n\r\n# note\r\n{B}",
        f"{A.replace('-', '')}\n{B}\n{A}\n",
        f"time,job_id\n10:00,{A}\n10:01,{B}\n",
        json.dumps([A, B]),
        json.dumps([{"job_id": A, "status": "QUEUED"}, {"job_id": B}]),
        json.dumps({"schema": "lab6/demo/v1", "jobs": [{"job_id": A}, {"job_id": B}]}),
        f'{{"job_id": "{A}"}}\n{{"job_id": "{B}"}}\n',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])  # the last: PowerShell's >
def test_submitted_ids_are_read_from_what_people_keep(
    text: str, encoding: str, tmp_path: Path
) -> None:
    file = tmp_path / "ids"
    file.write_text(text, encoding=encoding, newline="")
    assert load_submitted(file) == [A, B]


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("", "submitted-empty"),
        ("[]", "submitted-empty"),
        (f"{A}\njob-17\n", "submitted-line"),
        ('{"jobs": [1]}', "submitted-line"),
    ],
)
def test_a_list_without_ids_is_refused(text: str, reference: str, tmp_path: Path) -> None:
    file = tmp_path / "ids"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(TraceError) as error:
        load_submitted(file)
    assert error.value.reference == reference


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("name = ", "profile-toml"),
        ("colour = 'red'", "profile-key"),
        ("[events]\nrecieved = 'x(?P<job>.)'", "profile-key"),
        ("[events]\nreceived = 17", "profile-key"),
        ("[events]\nreceived = '(?P<job>.'\nfailed = '(?P<job>.)'", "profile-regex"),
        ("[events]\nreceived = 'x'\nfailed = '(?P<job>.)'", "profile-group"),
        ("[events]\nreceived = '(?P<job>.)'", "profile-missing"),
        ("[events]\nfailed = '(?P<job>.)'", "profile-missing"),
        (
            "[events]\nreceived = '(?P<job>.)'\nfailed = '(?P<job>.)'\n[message]\nfields = ['path']",
            "profile-missing",
        ),
        (
            "[events]\nreceived = '(?P<job>.)'\nfailed = '(?P<job>.)'\n[message]\nseparator = ''",
            "profile-key",
        ),
    ],
)
def test_a_profile_that_cannot_work_is_refused(text: str, reference: str, tmp_path: Path) -> None:
    file = tmp_path / "profile.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(TraceError) as error:
        load_profile(file)
    assert error.value.reference == reference
