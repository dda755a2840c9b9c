"""Part of a log that stands in the file again, and each line that does: mended where times prove
it, else what is wrong in any case is told, or nobody judges. What a worker did twice stays its own.
"""

import json

import pytest

from tests.unit.trace.test_mending import (
    BROKEN,
    GOOD,
    IDS,
    dated,
    judged,
    stamped,
    text,
    three,
    worded,
)

TWICE = {("duplicate", IDS[5])}


def local(lines: list[str]) -> list[str]:
    """By a clock without a zone, in milliseconds."""
    return [f"2026-11-23 10:00:{at:02},120 INFO {line}" for at, line in enumerate(lines)]


def by_seconds(lines: list[str]) -> list[str]:
    """Three lines a second."""
    return [f"2026/11/23 10:00:{at // 3:02} {line}" for at, line in enumerate(lines)]


PARTS = {
    "joined with an overlap": lambda lines: [*lines[:14], *lines[9:]],
    "an excerpt behind it": lambda lines: [*lines, "For example:", *lines[15:18]],
    "an excerpt before it": lambda lines: ["For example:", *lines[15:18], "All of it:", *lines],
    "two excerpts": lambda lines: [*lines[:6], "", *lines, "", *lines[6:12]],
    "three overlaps": lambda lines: [*lines[:12], *lines[6:20], *lines[6:20], *lines[14:]],
}


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("clock", [stamped, local, by_seconds])
@pytest.mark.parametrize("part", PARTS)
def test_the_same_lines_with_the_same_times_are_read_once(tmp_path, part, clock, broken) -> None:
    lines = PARTS[part](clock(worded(broken)))
    ok, found, document = judged(tmp_path, text(lines))
    assert (ok, found) == (not broken, BROKEN if broken else GOOD)
    assert document["mended"]


WITHOUT_TIMES = {
    "joined with an overlap": lambda lines: [*lines[:14], *lines[6:]],
    "a report and the log": lambda lines: [*lines[:6], "", "All of it:", *lines],
    "an excerpt of one job": lambda lines: ["For example:", *lines[15:18], "", "All:", *lines],
    "an excerpt of the last job": lambda lines: [*lines, "", "For example:", *lines[-3:]],
    "times in one of them": lambda lines: [*stamped(lines), "-- docker logs:", *lines],
    "objects": lambda lines: [*lines, *(json.dumps({"log": line, "at": 7}) for line in lines)],
}


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("part", WITHOUT_TIMES)
def test_without_times_only_what_is_wrong_in_any_case_is_told(tmp_path, part, broken) -> None:
    ok, found, document = judged(tmp_path, text(WITHOUT_TIMES[part](worded(broken))))
    expected = (False, BROKEN, None) if broken else (None, GOOD, "maybe-twice")
    assert (ok, found, document["reason"]) == expected
    assert document["mended"] == []


WORKERS = {
    "one job again": lambda lines: [*lines[:18], *lines[15:]],
    "one job again, much later": lambda lines: [*lines, *lines[15:18]],
    "one job again, a crash between": lambda lines: [
        *lines, "Traceback (most recent call last):", '  File "/app/main.py", line 12', "",
        "KeyError: 1", *lines[15:18],
    ],
    "one job again, a second later": lambda lines: [*stamped(lines), *stamped(lines * 2)[39:42]],
    "one job again within a second": lambda lines: by_seconds([*lines[:18], *lines[15:]]),
    "a receipt again": lambda lines: local([*lines[:16], lines[15], *lines[16:]]),
    "a receipt again within a second": lambda lines: [
        line for line in by_seconds(lines) for _ in range(1 + (f"Data: {IDS[5]}" in line))
    ],
}  # fmt: skip


@pytest.mark.parametrize("form", WORKERS)
def test_what_a_worker_did_twice_is_told_of(tmp_path, form) -> None:
    ok, found, document = judged(tmp_path, text(WORKERS[form](worded(False))))
    assert (ok, found, document["mended"]) == (False, TWICE, [])


def test_jobs_done_again_later_are_the_workers(tmp_path) -> None:
    lines = worded(False)
    ok, found, document = judged(tmp_path, text(local([*lines, *lines[6:18]])))
    again = {("duplicate", job) for job in IDS[2:6]}
    assert (ok, found, document["mended"]) == (False, again, [])


def test_jobs_done_again_behind_a_start_are_the_workers(tmp_path) -> None:
    """A copy would have no start before it that its original has not."""
    start, lines = "Worker started listening for events...", worded(False)
    ok, found, document = judged(tmp_path, text([start, *lines, start, *lines[6:18]]))
    assert (ok, found) == (False, {("duplicate", job) for job in IDS[2:6]})
    ok, _, document = judged(tmp_path, text([*lines[6:18], start, *lines]))
    assert (ok, document["reason"]) == (None, "maybe-twice")


@pytest.mark.parametrize("again", [1, 3, 6])
def test_a_time_that_a_collector_gives_to_all_lines_proves_no_copy(tmp_path, again) -> None:
    lines = worded(False)
    told = [*lines[:15], *lines[15 - again : 15], *lines[15:]]
    stamp = "2026-11-23T08:00:00.123456789Z"
    ok, _, document = judged(tmp_path, text([f"{stamp} {line}" for line in told]))
    assert document["mended"] == []
    assert ok is False or (again, document["reason"]) == (6, "maybe-twice")


def test_a_worker_that_did_a_job_twice_did_it_twice_in_a_copied_log(tmp_path) -> None:
    told = stamped([*worded(False), *three(IDS[5])])
    ok, found, document = judged(tmp_path, text([*told[:20], *told[12:]]))
    assert (ok, document["mended"]) == (False, ["copies"])
    assert found == TWICE


def test_a_long_log_is_looked_at_around_what_comes_again(tmp_path) -> None:
    jobs = [f"{n:08x}-1c2d-4e3f-8a4b-5c6d7e8f9a0b" for n in range(9000)]
    told = [
        f"2026-11-23T{at // 3600:02}:{at // 60 % 60:02}:{at % 60:02}.5Z {line}"
        for at, line in enumerate(line for job in jobs for line in three(job))
    ]
    ok, _, document = judged(tmp_path, text([*told[:15003], *told[14990:], "", *told[7000:7012]]))
    assert (ok, document["mended"]) == (True, ["copies"])


HANDLERS = {
    "a time, and none": lambda at, line: [f"2026-11-23 10:00:{at:02},402 {line}", f"INFO:w:{line}"],
    "bare, and an object": lambda at, line: [line, json.dumps({"msg": line})],
    "the same time": lambda at, line: [f"2026-11-23 10:00:{at:02},402 INFO {line}"] * 2,
    "a thousandth later": lambda at, line: [
        f"2026-11-23T08:00:{at:02}.{part:09}Z {line}" for part in (10**8, 10**8 + 120_000)
    ],
}


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("form", HANDLERS)
def test_a_line_from_each_of_two_handlers_is_one(tmp_path, form, broken) -> None:
    lines = [row for at, line in enumerate(worded(broken)) for row in HANDLERS[form](at, line)]
    ok, found, document = judged(tmp_path, text(lines))
    assert (ok, found) == (not broken, BROKEN if broken else GOOD)
    assert document["mended"] == ["doubled"]


@pytest.mark.parametrize("clock", [list, lambda lines: dated(lines, "2026-11-23")])
def test_two_workers_at_each_job_may_be_meant(tmp_path, clock) -> None:
    lines = [line for line in clock(worded(False)) for _ in range(2)]
    ok, found, document = judged(tmp_path, text(lines))
    assert (ok, found, document["reason"]) == (None, set(), "maybe-doubled")


def test_two_workers_at_each_job_are_apart(tmp_path) -> None:
    """One is done some thousandths of a second after the other."""
    lines = [
        f"2026-11-23T08:00:{at:02}.{part}Z {line}"
        for at, line in enumerate(worded(False))
        for part in (100 + at, 104 + 3 * at)
    ]
    ok, found, document = judged(tmp_path, text(lines))
    assert (ok, document["mended"]) == (False, [])
    assert {rule for rule, _ in found} == {"duplicate"}
