"""Jobs sent together: many at once to one worker, and a few to two workers."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from harness.grade.experiments.lab_under_test import LabUnderTest
from harness.grade.experiments.sending import Sent, submit
from harness.grade.experiments.waiting import came
from harness.stack.errors import StackError
from harness.trace import Event, Kind
from harness.witness.history import StatusChange

_LOOKED_AT = 3  #: results of a burst


@dataclass(frozen=True, slots=True, kw_only=True)
class Several:
    """Jobs sent together, and their ends."""

    sent: tuple[Sent, ...]
    changes: Mapping[str, tuple[StatusChange, ...]]  #: by job: its row's history
    workers: Mapping[str, tuple[str, ...]]  #: by job: the workers whose log received it
    wrong: tuple[str, ...] = ()  #: of some that were COMPLETED: those without a likely result


def burst(lab: LabUnderTest) -> Several:
    """Many submissions at once."""
    jobs = [lab.job(number) for number in range(lab.limits.burst_jobs)]
    with lab.witnesses() as seen, ThreadPoolExecutor(len(jobs)) as pool:
        sent = list(pool.map(lambda job: submit(seen.api, job), jobs))
        for job in sorted(sent, key=lambda job: job.answer.status):
            lab.answered(job)  # the worst of them last
        ended = lab.ended(seen, sent)
        return replace(_several(lab, ended, ()), wrong=_wrong(lab, ended))


def _wrong(lab: LabUnderTest, ended: Sequence[Sent]) -> tuple[str, ...]:
    """Those of a few, taken at random, whose result is missing or could be none."""
    if not lab.dialect.message.has_file:
        return ()
    done = [job for job in ended if job.status == "COMPLETED" and job.row and job.row.output_path]
    some = lab.rng.permutation(len(done))[:_LOOKED_AT]
    return tuple(job.job_id for job in (done[at] for at in some) if not _looks_done(lab, job))


def _looks_done(lab: LabUnderTest, job: Sent) -> bool:
    path = job.row.output_path if job.row else None
    try:
        result = lab.stack.read("worker", path or "")
    except StackError as error:
        return error.reference != "file-missing"
    return lab.workload.looks_done(job.request, result)


def pair(lab: LabUnderTest) -> Several:
    """Two workers, and jobs for both. One may wait in several threads."""
    with lab.redis() as redis:
        threads = max(len(redis.blocked()), 1)
    lab.stack.scale("worker", 2)
    try:
        with lab.witnesses() as seen:
            came(
                lambda: len(seen.redis.blocked()) >= 2 * threads,
                deadline_s=lab.patient_s(lab.limits.job_s),
                what="two workers blocked in Redis",
            )
            with lab.follow_log() as log:
                numbers = range(lab.limits.pair_jobs)
                sent = [lab.send_until_taken(seen.api, number) for number in numbers]
                ended = lab.ended(seen, sent)
                return _several(lab, ended, lab.events(log, ended))
    finally:
        lab.stack.scale("worker", 1)


def _replica(event: Event) -> str:
    """Who spoke, without what a prefix of the worker's own names: a thread of it."""
    return event.stream.partition("/")[0]


def _several(lab: LabUnderTest, sent: Sequence[Sent], events: Sequence[Event]) -> Several:
    received = [event for event in events if event.kind is Kind.RECEIVED]
    ids = [job.job_id for job in sent]
    return Several(
        sent=tuple(sent),
        changes={job_id: lab.history.of(job_id) for job_id in ids},
        workers={i: tuple(_replica(event) for event in received if event.job_id == i) for i in ids},
    )
