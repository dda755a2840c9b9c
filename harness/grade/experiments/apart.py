"""Producer and consumer apart: what the api does while no worker runs, and the worker without the
api."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from harness.grade.experiments.bad_requests import BadRequest, bad_requests
from harness.grade.experiments.exchanged import Exchanged, Retried, exchange, results_of, retried
from harness.grade.experiments.frozen import Frozen, frozen
from harness.grade.experiments.held import Held, held
from harness.grade.experiments.helpers import hold_helpers, release
from harness.grade.experiments.lab_under_test import LabUnderTest, Witnesses
from harness.grade.experiments.sending import FINAL, Sent
from harness.stack.errors import StackError
from harness.witness.history import StatusChange
from harness.witness.monitor import Push

_ROUNDS = 2  #: of all kinds of jobs: enough waiting jobs to tell a queue from a stack


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiAlone:
    """What the api does while no worker runs."""

    sent: tuple[Sent, ...]
    queue: tuple[str, ...]  #: the messages of ``sent``, from the list's head
    #: by job: what lies where its message says; absent where nothing does
    files: Mapping[str, bytes]
    held: Held
    early: tuple[str, ...]  #: ids whose message was in the queue before their row was committed
    bad: tuple[BadRequest, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """The worker stopped, then the api stopped and the worker started, then both."""

    api: ApiAlone
    #: by job: every submission to the api alone, when the worker had run alone
    ended: Mapping[str, Sent]
    exchanged: tuple[Exchanged, ...]  #: whose files became others before the worker began
    helped: tuple[str, ...]  #: of these, ids that ended only when a service without a role went on
    taken: tuple[str, ...]  #: ids in the order in which their rows became PROCESSING
    late: tuple[str, ...]  #: ids that were begun when one sent after them had ended already
    again: Sent  #: one more, when the api had been started again
    #: what lay at its result's place when its row had said COMPLETED, and the worker was frozen;
    #: b"" where nothing did; None where nobody can tell
    at_end: bytes | None
    #: the worker FAILED jobs whose files were exchanged: one more, since the api runs again
    retried: Retried | None
    frozen: Frozen | None  #: a job that was sent while the worker was frozen in its waiting


def apart(lab: LabUnderTest) -> Apart:
    """Stop the worker and submit; then stop the api and start the worker; then start the api
    again."""
    with lab.witnesses() as seen:
        with lab.stopped("worker"):
            alone = _api_alone(lab, seen)
            lab.stack.stop("api")
            put = exchange(lab, alone.sent[: lab.workload.kinds], alone.queue)
            hold_helpers(lab.stack)
        try:
            bad = [request.sent for request in alone.bad if request.sent]
            waiting = [sent for sent in (*alone.sent, alone.held.sent, *bad) if sent.job_id]
            ended = lab.ended(seen, waiting)
            release(lab.stack)
            left = {job.job_id for job in ended if job.job_id in put and job.status not in FINAL}
            if left:
                ended = lab.ended(seen, waiting)
            helped = [job.job_id for job in ended if job.job_id in left and job.status in FINAL]
            exchanged = results_of(lab, ended, put)
        finally:
            release(lab.stack)
            lab.stack.start("api")
        ids = [job.job_id for job in alone.sent if job.job_id]
        changes = lab.history.of(*ids)
        lab.wait_for_api()
        once_more = retried(lab, seen, exchanged)
        again, at_end = _frozen_at_its_end(lab, seen)
        taken = frozen(lab, seen, min(sent.answer.seconds for sent in alone.sent))
    return Apart(
        api=alone,
        ended={job.job_id: job for job in ended},
        exchanged=exchanged,
        helped=tuple(helped),
        taken=tuple(change.job_id for change in changes if change.status == "PROCESSING"),
        late=_late(ids, changes),
        again=again,
        at_end=at_end,
        retried=once_more,
        frozen=taken,
    )


def _frozen_at_its_end(lab: LabUnderTest, seen: Witnesses) -> tuple[Sent, bytes | None]:
    """One more job, and its result as it is when the row says COMPLETED."""
    again = lab.send_and_wait(seen, lab.limits.job_s)
    return again, lab.result_now(again.row)


def _late(ids: Sequence[str], changes: Sequence[StatusChange]) -> tuple[str, ...]:
    """Who was begun after the end of one that was sent later. A worker of several threads takes
    jobs in their order and may write their PROCESSING in another: what overlaps in time tells
    nothing."""
    ended: set[int] = set()
    late = []
    for change in changes:
        place = ids.index(change.job_id)
        if change.status in FINAL:
            ended.add(place)
        elif change.status == "PROCESSING" and any(other > place for other in ended):
            late.append(change.job_id)
    return tuple(late)


def _api_alone(lab: LabUnderTest, seen: Witnesses) -> ApiAlone:
    kinds, word = range(lab.workload.kinds * _ROUNDS), uuid4().hex
    with lab.monitored() as monitor:
        sent = tuple(lab.send(seen.api, number) for number in kinds)
        seen.redis.tell(word)
        ids = [job.job_id for job in sent if job.job_id]
        early = _early(lab, ids, monitor.pushes_into(lab.dialect.queue, until_word=word))
    rows = seen.postgres.rows([job.job_id for job in sent])
    queue = seen.redis.queue()
    return ApiAlone(
        sent=tuple(job.with_row(rows.get(job.job_id)) for job in sent),
        queue=queue,
        files=_files(lab, queue, most=max(len(job.request.payload) for job in sent) + 1),
        held=held(lab, seen),
        early=early,
        bad=bad_requests(lab, seen),
    )


def _early(lab: LabUnderTest, ids: Sequence[str], pushes: Iterable[Push]) -> tuple[str, ...]:
    """By two servers' clocks, which on one machine are the same."""
    pushed: dict[str, datetime] = {}
    for push in pushes:
        for job_id in ids:
            if job_id not in pushed and lab.dialect.message.is_of(push.message, job_id):
                pushed[job_id] = push.time
    written = {job_id: next(iter(lab.history.of(job_id)), None) for job_id in pushed}
    return tuple(
        job_id for job_id, change in written.items() if change and pushed[job_id] < change.time
    )


def _files(lab: LabUnderTest, queue: Sequence[str], *, most: int) -> Mapping[str, bytes]:
    """What lies where the messages say, by job; no more than so many bytes of it, by which the file
    that was sent is told from any other. An api may keep files by another service, and see none:
    the worker must."""
    files: dict[str, bytes] = {}
    for job_id, path in lab.files_named_by(queue).items():
        for service in ("api", "worker"):
            with suppress(StackError):  # no such file: its absence is the fact
                files.setdefault(job_id, lab.stack.read(service, path)[:most])
    return files
