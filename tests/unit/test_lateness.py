"""The machine's lateness: what stretches a deadline, what excuses a work, and what does neither."""

import subprocess
import sys
from time import monotonic

import pytest

from harness.lateness import LONGEST, Spell, Timed, fair_now, stretched, too_busy
from harness.lateness.clock import LatenessClock
from harness.lateness.probe import WorkProbe
from harness.lateness.slowness import Use, fair_seconds, others_share, slowness
from harness.lateness.use import OwnUse, busy_s, group_of, groups_of, used_s


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
    assert not too_busy(Timed.MEASURED, spell(60.0, 100.0, known=False))


def test_a_moment_of_lateness_does_not_excuse_a_long_wait():
    assert not too_busy(Timed.WAITED, spell(5.0, 20.0).with_interval(55.0, 1.0, known=True))


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


def test_the_work_probe_takes_no_less_than_it_should():
    assert WorkProbe()() >= 1.0


def test_the_machine_is_at_least_as_busy_as_this_process():
    own, before = OwnUse(), OwnUse().so_far()
    sum(n * n for n in range(300_000))
    after = own.so_far()
    assert after.own_s >= before.own_s
    assert busy_s() >= after.busy_s > 0


def test_a_process_whose_group_cannot_be_read_makes_the_use_unknown():
    own = OwnUse(lambda: groups_of(lambda: [2**30]))
    own.so_far()
    assert not own.known


def test_an_engine_that_cannot_tell_its_groups_is_asked_again():
    def silent():
        raise OSError

    own = OwnUse(silent)
    assert own.so_far().own_s >= 0
    assert own.known


def test_a_group_of_version_two_and_of_version_one_tell_seconds(tmp_path):
    (tmp_path / "cpu.stat").write_text("usage_usec 2500000\nuser_usec 1\n", encoding="ascii")
    (tmp_path / "cpuacct.usage").write_text("1500000000\n", encoding="ascii")
    assert used_s(tmp_path / "cpu.stat") == 2.5
    assert used_s(tmp_path / "cpuacct.usage") == 1.5
    assert group_of(2**30) is None


CLOCKED = """
from harness.lateness import fair_now
from harness.lateness.clock import LatenessClock, measured
from harness.lateness.slowness import Spell
from time import monotonic
import threading
clock = LatenessClock()
with measured(clock):
    began, fair = monotonic(), fair_now()
    threading.Event().wait(2.5)
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
