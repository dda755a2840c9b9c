"""The machine's lateness: what stretches a deadline, what excuses a work, and what does neither."""

import subprocess
import sys
import threading
from time import monotonic

import psutil
import pytest

from harness.grade.verdict.results import Failure, require_end, timed_refusal
from harness.lateness import LONGEST, FairTimer, Spell, Timed, fair_now, stretched, too_busy
from harness.lateness import clock as clock_module
from harness.lateness import probe as probe_module
from harness.lateness import timer as timer_module
from harness.lateness.clock import LatenessClock
from harness.lateness.probe import WorkProbe
from harness.lateness.slowness import Use, fair_seconds, others_share, slowness
from harness.lateness.use import (
    GroupUse,
    OwnUse,
    below_s,
    busy_s,
    group_in,
    group_of,
    groups_of,
    used_s,
)
from harness.stack import compose


def spell(seconds, slow, *, known=True):
    return Spell().with_interval(seconds, slow, known=known)


def test_a_quick_machine_stretches_nothing():
    assert fair_seconds(10.0, 1.0) == 10.0
    assert slowness(1.2, 1.0) == 1.0  # within what differs from one look to the next
    assert spell(10.0, 1.0).late_s == 0.0


def test_others_work_stretches_a_deadline_within_a_bound():
    assert fair_seconds(30.0, 3.0) == 10.0
    assert fair_seconds(30.0, 1000.0) == 30.0 / LONGEST


def test_what_a_work_uses_itself_stretches_hardly_anything():
    before, after = Use(busy_s=100.0, own_s=10.0), Use(busy_s=102.0, own_s=11.9)
    assert others_share(before, after) == pytest.approx(0.05)
    assert slowness(20.0, others_share(before, after)) < 2.0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Use(busy_s=1.0, own_s=0.0), Use(busy_s=1.0, own_s=0.0)),
        (Use(busy_s=1.0, own_s=0.0), Use(busy_s=2.0, own_s=1.5)),
        (Use(busy_s=2.0, own_s=0.0), Use(busy_s=1.0, own_s=0.0)),
    ],
    ids=["idle", "more-own-than-all", "clock-set-back"],
)
def test_others_have_no_share_where_they_did_nothing(before, after):
    assert others_share(before, after) == 0.0


def test_a_work_is_excused_only_beyond_what_was_stretched():
    assert not too_busy(Timed.WAITED, spell(60.0, LONGEST - 0.1))
    assert too_busy(Timed.WAITED, spell(60.0, LONGEST + 0.1))
    assert too_busy(Timed.MEASURED, spell(60.0, 3.0))
    assert not too_busy(Timed.MEASURED, spell(60.0, 2.0))


def test_what_no_time_decides_is_never_excused():
    assert not too_busy(None, spell(60.0, 100.0))


def test_nobody_is_excused_where_the_works_own_use_cannot_be_seen():
    unknown = spell(60.0, 100.0, known=False)
    assert not too_busy(Timed.MEASURED, unknown)
    assert (unknown.late_s, unknown.pace) == (50.0, 1.0)  # deadlines are stretched, no bound grows


def test_a_moment_in_which_the_use_was_unknown_takes_the_excuse_of_that_moment_only():
    assert too_busy(
        Timed.MEASURED, spell(2.0, 8.0, known=False).with_interval(58.0, 8.0, known=True)
    )
    later = spell(2.0, 8.0, known=False)
    assert too_busy(Timed.WAITED, later.with_interval(60.0, 8.0, known=True).since(later))


def test_a_bound_grows_as_far_as_a_deadline():
    assert spell(60.0, 3.0).pace == 3.0
    assert spell(60.0, 100.0).pace == LONGEST


def test_a_moment_of_lateness_does_not_excuse_a_long_wait():
    late = spell(5.0, 20.0).with_interval(55.0, 1.0, known=True)
    assert not too_busy(Timed.WAITED, late)
    assert not too_busy(Timed.MEASURED, late)


def test_one_look_weighs_so_much_and_no_more():
    assert spell(1.0, 480.0).needed_s == 2 * LONGEST


def test_a_spell_is_the_difference_of_two_readings():
    first = spell(10.0, 2.0)
    later = first.with_interval(20.0, 4.0, known=True).since(first)
    assert (later.seconds, later.fair_s, later.slowness) == (20.0, 5.0, 4.0)


def test_time_that_nobody_measured_stretches_and_excuses_nothing():
    overdue = Spell().longer(60.0, 10.0)
    assert (overdue.late_s, overdue.slowness) == (50.0, 1.0)


def test_without_a_clock_of_its_own_a_process_waits_by_the_wall():
    assert fair_now() == pytest.approx(monotonic(), abs=5.0)
    assert stretched(7.0) == 7.0


class Hands:
    """A clock whose readings are given."""

    def __init__(self, *readings):
        self._left = list(readings)

    def __call__(self):
        return self._left.pop(0)


def test_work_that_took_four_times_its_processor_time_tells_of_a_machine_four_times_slower(
    monkeypatch,
):
    monkeypatch.setattr(probe_module, "monotonic", Hands(5.0, 5.04))
    monkeypatch.setattr(probe_module, "thread_time", Hands(1.0, 1.01))
    probe = WorkProbe()
    probe._exact = True
    assert probe() == pytest.approx(4.0)


def test_where_no_clock_is_fine_enough_the_quickest_work_tells_what_it_should_take(monkeypatch):
    monkeypatch.setattr(probe_module, "monotonic", Hands(0.0, 0.01, 1.0, 1.03))
    monkeypatch.setattr(probe_module, "thread_time", lambda: 0.0)
    probe = WorkProbe()
    probe._exact = False
    assert [probe(), probe()] == pytest.approx([1.0, 3.0])


class OthersAlone(OwnUse):
    """A machine on which others do everything."""

    def __init__(self):
        super().__init__(tree=True)
        self._told = 0

    def so_far(self):
        self._told += 1
        return Use(busy_s=self._told, own_s=0.0)


@pytest.fixture
def wall(monkeypatch):
    """The clock on the wall, which goes when it is told to."""

    class Wall:
        now = 100.0

    monkeypatch.setattr(clock_module, "monotonic", lambda: Wall.now)
    return Wall


def looking(*slow):
    """A clock that finds the machine so slow, look by look."""
    clock = LatenessClock(OthersAlone())
    clock._probe = Hands(*slow)
    clock.begin()
    return clock


def test_what_a_look_finds_is_told_of_the_time_before_it(wall):
    clock = looking(1.0, 8.0, 1.0)
    quick = clock.look()
    wall.now += 1.0
    slow = clock.look()
    wall.now += 1.0
    assert slow.since(quick).slowness == 8.0
    assert clock.look().since(slow).slowness == 1.0


def test_a_deadline_never_comes_to_have_been_nearer(wall):
    clock = looking(1.0, 8.0)
    clock.look()
    wall.now += 1.0
    before = clock.so_far().fair_s
    assert clock.look().fair_s >= before


def test_an_engine_that_answers_late_tells_of_a_slow_machine(wall, monkeypatch):
    clock = looking(1.0, 1.0)
    clock.ask = lambda: None
    monkeypatch.setattr(probe_module, "monotonic", Hands(0.0, 0.0, 7.0, 8.0))
    quick = clock.look()
    wall.now += 1.0
    assert clock.look().since(quick).slowness == 4.0


def test_time_before_it_begins_is_nobodys_lateness(wall):
    clock = looking(1.0)
    wall.now += 300.0
    clock.begin()
    assert clock.so_far() == Spell()


def test_a_deadline_that_somebody_else_keeps_is_kept():
    late = threading.Event()
    FairTimer(0.01, late.set).start()
    assert late.wait(60.0)


def test_where_the_fair_clock_stands_still_a_deadline_ends_by_the_wall(monkeypatch):
    monkeypatch.setattr(timer_module, "fair_now", lambda: 0.0)
    late = threading.Event()
    FairTimer(0.01, late.set, longest=2.0).start()
    assert late.wait(60.0)


def test_a_timer_that_was_cancelled_calls_nobody(monkeypatch):
    late = threading.Event()
    timer = FairTimer(0.0, late.set)
    timer.cancel()
    timer._wait(0.0, 0.0)
    assert not late.is_set()


def test_the_machine_is_at_least_as_busy_as_this_process():
    own, before = OwnUse(), OwnUse().so_far()
    sum(n * n for n in range(300_000))
    after = own.so_far()
    assert after.own_s >= before.own_s
    assert busy_s() >= after.busy_s > 0


def test_a_process_whose_group_cannot_be_read_makes_the_use_unknown():
    own = OwnUse(lambda: groups_of(lambda: [(2**30, "c0ffee")]))
    own.so_far()
    assert not own.known


def test_an_engine_that_cannot_tell_its_groups_is_asked_again():
    def silent():
        raise OSError

    own = OwnUse(silent)
    assert own.so_far().own_s >= 0
    assert not own.known


def test_the_works_use_is_unknown_where_nobody_can_count_it():
    assert not OwnUse().known
    assert OwnUse(tree=True).known


TICK_S = 0.01
SPINS = "sum(n * n for n in range(2_000_000)); print('done', flush=True); input()"


def test_what_runs_below_this_process_is_its_own_use_also_after_its_end():
    own = OwnUse(tree=True)
    before = own.so_far().own_s
    alone = OwnUse().so_far().own_s
    child = subprocess.Popen(
        [sys.executable, "-c", SPINS], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    child.stdout.readline()
    used = sum(psutil.Process(child.pid).cpu_times()[:2])  # other tests' children live on
    assert below_s() >= used > TICK_S
    running = own.so_far().own_s - before
    elsewhere = OwnUse().so_far().own_s - alone  # of this process itself
    child.communicate(b"\n")
    # Sums of the kernel's ticks, of 10 ms each: half a tick is no difference.
    assert running > used - TICK_S / 2
    assert running > elsewhere
    assert own.so_far().own_s - before > running - TICK_S / 2


def test_a_group_whose_counter_begins_anew_is_counted_on():
    group = GroupUse()
    for told in (10.0, 12.0, 3.0, 4.0):
        group.told(told)
    assert group.total_s == 16.0


def test_a_group_that_was_gone_between_two_looks_is_counted_whole(tmp_path):
    counter = tmp_path / "cpu.stat"
    own = OwnUse(lambda: [counter])

    def used(microseconds):
        counter.write_text(f"usage_usec {microseconds}\n", encoding="ascii")
        own.so_far()
        return own._seen[counter].total_s

    assert used(2_000_000) == 2.0
    counter.unlink()
    own.so_far()
    assert used(3_000_000) == 5.0


@pytest.mark.parametrize("names", ["", "cpu,cpuacct"], ids=["version-two", "version-one"])
def test_only_the_containers_own_group_counts_its_time(tmp_path, names):
    root = tmp_path / "cpuacct" if names else tmp_path
    for folder in (root, root / "docker" / "c0ffee"):
        folder.mkdir(parents=True, exist_ok=True)
        for file in ("cpu.stat", "cpuacct.usage"):
            (folder / file).touch()
    own = group_in(f"3:{names}:/docker/c0ffee", "c0ffee", tmp_path)
    assert own is not None
    assert own.parent == root / "docker" / "c0ffee"
    assert group_in(f"3:{names}:/docker/c0ffee", "beef", tmp_path) is None
    assert group_in(f"3:{names}:/", "c0ffee", tmp_path) is None
    assert group_in(f"3:{names}:/", "", tmp_path) is None


def test_a_group_of_version_two_and_of_version_one_tell_seconds(tmp_path):
    (tmp_path / "cpu.stat").write_text("usage_usec 2500000\nuser_usec 1\n", encoding="ascii")
    (tmp_path / "cpuacct.usage").write_text("1500000000\n", encoding="ascii")
    assert used_s(tmp_path / "cpu.stat") == 2.5
    assert used_s(tmp_path / "cpuacct.usage") == 1.5
    assert group_of(2**30, "c0ffee") is None


CLOCKED = """
from harness.lateness import fair_now
from harness.lateness.clock import LatenessClock, measured
from harness.lateness.use import OwnUse
from time import monotonic
import threading
looked = threading.Event()
class Counted(OwnUse):
    looks = 0
    def so_far(self):
        self.looks += 1
        if self.looks > 2:
            looked.set()
        return super().so_far()
clock = LatenessClock(Counted())
with measured(clock):
    began, fair = monotonic(), fair_now()
    assert looked.wait(60)
    took, fairly = monotonic() - began, fair_now() - fair
    assert 0 < fairly <= took + 0.01, (took, fairly)
    assert clock.so_far().seconds >= took - 0.01
after = fair_now()
assert fair_now() >= after
print("well")
"""


def test_the_fair_clock_goes_on_and_never_before_the_wall():
    """In a process of its own: a process has one such clock."""
    run = subprocess.run(
        [sys.executable, "-c", CLOCKED], capture_output=True, text=True, timeout=120, check=False
    )
    assert run.stdout.strip() == "well", run.stderr


def test_a_clock_that_was_stopped_goes_as_the_wall_does():
    clock = LatenessClock()
    clock._slow = 4.0
    clock.stop()
    assert clock.slow_now() == 1.0


def test_a_build_gets_twice_its_time_at_the_most_and_all_else_what_others_take(monkeypatch):
    asked = {}
    monkeypatch.setattr(
        compose.door, "run", lambda command, **given: asked.update({command[-1]: given})
    )
    stack = compose.ComposeStack()
    stack._build(print)
    stack._start()
    assert asked["build"]["longest"] == 2.0
    assert asked["--no-build"]["longest"] == LONGEST


@pytest.mark.parametrize(
    ("ended", "timed"), [(None, Timed.WAITED), ("PROCESSING", Timed.WAITED), ("FAILED", None)]
)
def test_only_a_job_that_has_not_ended_was_waited_for(ended, timed):
    with pytest.raises(Failure) as caught:
        require_end(ended, "COMPLETED", "not-completed")
    assert caught.value.timed is timed
    require_end("COMPLETED", "COMPLETED", "not-completed")


def test_what_nobody_has_written_is_no_machines_fault():
    """501 is an answer of a starter's; 500 and 503 may come of time-outs on a slow machine."""
    found = [timed_refusal(status) for status in (400, 500, 501, 503)]
    assert found == [None, Timed.MEASURED, None, Timed.MEASURED]
