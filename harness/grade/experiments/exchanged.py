"""Who did the work? While neither service runs, the files of waiting jobs are exchanged for others.

A worker that works makes its result of what lies there when it takes the job; a result of the file
that was uploaded was made beforehand, by somebody else.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from harness.grade.experiments.lab_under_test import LabUnderTest, Witnesses
from harness.grade.experiments.sending import Sent, submit
from harness.stack.base import OpenStorage
from harness.stack.errors import StackError
from harness.workload import JobRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    """A job whose file became another before the worker could begin."""

    sent: Sent  #: with its row at the end
    #: its result is that of the file which was uploaded, and so was made before the worker began
    prepared: bool


def exchange(
    lab: LabUnderTest, sent: Sequence[Sent], messages: Sequence[str]
) -> Mapping[str, JobRequest]:
    """The jobs with another file in place of each one's, by job; none where the storage cannot
    be reached from outside.
    """
    paths = lab.files_named_by(messages)
    put: dict[str, JobRequest] = {}
    for job in sent:
        if job.job_id in paths and isinstance(lab.stack, OpenStorage):
            other = lab.workload.another(lab.rng, job.request)
            with suppress(StackError):  # it lies elsewhere: nothing is exchanged, nobody accused
                lab.stack.write("worker", paths[job.job_id], other.payload)
                put[job.job_id] = other
    return put


def results_of(
    lab: LabUnderTest, ended: Sequence[Sent], put: Mapping[str, JobRequest]
) -> tuple[Exchanged, ...]:
    """What became of them."""
    return tuple(
        Exchanged(sent=job, prepared=_prepared(lab, job, put[job.job_id]))
        for job in ended
        if job.job_id in put
    )


def _prepared(lab: LabUnderTest, sent: Sent, put: JobRequest) -> bool:
    """Judged at once: all results together may be larger than the grader's memory."""
    return _is_of(lab, sent, sent.request) and not _is_of(lab, sent, put)


def _is_of(lab: LabUnderTest, sent: Sent, request: JobRequest) -> bool:
    """Whether the job's result is this one's. Where nothing lies there, nobody is accused."""
    path = sent.row.output_path if sent.row else None
    if not path:
        return False
    try:
        result = lab.stack.read("worker", path)
    except StackError:
        return False
    return lab.workload.judge(request, result=result, exact=False).ok


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    """What became of another exchanged job, where the worker had FAILED such ones without the
    api.
    """

    done: bool  #: COMPLETED now; one that knows what was uploaded by its digest FAILs that, too
    anew: bool  #: its result is that of the file which was put there


def retried(lab: LabUnderTest, seen: Witnesses, exchanged: Sequence[Exchanged]) -> Retried | None:
    """One more exchanged job, now that the api runs. None where the worker had FAILED none, or none
    can be exchanged now.
    """
    failed = next((job.sent for job in exchanged if job.sent.status == "FAILED"), None)
    if failed is None:
        return None
    with lab.stopped("worker"):
        sent = lab.answered(submit(seen.api, failed.request))
        put = exchange(lab, [sent], seen.redis.queue())
    (ended,) = lab.ended(seen, [sent])
    if sent.job_id not in put:
        return None
    done = ended.status == "COMPLETED"
    return Retried(done=done, anew=done and _is_of(lab, ended, put[sent.job_id]))
