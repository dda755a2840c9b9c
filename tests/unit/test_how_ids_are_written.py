"""A job's id may be written without its hyphens, or be no UUID at all: within the kit it is one, and
each work is asked in its own way.
"""

import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from harness.trace import Judge, ids, lab_profile
from harness.trace.ids import as_written, is_foreign, names_id, uuid_of
from harness.witness.dialect import Dialect
from harness.witness.http import Answer
from harness.witness.message import MessageFormat

JOB = uuid.UUID("5d2f7c8e-3b1a-4f60-9c2d-8e7b6a5f4d3c")  # the same for all who collect these tests
NOW = datetime.now(UTC)


@pytest.mark.parametrize("written", [str(JOB), JOB.hex])
def test_an_answer_names_the_job_with_hyphens(written):
    """And keeps what the api wrote."""
    body = b'{"job_id": "%b"}' % written.encode()
    answer = Answer(status=202, body=body, media_type="application/json", sent=NOW, answered=NOW)
    assert (answer.job_id, answer.told_id) == (str(JOB), written)


def answered(job_id) -> Answer:
    body = json.dumps({"job_id": job_id}).encode()
    return Answer(status=202, body=body, media_type="application/json", sent=NOW, answered=NOW)


FOREIGN = [7, "7", "f" * 64, "job-" + JOB.hex, "job_e5Rav5KLGiJJ", "01JDS3Z9W8QK4M7N2B5C6D8F9G"]


@pytest.mark.parametrize("told", FOREIGN)
def test_a_foreign_id_is_kept_under_a_uuid(told):
    """Always under the same; the work is asked in its own words, and told of in them."""
    job_id, written = answered(told).job_id, str(told)
    assert uuid.UUID(job_id)
    assert is_foreign(job_id)
    assert job_id == uuid_of(written.upper())
    assert Dialect().written_id(job_id) == written
    assert as_written(f"jobs {job_id}: no") == f"jobs {written}: no"
    profile = replace(lab_profile(), foreign_ids=True)
    event = Judge(profile).feed(f"Status updated to PROCESSING for job {written}".encode()).event
    assert event.job_id == job_id


def test_what_is_no_id_is_none():
    """Neither true, nor a list, nor a page of text; a UUID is never foreign."""
    for told in (True, ["7"], 7.5, "", "x" * 201, None):
        assert answered(told).job_id is None
    assert not is_foreign(answered(str(JOB)).job_id)
    assert uuid_of("") == ""


@pytest.mark.parametrize(
    ("message", "is_its_own"),
    [
        ("3|./storage/3.png|grayscale|", True),
        ("13|./storage/13.png|crop|3,3,40,40", False),
        ("3||grayscale", True),  # of another form: as a word of its own
        ("13||grayscale", False),
    ],
)
def test_a_number_is_looked_for_in_its_place(message, is_its_own):
    """Others have the same digits in their parameters."""
    assert MessageFormat().is_of(message, answered(3).job_id) is is_its_own


def test_a_numbered_jobs_result_may_lie_under_any_name():
    """A UUID in its path names no other job; a log of such jobs is judged by all other rules."""
    profile = replace(lab_profile(), foreign_ids=True)
    judge = Judge(profile, [uuid_of("3"), uuid_of("4")])
    for job in (3, 4):
        result = f"./storage/processed_{uuid.UUID(int=JOB.int + job)}.png"
        for line in (
            f"Received New Event: Job Submitted. Data: {job}|./storage/{job}.png|grayscale|",
            f"Status updated to PROCESSING for job {job}",
            f"Job {job} COMPLETED. Result saved to: {result}",
        ):
            judge.feed(line.encode())
    judge.feed(b"Job 4 FAILED. Error: late")
    assert [violation.rule for violation in judge.finish().violations] == ["conflict"]


def test_only_so_many_are_remembered(monkeypatch):
    """A work that makes up ids without end costs its own answers alone."""
    monkeypatch.setattr(ids, "_MOST_FOREIGN", 3)
    monkeypatch.setattr(ids, "_written", {})
    kept = [answered(number).job_id for number in range(5)]
    assert [as_written(job_id) for job_id in kept] == [*kept[:2], "2", "3", "4"]


@pytest.mark.parametrize("written", [str(JOB), JOB.hex])
@pytest.mark.parametrize(
    ("form", "message"),
    [
        (MessageFormat(), "{}|a.png|crop|1"),
        (MessageFormat(keys={"job": ("id",)}), '{{"id": "{}"}}'),
    ],
)
def test_a_message_names_the_job_with_hyphens(form, message, written):
    """Between separators and in JSON."""
    text = message.format(written)
    assert form.read(text)["job"] == str(JOB)
    assert names_id(text.upper(), str(JOB))
    assert not names_id(text, str(uuid.uuid4()))


def test_a_work_is_asked_for_its_jobs_as_it_writes_them():
    """It may look for them in a column of text."""
    assert Dialect().written_id(str(JOB)) == str(JOB)
    assert Dialect(bare_ids=True).written_id(str(JOB)) == JOB.hex
