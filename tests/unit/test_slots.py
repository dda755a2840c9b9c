"""How many works are graded at a time: what the machine bears, and places that become fewer."""

import threading

import pytest

from harness.cli.slots import Slots, bearable, governed, next_limit, slots_by_machine

GIB = 1024**3
WAIT_S = 20.0


@pytest.mark.parametrize(
    ("cores", "free", "wanted"),
    [
        (2, 8 * GIB, (2, 4)),
        (8, 3 * GIB, (3, 3)),
        (1, GIB // 2, (1, 1)),
        (64, 512 * GIB, (16, 16)),
    ],
)
def test_cores_and_free_memory_bound_the_works(cores, free, wanted):
    assert bearable(cores, free) == wanted


@pytest.mark.parametrize(
    ("limit", "slowness", "full", "wanted"),
    [
        (2, 1.0, True, 3),
        (4, 1.0, True, 4),  # no more than the most
        (2, 1.0, False, 2),  # as many as there are works
        (2, 2.0, True, 2),  # neither late nor quick
        (2, 4.0, True, 1),
        (1, 9.0, True, 1),
    ],
)
def test_late_takes_one_away_and_quick_gives_one(limit, slowness, full, wanted):
    assert next_limit(limit, slowness, 4, full=full) == wanted


def test_no_more_works_begin_than_there_are_places():
    slots, begun, both = Slots(1, most=2), threading.Event(), threading.Event()

    def work():
        with slots.one():
            both.set()

    with slots.one():
        slots.adapt(1.0)  # quick, and full: a second place
        assert slots.limit == 2
        slots.adapt(9.0)
        assert slots.limit == 1
        thread = threading.Thread(target=lambda: (begun.set(), work()))
        thread.start()
        assert begun.wait(WAIT_S)
        assert not both.is_set()
    assert both.wait(WAIT_S)
    thread.join(WAIT_S)


def test_nobody_waits_for_a_place_when_all_is_over():
    slots = Slots(1)
    with slots.one():
        slots.close()
        with slots.one():
            pass


def test_this_machine_bears_one_work_at_least():
    slots = slots_by_machine()
    assert 1 <= slots.limit <= slots.most
    with governed(slots):
        pass
