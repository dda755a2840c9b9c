"""A job's id may be written without its hyphens: within the kit it has them, and each work is asked
in its own way."""

import uuid
from datetime import UTC, datetime

import pytest

from harness.trace.ids import names_id
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


def test_an_id_that_is_none_stays_as_it_is():
    """Neither a digest nor a number is taken for one."""
    for text in ("7", "f" * 64, "job-" + JOB.hex):
        answer = Answer(
            status=202,
            body=b'{"job_id": "%b"}' % text.encode(),
            media_type="application/json",
            sent=NOW,
            answered=NOW,
        )
        assert answer.job_id == text


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
