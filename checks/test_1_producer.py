"""Task 1: the producer. What the api answers, writes and publishes."""

import uuid

import pytest

from harness.grade.verdict.results import require, require_end, timed_end, timed_refusal, told
from harness.lateness import Timed
from harness.stack.errors import StackError
from harness.texts import number, say
from harness.trace.ids import hyphenated
from harness.witness.errors import WitnessError
from harness.witness.message import JOB, PATH

ACCEPTED = (200, 201, 202)
#: Hex digits that random ids differ in at the very least; a counter's differ in fewer.
VARYING_DIGITS = 6
#: An api that waits for the worker is so many times slower while there is none; a busy machine
#: makes it as slow with one.
WAITING = 3


@pytest.mark.check("submit-response", depends_on=("cold-start",))
def test_submit_response(demonstration, apart, lab, note) -> None:
    """202 with a fresh random UUID and QUEUED, also after a restart of the api."""
    answers = [job.answer for job in demonstration.jobs if not job.planned.broken]
    answers += [sent.answer for sent in (*apart.api.sent, apart.again)]
    first = answers[0]
    note(
        "http", first.body.decode("utf-8", "replace"), where=lab.dialect.submit, time=first.answered
    )
    for tried in lab.tried:
        note("http", tried)
    for answer in answers:
        status, word = lab.dialect.status(answer.told_status), lab.dialect.word("QUEUED")
        require(
            answer.status in ACCEPTED,
            "http-status",
            expected=202,
            actual=answer.status,
            timed=timed_refusal(answer.status),
        )
        require(not answer.is_cut, "answer-long", expected="≤ 1 MiB")
        wanted = lab.dialect.id_fields[0]
        require(answer.job_id, "no-job-id", expected=wanted, actual=answer.body[:200])
        told_id = hyphenated(answer.told_id)
        require(is_uuid(told_id), "not-uuid", expected="UUID", actual=told_id, alone=True)
        right = status == "QUEUED"
        require(right, "not-queued", expected=word, actual=answer.told_status, alone=True)
    probes = filter(is_uuid, lab.probes)
    ids = [uuid.UUID(job_id).hex for job_id in (*probes, *(answer.job_id for answer in answers))]
    repeated = {digits for digits in ids if ids.count(digits) > 1}
    require(not repeated, "id-repeated", actual=sorted(repeated))
    varying = sum(len(set(digits)) > 1 for digits in zip(*ids, strict=True))
    require(varying >= VARYING_DIGITS, "id-counted", actual=ids[:3], alone=True)


@pytest.mark.check("row-created", depends_on=("submit-response",))
def test_row_created(apart, lab, note) -> None:
    """The row is committed as QUEUED before its message is in the queue."""
    queued = lab.dialect.word("QUEUED")
    held = apart.api.held
    facts = {"status": told(held.sent.status)}
    written = say("checks.seen.held", **facts) if held.waited else say("checks.seen.not-held")
    note("postgres", written)
    note("redis", say("checks.seen.before-commit", count=held.messages_meanwhile))
    require(held.messages_meanwhile == 0, "message-first", actual=held.messages_meanwhile)
    # Most of them, for one machine's clock may be set meanwhile.
    often = 2 * len(apart.api.early) > len(apart.api.sent)
    require(not often, "message-first", actual=next(iter(apart.api.early), None))
    table = lab.dialect.table
    require(lab.dialect.table_seen, "no-status", expected=table, timed=Timed.WAITED)
    taken = held.answered and held.sent.answer.status in ACCEPTED
    require(not taken, "row-late", expected=queued, actual=held.sent.answer.status)
    require(held.waited, "no-insert", expected=lab.dialect.table, timed=Timed.WAITED)
    status = held.sent.status and lab.dialect.word(held.sent.status)
    stands = held.sent.status == "QUEUED"
    timed = None if held.sent.status else Timed.WAITED
    require(stands, "row-status", expected=queued, actual=status, timed=timed)


@pytest.mark.check("queue-message", depends_on=("submit-response",))
def test_queue_message(apart, lab, note) -> None:
    """Exactly one message a job, its file (where jobs have one) there and equal to what was
    uploaded.
    """
    form = lab.dialect.message
    for message in apart.api.queue:
        note("redis", message, where=f"LRANGE {lab.dialect.queue} 0 -1")
    for sent in apart.api.sent:
        asked = {name: sent.request.fields[name] for name in form.names if name not in (JOB, PATH)}
        wanted = form.shown({JOB: sent.job_id, **asked})
        own = [message for message in apart.api.queue if form.is_of(message, sent.job_id)]
        timed = None if own else Timed.WAITED
        require(len(own) == 1, "messages", expected=1, actual=len(own), timed=timed)
        fields = form.read(own[0])
        require(fields is not None, "message-fields", expected=wanted, actual=own[0])
        values = {name: fields[name] for name in asked}
        right = fields[JOB].lower() == sent.job_id and values == asked
        require(right, "message-values", expected=wanted, actual=own[0])
        if not form.has_file:
            continue
        file = apart.api.files.get(sent.job_id)
        require(file is not None, "no-file", expected=fields[PATH], alone=True)
        require(file == sent.request.payload, "other-file", actual=fields[PATH], alone=True)


@pytest.mark.check("asynchronous", depends_on=("queue-message",))
@pytest.mark.usefixtures("working")
def test_asynchronous(request, apart, demonstration, lab, limits, pace, note) -> None:
    """The api answers with the worker stopped, and before the worker has worked; the worker works
    with the api stopped."""
    knows_files = apart.retried is not None and not apart.retried.done
    refused = {job.sent.job_id for job in apart.exchanged} if knows_files else set()
    for sent in apart.api.sent:
        ended, queued = apart.ended[sent.job_id].status, lab.dialect.word("QUEUED")
        answered = say(
            "checks.seen.answered",
            code=sent.answer.status,
            seconds=number(sent.answer.seconds, ".3f"),
            status=told(sent.status),
        )
        without_worker = say("checks.seen.worker-stopped")
        note("http", answered, where=without_worker, time=sent.answer.answered)
        note("postgres", f"{sent.job_id}: {told(ended)}", where=say("checks.seen.api-stopped"))
        require(sent.status == "QUEUED", "not-waiting", expected=queued, actual=sent.status)
        if ended != "FAILED" or sent.job_id not in refused:  # it takes no file but the uploaded
            require_end(ended, "COMPLETED", "not-alone")
    for exchanged in apart.exchanged:
        job_id, made = exchanged.sent.job_id, "prepared" if exchanged.prepared else "not-prepared"
        note("storage", say(f"checks.seen.{made}", job=job_id))
        require(not exchanged.prepared, "prepared", actual=exchanged.sent.job_id)
    waits_for_large_jobs(request, note)
    waits_for_a_frozen_worker(apart, lab, note)
    # The quickest of all: a slow machine delays one answer, an api that waits for the worker each.
    quickest = min(sent.answer.seconds for sent in apart.api.sent)
    usual = min(job.answer.seconds for job in demonstration.jobs)
    waits = quickest > WAITING * usual
    most_s = limits.answer_s * (1 if waits else pace("apart"))
    require(
        quickest <= most_s,
        "not-at-once",
        expected=limits.answer_s,
        actual=number(quickest, ".1f"),
        timed=Timed.WAITED if waits else Timed.MEASURED,
    )


def waits_for_large_jobs(request, note) -> None:
    """An api that waits only while there is a worker is seen at a job that takes time."""
    try:
        large = request.getfixturevalue("large")
    except (StackError, WitnessError):
        return  # the matter of those who are about what broke
    ended = told(large.sent.status)
    note("postgres", ended, where=f"jobs {large.sent.job_id}")
    # Where others leave the api no processor, it answers late whatever it is made of.
    require(not large.waited, "waits-for-worker", actual=ended, timed=Timed.MEASURED)


def waits_for_a_frozen_worker(apart, lab, note) -> None:
    """An api that waits only while a worker takes its events is seen when that one is frozen."""
    frozen = apart.frozen
    if frozen is None or frozen.sent.answer.status not in ACCEPTED:
        return  # nothing to freeze, or the matter of others
    sent, queued = frozen.sent, lab.dialect.word("QUEUED")
    took, usual = number(sent.answer.seconds, ".3f"), number(frozen.usual_s, ".3f")
    code, status = sent.answer.status, told(sent.status)
    answered = say("checks.seen.answered", code=code, seconds=took, status=status)
    note("http", answered, where=say("checks.seen.worker-frozen"), time=sent.answer.answered)
    require(sent.status == "QUEUED", "not-waiting", expected=queued, actual=sent.status)
    require(
        not frozen.waited,
        "not-at-once-frozen",
        expected=usual,
        actual=took,
        timed=Timed.MEASURED,
    )


@pytest.mark.check("burst", depends_on=("submit-response",))
@pytest.mark.usefixtures("enough", "working")
def test_burst(burst, usual, right, note) -> None:
    """Twenty submissions at once: all accepted, all processed, and rightly."""
    accepted = sum(sent.answer.status in ACCEPTED for sent in burst.sent)
    done = sum(sent.status == "COMPLETED" for sent in burst.sent)
    slowest = max(sent.answer.seconds for sent in burst.sent)
    every, worst = len(burst.sent), max(burst.sent, key=lambda sent: sent.answer.status)
    longest = number(slowest, ".2f")
    note("http", say("checks.seen.accepted", count=accepted, every=every, seconds=longest))
    note("postgres", say("checks.seen.completed", count=done, every=every))
    require(
        accepted == every,
        "burst-accepted",
        expected=every,
        actual=accepted,
        timed=timed_refusal(worst.answer.status),
    )
    ends = [timed_end(sent.status) for sent in burst.sent if sent.status != "COMPLETED"]
    waited = next(filter(None, ends), None)
    require(done == every, "burst-done", expected=every, actual=done, timed=waited)
    wrong = burst.unlike if right else burst.wrong if usual else ()
    require(not wrong, "burst-wrong", actual=next(iter(wrong), None))


@pytest.mark.check("bad-requests", depends_on=("submit-response",))
def test_bad_requests(apart, lab, note) -> None:
    """4xx, no message and no row; what only a worker can tell may also be taken, and end FAILED."""
    for bad in apart.api.bad:
        cut = say(f"checks.seen.{'silent' if bad.silent else 'cut'}")
        status = bad.sent.answer.status if bad.sent else cut
        text = f"{bad.name}: {status}"
        left = say("checks.seen.left", messages=bad.new_messages, rows=bad.new_rows)
        note("http", f"{text}, {left}", where=lab.dialect.submit)
        require(not bad.silent, "bad-silent", expected="4xx", actual=bad.name, timed=Timed.WAITED)
        if bad.may_be_taken and status in ACCEPTED:
            ended = apart.ended[bad.sent.job_id].status if bad.sent.job_id else None
            require_end(ended, "FAILED", "bad-completed")
            continue
        code = bad.sent.answer.status if bad.sent else 0  # it closed the connection: refused, too
        require(code < 500, "bad-error", expected="4xx", actual=text)
        require(not code or code >= 400, "bad-accepted", expected="4xx", actual=text)
        require(bad.new_messages == 0, "bad-message", expected=0, actual=bad.name)
        require(bad.new_rows == 0, "bad-row", expected=0, actual=bad.name)


@pytest.mark.check("status-answer", depends_on=("submit-response",))
def test_status_answer(demonstration, lab, note) -> None:
    """The api tells of each job what its row says; of a job that is none, 404."""
    with lab.api() as api:
        for job in demonstration.jobs:
            if job.job_id and job.row:
                answer, word = api.row(job.job_id), lab.dialect.word(job.row.status)
                where = lab.dialect.status_of.format(id=lab.dialect.written_id(job.job_id))
                note("http", f"{answer.status}: {answer.told_status}", where=where)
                require(answer.status == 200, "status-code", expected=200, actual=answer.status)
                right = lab.dialect.status(answer.told_status) == job.row.status
                require(right, "status-differs", expected=word, actual=answer.told_status)
        unknown = api.row(str(uuid.uuid4())).status
    require(unknown == 404, "status-unknown", expected=404, actual=unknown)


def is_uuid(text: str) -> bool:
    """Whether it is a UUID as it is written, of any version; its hyphens are in their places."""
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
