"""Jobs sent together: many at once to one worker, and a few to two workers."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from harness.grade.experiments.lab_under_test import LabUnderTest, Witnesses
from harness.grade.experiments.sending import Sent, submit
from harness.grade.experiments.waiting import came
from harness.grade.experiments.worker_cpu import group_cpu_s
from harness.stack.errors import StackError
from harness.trace import Event, Kind
from harness.witness.history import StatusChange
from harness.witness.monitor import Monitor

_HEAVY = 8  #: jobs for two workers whose CPU is looked at
_LOOKED_AT = 2  #: results of a burst, beside those of the twins


@dataclass(frozen=True, slots=True, kw_only=True)
class Several:
    """Jobs sent together, and their ends."""

    sent: tuple[Sent, ...]
    changes: Mapping[str, tuple[StatusChange, ...]]  #: by job: its row's history
    workers: Mapping[str, tuple[str, ...]]  #: by job: the workers whose log received it
    wrong: tuple[str, ...] = ()  #: of some that were COMPLETED: those without a likely result
    unlike: tuple[str, ...] = ()  #: of the same: those whose result is not the right one
    #: how many workers waited in Redis for events of these jobs; None where nobody can tell
    takers: int | None = None
    #: CPU that each worker spent meanwhile, in seconds; empty where that could not be seen
    spent_s: tuple[float, ...] = ()
    #: the heaviest of such jobs, to two workers once more, so that what they spend tells who works
    heavy: "Several | None" = None


def burst(lab: LabUnderTest) -> Several:
    """Many submissions at once."""
    jobs = [lab.job(number) for number in range(lab.limits.burst_jobs)]
    # A twin: asked the same of another file, as large. A result is its own file's.
    jobs[-1] = lab.workload.another(lab.rng, jobs[0])
    with lab.witnesses() as seen, ThreadPoolExecutor(len(jobs)) as pool:
        sent = list(pool.map(lambda job: submit(seen.api, job, patient=False), jobs))
        for job in sorted(sent, key=lambda job: job.answer.status):
            lab.answered(job)  # the worst of them last
        ended = lab.ended(seen, sent)
        some = [(job.job_id, _judged(lab, job)) for job in _some(lab, ended)]
        return replace(
            _several(lab, ended, ()),
            wrong=tuple(job_id for job_id, (looks_done, _) in some if not looks_done),
            unlike=tuple(job_id for job_id, (_, is_right) in some if not is_right),
        )


def _some(lab: LabUnderTest, ended: Sequence[Sent]) -> list[Sent]:
    """Of those that were COMPLETED the first and its twin, and a few taken at random."""
    if not lab.dialect.message.has_file:
        return []
    done = [job for job in ended if job.status == "COMPLETED" and job.row and job.row.output_path]
    twins = [job for job in done if job in (ended[0], ended[-1])]
    others = [job for job in done if job not in twins]
    return [*twins, *(others[at] for at in lab.rng.permutation(len(others))[:_LOOKED_AT])]


def _judged(lab: LabUnderTest, job: Sent) -> tuple[bool, bool]:
    """Whether the job's result could be one, and whether it is right. One that lies where nobody
    can look may be both."""
    path = job.row.output_path if job.row else None
    try:
        result = lab.stack.read("worker", path or "")
    except StackError as error:
        there = error.reference != "file-missing"
        return there, there
    looks_done = lab.workload.looks_done(job.request, result)
    return looks_done, looks_done and lab.workload.judge(job.request, result, exact=False).ok


def pair(lab: LabUnderTest) -> Several:
    """Two workers, and jobs for both. One may wait in several threads."""
    with lab.redis() as redis:
        threads = max(len(redis.blocked()), 1)
    lab.stack.scale("worker", 2)
    try:
        with lab.monitored() as monitor, lab.witnesses() as seen:
            came(
                lambda: len(seen.redis.blocked()) >= 2 * threads,
                deadline_s=lab.patient_s(lab.limits.job_s),
                what="two workers blocked in Redis",
            )
            with lab.follow_log() as log:
                numbers = range(lab.limits.pair_jobs)
                sent = [lab.send_until_taken(seen.api, number) for number in numbers]
                ended = lab.ended(seen, sent)
                made = _several(lab, ended, lab.events(log, ended))
            takers = _takers(lab, monitor)
            return replace(made, takers=takers, heavy=_heavy(lab, seen))
    finally:
        lab.stack.scale("worker", 1)


def _heavy(lab: LabUnderTest, seen: Witnesses) -> Several | None:
    """None where the workers' CPU cannot be seen, or somebody else may do the work."""
    before = group_cpu_s(lab.stack)
    if not before or not lab.limits.large_cpu_s:
        return None
    requests = [lab.workload.edge_job(lab.rng, heavy=True) for _ in range(_HEAVY)]
    with lab.follow_log() as log:
        sent = [lab.answered(submit(seen.api, request)) for request in requests]
        ended = lab.ended(seen, sent)
        made = _several(lab, ended, lab.events(log, ended))
    now = group_cpu_s(lab.stack)
    spent_s = [now[pid] - before[pid] for pid in now if now.keys() == before.keys()]
    return replace(made, spent_s=tuple(spent_s))


def _takers(lab: LabUnderTest, monitor: Monitor) -> int | None:
    """How many workers wait for events: where it seems to be one alone, the other may be about to
    wait again. Nobody does who takes them otherwise.
    """
    homes = [state.addresses for state in lab.stack.state("worker")]
    if not all(homes) or len(frozenset().union(*homes)) < sum(map(len, homes)):
        return None  # all at one address

    def takers() -> int:
        hosts = {address.rpartition(":")[0].strip("[]") for address in monitor.woken()}
        return sum(bool(hosts & home) for home in homes)

    came(lambda: takers() != 1, deadline_s=lab.patient_s(lab.limits.job_s), what="two takers")
    return takers()


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
