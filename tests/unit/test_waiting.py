"""When nothing can come any more, and when it only takes its time."""

from contextlib import nullcontext
from time import monotonic
from types import SimpleNamespace

import pytest

from harness.grade.experiments import waiting
from harness.grade.experiments.lab_under_test import LabUnderTest
from harness.grade.experiments.waiting import Absence, RefusedByRedis, Stillness
from harness.grade.verdict.rubric import load_rubric
from harness.lab6.workload import PICTURE_JOBS
from harness.stack.waiting import let_pass, looking, until
from harness.trace import lab_profile

QUIET_S = 0.4
LONG_S = 1.0  #: more than each of the times after which is given up
GONE_S = 0.3
GONE_AT_LEAST_S = 0.2  #: from the worker's end to the end of the wait, which began before
SURELY_S = 30  #: it is over by then, however busy the machine; a rest takes longer


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """The same waits, in less time."""
    monkeypatch.setattr(waiting, "_GONE_S", GONE_S)
    monkeypatch.setattr(waiting, "_LOOK_S", 0.05)


class Workers:
    """A stack whose workers have these statuses, until they are given others."""

    def __init__(self, *statuses):
        self.statuses = statuses

    def state(self, _):
        return [SimpleNamespace(status=one) for one in self.statuses]


def resting(rests):
    """A Redis where somebody waits for nothing that lies there, or nobody waits."""
    return SimpleNamespace(at_rest=lambda: rests)


def over_within(stillness, seconds, state=lambda: "QUEUED"):
    """After how long it was over; None where it was not."""
    began = monotonic()
    reached = []

    def looked():
        reached[:] = [stillness.over(state())]
        return reached[0] or monotonic() - began > seconds

    until(looked, deadline_s=seconds + 5, what="the end of the wait")
    return monotonic() - began if reached[0] else None


def test_a_worker_that_pauses_before_it_starts_again_is_not_given_up():
    """``restart: always`` in its back-off."""
    assert (
        over_within(Stillness(Workers("restarting"), resting(False), quiet_s=QUIET_S), LONG_S)
        is None
    )
    assert Absence(Workers("restarting", "exited")).looked_at() is None


def test_without_any_worker_the_wait_is_soon_over():
    """A second later, for what it wrote last."""
    took = over_within(Stillness(Workers("exited"), resting(False), quiet_s=60), SURELY_S)
    assert took is not None
    assert took > GONE_AT_LEAST_S


def test_it_counts_from_the_workers_end_and_not_from_the_last_change():
    """A long job, and then the worker ends: what it has just written is still waited for."""
    stack = Workers("running")
    stillness = Stillness(stack, resting(False), quiet_s=60)
    assert over_within(stillness, 0.6) is None
    stack.statuses = ("exited",)
    took = over_within(stillness, SURELY_S)
    assert took is not None
    assert took > GONE_AT_LEAST_S


def test_a_worker_that_runs_again_is_waited_for_anew():
    """However often it ends."""
    stack = Workers("exited")
    stillness = Stillness(stack, resting(False), quiet_s=60)
    for _ in range(2):
        stack.statuses = ("exited",)
        assert over_within(stillness, 0.2) is None
        stack.statuses = ("running",)
        assert over_within(stillness, 0.2) is None


def test_who_has_nothing_to_do_for_long_has_done_all():
    """And who works, or pauses beside its message, has not."""
    idle = Stillness(Workers("running"), resting(True), quiet_s=QUIET_S)
    took = over_within(idle, SURELY_S)
    assert took is not None
    assert took >= QUIET_S
    busy = Stillness(Workers("running"), resting(False), quiet_s=QUIET_S)
    assert over_within(busy, LONG_S) is None


def test_who_looks_meanwhile_looks_until_it_has_seen_it_and_never_afterwards():
    """Nor once nobody needs it any more."""
    looks = []
    with looking(lambda: looks.append(1) or len(looks) == 3, every_s=0.01, name="three"):
        until(lambda: len(looks) == 3, deadline_s=5, what="three looks")
    with looking(lambda: looks.append(2), every_s=0.01, name="on"):
        until(lambda: looks[-1] == 2, deadline_s=5, what="a look")
    seen = len(looks)
    let_pass(0.1)
    assert looks[:3] == [1, 1, 1]
    assert 1 not in looks[3:]
    assert len(looks) == seen


REFUSED = b"worker/main.py:32: Error receiving event from Redis: Error 111 connecting. Connection refused.\n"


METRICS = b"metrics: push to http://localhost:9091 failed: dial tcp: connect: connection refused\n"


class LoggingStack:
    """A stack whose worker's log holds these lines by now."""

    def __init__(self, *lines):
        self.lines = list(lines)

    def logs(self, _):
        return iter(self.lines)


@pytest.mark.parametrize(
    ("before", "since", "lasts"),
    [
        ((REFUSED,), (REFUSED,), True),
        ((), (REFUSED, b"Trying again in 5 s\n", REFUSED, b"Trying again in 5 s\n"), True),
        ((b"Started\n", REFUSED), (REFUSED, b"\n"), True),
        ((REFUSED, REFUSED, REFUSED), (), False),
        ((), (REFUSED,), False),
        ((REFUSED,), (REFUSED, b"connected\n", b"listening\n", b"ready\n"), False),
        ((REFUSED,), (b"Loading the model: 3 %\n",) * 3, False),
        ((METRICS,), (METRICS,) * 3, False),
    ],
)
def test_a_worker_that_is_refused_again_will_be_refused(before, since, lasts):
    """Not one that complained while the servers started, nor one that has got further since."""
    stack = LoggingStack(*before)
    refusal = RefusedByRedis(stack, [lab_profile()], quiet_s=QUIET_S)
    stack.lines += since
    assert not refusal.lasts()  # too early to tell
    if lasts:  # the fair clock of a busy machine goes slower than the wall's
        until(refusal.lasts, deadline_s=SURELY_S, what="the end of the wait")
    else:
        let_pass(LONG_S)
        assert not refusal.lasts()


def test_each_wait_in_vain_makes_the_next_one_shorter_until_somebody_begins(monkeypatch, tmp_path):
    """Only where the first job was not begun in all the time that a job may take."""
    monkeypatch.setattr(
        "harness.grade.experiments.lab_under_test.HistoryWitness", lambda *_, **__: None
    )
    limits, common = load_rubric().limits, {"seed": 6, "folder": tmp_path}
    stack, dialect = SimpleNamespace(history_dsn=""), SimpleNamespace()

    def waits(*ends, begun):
        """How long is waited for a job's end before, between and after these ends of waits."""
        lab = LabUnderTest(stack, PICTURE_JOBS, dialect, limits=limits, begun=begun, **common)
        waited = [lab.patient_s(limits.job_s)]
        for status in ends:
            lab.waited([status])
            waited.append(lab.patient_s(limits.job_s))
        return waited

    assert waits("QUEUED", "QUEUED", begun=True) == [limits.job_s] * 3
    shorter = waits("QUEUED", "QUEUED", "QUEUED", "QUEUED", begun=False)
    assert shorter == [limits.quiet_s / 2, limits.quiet_s / 4, 1, 1, 1]
    assert waits("QUEUED", "PROCESSING", "QUEUED", begun=False)[2:] == [limits.job_s] * 2


def test_who_hangs_in_a_job_is_waited_for_less_and_less_and_as_usual_when_it_ends_one(
    monkeypatch, tmp_path
):
    """And it is killed between experiments, so that the next one finds a worker."""
    monkeypatch.setattr(
        "harness.grade.experiments.lab_under_test.HistoryWitness", lambda *_, **__: None
    )
    done = []

    def state(service):
        """The worker has ended once it was killed."""
        return (SimpleNamespace(status="exited" if (service, "kill") in done else "running"),)

    stack = SimpleNamespace(
        history_dsn="",
        state=state,
        kill=lambda service: done.append((service, "kill")),
        start=lambda service: done.append((service, "start")),
    )
    limits, dialect = load_rubric().limits, SimpleNamespace()
    lab = LabUnderTest(stack, PICTURE_JOBS, dialect, limits=limits, seed=6, folder=tmp_path)
    lab.revive()
    assert done == []
    waited = []
    for in_time in (False, False, False, True):
        lab.waited(["PROCESSING"], in_time=in_time)
        waited.append(lab.patient_s(limits.job_s))
    assert waited == [limits.job_s / 2, limits.quiet_s, limits.quiet_s, limits.job_s]
    lab.waited(["PROCESSING"], in_time=False)
    cleared = SimpleNamespace(
        clear=lambda: done.append(("redis", "clear")),
        at_rest=lambda: done.append(("worker", "rests")) or True,
    )
    monkeypatch.setattr(lab, "redis", lambda: nullcontext(cleared))
    lab.revive()
    begun = [("worker", "kill"), ("redis", "clear"), ("worker", "start"), ("worker", "rests")]
    assert done == begun
