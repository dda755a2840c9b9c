"""Logs whose lines stand in another order than the worker wrote them: files put together the wrong
way round, the newest line first.
"""

import pytest

from tests.unit.trace.test_mending import BROKEN, GOOD, IDS, judged, rotated, stamped, text, worded


def on_days(lines: list[str], day: str) -> list[str]:
    """Two lines a day, from the fourth of December on."""
    return [
        day.format(day=4 + at // 2) + f" 10:00:0{at % 2} {line}" for at, line in enumerate(lines)
    ]


def test_a_short_log_that_starts_with_its_newest_line_may_be_wrong_as_well(tmp_path) -> None:
    first, *more = worded(False)[:6]
    lines = stamped([first, first, *more])[::-1]
    ok, found, document = judged(tmp_path, text(lines))
    assert (ok, found, document["mended"]) == (False, {("duplicate", IDS[0])}, ["newest-first"])


@pytest.mark.parametrize("day", ["{day:02}/12/2026", "12/{day:02}/2026", "Dec {day:2}"])
def test_days_are_read_as_the_whole_log_writes_them(tmp_path, day) -> None:
    """One day after the twelfth shows which number is the month."""
    lines = rotated(on_days(worded(False), day))
    ok, found, document = judged(tmp_path, text(lines))
    assert (ok, found, document["mended"]) == (True, GOOD, ["parts"])


def test_a_day_that_may_be_a_month_puts_no_files_in_order(tmp_path) -> None:
    """Seen from the one end or the other, the log goes on in time."""
    days = ["01/12/2026", "02/01/2026"]
    lines = [f"{days[at > 10]} 10:00:{at:02} {line}" for at, line in enumerate(worded(False))]
    swapped = [*lines[11:], *lines[:11]]
    for way in (lines, swapped):
        assert judged(tmp_path, text(way))[2]["mended"] == []
    assert judged(tmp_path, text(swapped))[2]["reason"] == "maybe-parts"


def test_times_of_day_may_be_those_of_the_next_day(tmp_path) -> None:
    """No job goes over from one file to the next, and only the order of submission is wrong."""
    (ids := tmp_path / "ids.txt").write_text("\n".join(IDS) + "\n")
    for broken in (False, True):
        lines = [f"[10:00:{at:02}] {line}" for at, line in enumerate(worded(broken))]
        swapped = [*lines[6:], *lines[:6]]
        ok, found, document = judged(tmp_path, text(swapped), "--submitted", str(ids))
        expected = (False, BROKEN, None) if broken else (None, GOOD, "maybe-parts")
        assert (ok, found, document["reason"]) == expected


def test_a_log_over_midnight_is_in_order(tmp_path) -> None:
    lines = [f"23:59:{at:02} {line}" for at, line in enumerate(worded(True)[:12], 48)]
    lines += [f"00:00:{at:02} {line}" for at, line in enumerate(worded(True)[12:])]
    ok, found, document = judged(tmp_path, text(lines))
    assert (ok, found, document["mended"]) == (False, BROKEN, [])
