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


def of_three_workers(prefix: str) -> dict[str, list[str]]:
    """Lines by worker; the third was killed within a job, which the second did after it."""
    moved, told = IDS[2], 0
    own: dict[str, list[str]] = {"1": [], "2": [], "3": []}

    def tell(name: str, words: str) -> None:
        nonlocal told
        told += 1
        time = f"2026-11-29T02:13:{told:02}.123456789Z"
        own[name].append(prefix.format(time=time, name=name) + words)

    def do(name: str, job: str, *steps: str) -> None:
        data = f"{job}|./storage/{job}.png|grayscale|"
        words = {
            "R": f"Received New Event: Job Submitted. Data: {data}",
            "P": f"Status updated to PROCESSING for job {job}",
            "C": f"Job {job} COMPLETED. Result saved to: ./storage/processed_{job}.png",
            "again": f"Redelivered Event: Job Submitted. Data: {data}",
        }
        for step in steps:
            tell(name, words[step])

    do("1", IDS[0], *"RPC")
    do("2", IDS[1], *"RPC")
    do("3", moved, *"RP")
    do("1", IDS[3], *"RPC")
    do("2", IDS[4], *"RPC")
    do("1", moved, "again")
    do("2", moved, *"RPC")
    do("1", IDS[5], *"RPC")
    return own


PREFIXES = [
    "{time} lab6_worker.{name}.k8ulxfxkuy8l@vm    | ",
    "[pod/image-worker-5f8-{name}/worker] {time} ",
    "worker-{name}  | {time} ",
]


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("order", ["231", "321", "132"])
@pytest.mark.parametrize("is_submitted", [True, False])
def test_named_workers_logs_one_below_the_other_are_read_by_time(
    tmp_path, prefix, order, is_submitted
) -> None:
    """A job that went from one worker to another is told in both."""
    (ids := tmp_path / "ids.txt").write_text("\n".join(IDS[:6]) + "\n")
    with_ids = ["--submitted", str(ids)] if is_submitted else []
    own = of_three_workers(prefix)
    lines = [line for name in order for line in own[name]]
    ok, found, document = judged(tmp_path, text(lines), *with_ids)
    assert (ok, found) == (True, GOOD)
    assert document["mended"] in ([], ["merged"])  # where this order tells each job well, as it is


@pytest.mark.parametrize("prefix", PREFIXES)
def test_what_is_wrong_by_time_stays_wrong(tmp_path, prefix) -> None:
    own = of_three_workers(prefix)
    del own["2"][-2]  # PROCESSING of the job that went over
    ok, found, document = judged(tmp_path, text([*own["2"], *own["3"], *own["1"]]))
    assert (ok, found, document["mended"]) == (False, {("missing-step", IDS[2])}, ["merged"])


def test_a_worker_that_goes_back_in_time_is_put_in_no_order(tmp_path) -> None:
    own = of_three_workers(PREFIXES[0])
    own["1"][1], own["1"][5] = own["1"][5], own["1"][1]
    ok, _, document = judged(tmp_path, text([*own["2"], *own["3"], *own["1"]]))
    assert (ok, "merged" in document["mended"]) == (False, False)
