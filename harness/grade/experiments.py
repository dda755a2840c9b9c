"""The experiments: what is done to a running lab, and what was seen of it then.

Each leaves the lab as it found it: four services up, an empty queue. Nothing here judges: a check does,
from the frozen facts that come back. Those with the worker or the api stopped stand in
``experiments_apart``, those that break something in ``experiments_faults``.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from time import monotonic

from harness.grade.demonstrate import demonstrate
from harness.grade.demonstration import Demonstration
from harness.grade.lab import Lab, came, submit
from harness.grade.observed import ColdStart, Large, Result, Sent, Several
from harness.grade.pictures import ACTIONS, enlarged, make_picture
from harness.stack.base import SERVICES, Progress, Stack
from harness.stack.errors import StackError
from harness.texts import explain
from harness.trace import Event, Kind
from harness.witness.errors import WaitTimeoutError
from harness.witness.log import LogFollower

JOBS = 8  #: of the demonstration: each action twice or more, one broken picture

#: Of ``up``: the lab's own fault. Any other is the machine's or the Engine's.
_OWN_FAULTS = ("service-ended", "timed-out", "service-missing", "build-failed", "docker-failed")
_LARGE = (4000, 3000)  #: points of a picture that takes most of a second


def cold_start(stack: Stack, progress: Progress) -> ColdStart:
    """Start everything at once."""
    began = monotonic()
    try:
        stack.up(progress)
    except StackError as failure:
        if failure.reference not in _OWN_FAULTS:
            raise
        why, remedy = explain(failure)
        built = failure.reference != "build-failed"
        return ColdStart(
            seconds=monotonic() - began, error=why, remedy=None if built else remedy, states=()
        )
    states = tuple(state for service in SERVICES for state in stack.state(service))
    return ColdStart(seconds=monotonic() - began, error=None, remedy=None, states=states)


def demonstration(lab: Lab) -> Demonstration:
    """The lab's task 3: one job after another, all actions, one broken picture."""
    quiet_s = lab.limits.job_s
    return demonstrate(
        lab.stack,
        folder=lab.folder,
        jobs=JOBS,
        seed=lab.seed,
        quiet_s=quiet_s,
        exact=False,
        dialect=lab.dialect,
        earlier=lab.probes,
        again=True,
    )


def results(lab: Lab, seen: Demonstration) -> Mapping[str, Result]:
    """By job: where row or log say that its result lies, and what the worker sees there."""
    found = {}
    for job in seen.jobs:
        told = next((event.path for event in job.events if event.kind is Kind.COMPLETED), None)
        path = (job.row.output_path if job.row else None) or told
        data = None
        if path:
            with suppress(StackError):  # no such file: that is the fact
                data = lab.stack.read("worker", path)
        found[job.job_id or ""] = Result(path=path, data=data)
        if data is not None and job.output is None:  # an api that gives no results: for the report
            job.input.with_name(f"{job.planned.stem}-out{job.input.suffix}").write_bytes(data)
    return found


def large_job(lab: Lab) -> tuple[str, str, bytes]:
    """A job that takes long enough to be looked at, or killed, while it is worked on."""
    picture = enlarged(make_picture(lab.rng, jpeg=True), _LARGE)
    return "resize", f"{_LARGE[0] - 7}x{_LARGE[1] - 7}", picture.data


def large(lab: Lab) -> Large:
    """One large picture."""
    with lab.witnesses() as seen, lab.follow_log() as log:
        sent = submit(seen.api, *large_job(lab))

        (ended,) = lab.ended(seen, [sent]) if sent.job_id else (sent,)
        events = _events(log, [ended]) if sent.job_id else ()
        return Large(sent=ended, changes=lab.history.of(sent.job_id), events=events)


def burst(lab: Lab) -> Several:
    """Many submissions at once."""
    jobs = [lab.job(ACTIONS[number % len(ACTIONS)]) for number in range(lab.limits.burst_jobs)]
    with lab.witnesses() as seen, ThreadPoolExecutor(len(jobs)) as pool:
        sent = list(pool.map(lambda job: submit(seen.api, *job), jobs))
        return _several(lab, lab.ended(seen, sent), ())


def pair(lab: Lab) -> Several:
    """Two workers, and jobs for both."""
    lab.stack.scale("worker", 2)
    try:
        with lab.witnesses() as seen:
            came(
                lambda: len(seen.redis.blocked()) >= 2,
                deadline_s=lab.limits.job_s,
                what="two workers blocked in Redis",
            )
            with lab.follow_log() as log:
                numbers = range(lab.limits.pair_jobs)
                sent = [
                    lab.send_until_taken(seen.api, ACTIONS[number % len(ACTIONS)])
                    for number in numbers
                ]
                ended = lab.ended(seen, sent)
                return _several(lab, ended, _events(log, ended))
    finally:
        lab.stack.scale("worker", 1)


def _events(log: LogFollower, sent: Sequence[Sent]) -> tuple[Event, ...]:
    """What the log tells of these jobs, when it has told of their ends (their rows are final already)."""
    with suppress(WaitTimeoutError):
        log.wait_until_final([one.job_id for one in sent if one.job_id], quiet_s=3.0)
    return tuple(event for one in sent for event in log.events_of(one.job_id))


def _several(lab: Lab, sent: Sequence[Sent], events: Sequence[Event]) -> Several:
    received = [event for event in events if event.kind is Kind.RECEIVED]
    ids = [one.job_id for one in sent]
    return Several(
        sent=tuple(sent),
        changes={job_id: lab.history.of(job_id) for job_id in ids},
        workers={i: tuple(event.stream for event in received if event.job_id == i) for i in ids},
    )
