"""Task 1: the producer. What the api answers, writes and publishes."""

import itertools
import uuid

import pytest

from harness.grade.experiments import BURST, Experiments
from harness.grade.verdict import require

STARTED = ("cold-start",)


@pytest.mark.check("submit-response", depends_on=STARTED)
def test_submit_response(experiments: Experiments, note) -> None:
    """202 with a fresh random UUID and QUEUED."""
    answers = [job.answer for job in experiments.demonstration.jobs]
    note("http", answers[0].body.decode("utf-8", "replace"), where="POST /job/submit")
    for answer in answers:
        require(answer.status in (200, 201, 202), "http-status", expected=202, actual=answer.status)
        document = answer.document if isinstance(answer.document, dict) else {}
        require(answer.job_id, "no-job-id", expected="job_id", actual=answer.body[:200])
        require(
            document.get("status") == "QUEUED",
            "not-queued",
            expected="QUEUED",
            actual=document.get("status"),
        )
    ids = [_uuid(answer.job_id or "") for answer in answers]
    require(all(ids), "not-uuid", expected="UUID", actual=[a.job_id for a in answers][:3])
    numbers = sorted(one.int for one in ids if one)
    require(len(set(numbers)) == len(numbers), "id-repeated", actual=answers[0].job_id)
    steps = {b - a for a, b in itertools.pairwise(numbers)}
    require(len(steps) > 1, "id-counted", actual=[str(one) for one in ids][:3])


@pytest.mark.check("row-created", depends_on=("submit-response",))
def test_row_created(experiments: Experiments, note) -> None:
    """The row is committed as QUEUED before its message is in the queue."""
    held = experiments.asynchrony.held
    note("postgres", f"INSERT waited: {held.waited}; messages meanwhile: {held.messages_meanwhile}")
    require(
        held.messages_meanwhile == 0, "message-first", expected=0, actual=held.messages_meanwhile
    )
    require(held.waited, "no-insert")
    require(
        held.status_after == "QUEUED", "row-status", expected="QUEUED", actual=held.status_after
    )


@pytest.mark.check("queue-message", depends_on=("submit-response",))
def test_queue_message(experiments: Experiments, note) -> None:
    """Exactly one message a job, its file there and equal to what was uploaded."""
    seen = experiments.asynchrony
    for message in seen.queue:
        note("redis", message, where="LRANGE image_processing_queue")
    for sent in seen.sent:
        own = [message for message in seen.queue if message.lower().startswith(sent.job_id)]
        require(len(own) == 1, "messages", expected=1, actual=len(own))
        fields = own[0].split("|")
        wanted = f"{sent.job_id}|…|{sent.action}|{sent.params}"
        require(len(fields) == 4, "message-fields", expected=wanted, actual=own[0])
        require(
            fields[2:] == [sent.action, sent.params],
            "message-values",
            expected=wanted,
            actual=own[0],
        )
        require(seen.files.get(sent.job_id) is not None, "no-file", expected=fields[1])
        require(seen.files[sent.job_id] == sent.picture, "other-file", actual=fields[1])


@pytest.mark.check("asynchronous", depends_on=("queue-message",))
def test_asynchronous(experiments: Experiments, note) -> None:
    """The api answers with the worker stopped, and the worker works with the api stopped."""
    seen = experiments.asynchrony
    for sent in seen.sent:
        note("http", f"{sent.answer.status} in {sent.answer.seconds:.3f} s", where="worker stopped")
        before, after = seen.rows_before.get(sent.job_id), seen.rows_after.get(sent.job_id)
        require(
            before and before.status == "QUEUED",
            "not-waiting",
            expected="QUEUED",
            actual=before and before.status,
        )
        require(
            after and after.status == "COMPLETED",
            "not-alone",
            expected="COMPLETED",
            actual=after and after.status,
        )


@pytest.mark.check("burst", depends_on=("submit-response",))
def test_burst(experiments: Experiments, note) -> None:
    """Twenty submissions at once: all accepted, all processed."""
    sent = experiments.burst.sent
    accepted = [one for one in sent if one.answer.status == 202]
    note("http", f"{len(accepted)} of {len(sent)} accepted")
    require(len(accepted) == BURST, "burst-accepted", expected=BURST, actual=len(accepted))
    done = [one for one in sent if one.status == "COMPLETED"]
    require(len(done) == BURST, "burst-done", expected=BURST, actual=len(done))


@pytest.mark.check("bad-requests", depends_on=("submit-response",))
def test_bad_requests(experiments: Experiments, note) -> None:
    """4xx and no message."""
    for bad in experiments.asynchrony.bad:
        note("http", f"{bad.name}: {bad.answer.status}", where="/job/submit")
        text_may_fail = bad.name == "text-as-picture" and bad.answer.status == 202
        require(
            400 <= bad.answer.status < 500 or text_may_fail,
            "bad-accepted",
            expected="4xx",
            actual=f"{bad.name}: {bad.answer.status}",
        )
        require(bad.new_messages == 0 or text_may_fail, "bad-message", actual=bad.name)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
