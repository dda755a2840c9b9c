"""Logs that were spoilt on their way: mended where that is certain, else not judged, and never
hundreds of violations.
"""

import codecs
import csv
import io
import json
import re
import textwrap

import pytest
from click.testing import CliRunner

from harness.cli.verify import verify
from harness.trace.lines import read_lines
from harness.trace.mending import Crash, crashes, crashes_in

IDS = [f"{n:02x}3e742e-1c2d-4e3f-8a4b-5c6d7e8f9a0b" for n in range(0xA0, 0xA8)]
GOOD, BROKEN = set(), {("missing-step", IDS[3])}


def worded(broken: bool) -> list[str]:
    lines = []
    for job in IDS:
        lines += [
            f"main.py:66: Received New Event: Job Submitted. Data: {job}|./storage/{job}.png|grayscale|",
            f"main.py:71: Status updated to PROCESSING for job {job}",
            f"main.py:90: Job {job} COMPLETED. Result saved to: ./storage/processed_{job}.png",
        ]
    if broken:
        del lines[10]
    return lines


def stamped(lines: list[str]) -> list[str]:
    return [f"2026-11-23T08:00:{at:02d}.123456789Z {line}" for at, line in enumerate(lines)]


def wrapped(lines: list[str], width: int) -> list[str]:
    return [line[at : at + width] for line in lines for at in range(0, len(line), width)]


def at_spaces(lines: list[str], width: int) -> list[str]:
    return [part for line in lines for part in textwrap.wrap(line, width, break_on_hyphens=False)]


def clocked(lines: list[str], clock: str) -> list[str]:
    """Behind a time that names no zone, two steps in one second; over midnight."""
    times = [(86390 + at // 2) % 86400 for at in range(len(lines))]
    clocks = [
        clock.format(h=t // 3600, h12=t // 3600 % 12 or 12, m=t // 60 % 60, s=t % 60, half="AP"[t >= 43200])
        for t in times
    ]  # fmt: skip
    return [f"{at} {line}" for at, line in zip(clocks, lines, strict=True)]


def dated(lines: list[str], day: str) -> list[str]:
    """Behind a day and a time that name no zone."""
    return [f"{day} {at // 60 + 8:02}:{at % 60:02}:00 {line}" for at, line in enumerate(lines, 50)]


def rotated(lines: list[str]) -> list[str]:
    """As cat worker.log worker.log.1 worker.log.2 prints them, cut within jobs."""
    return [*lines[13:], *lines[7:13], *lines[:7]]


def exported(lines: list[str]) -> list[str]:
    """As a viewer exports them, newest first, words that are an object themselves."""
    made = io.StringIO()
    table = csv.writer(made, quoting=csv.QUOTE_ALL, lineterminator="\n")
    table.writerow(["@timestamp", "message"])
    for at, line in reversed(list(enumerate(lines))):
        words = json.dumps({"level": 30, "msg": line, "err": "a\nb"})
        table.writerow([f"Nov 10, 2026 @ 14:40:{at:02d}.887", words])
    return made.getvalue().splitlines()


def documents(lines: list[str]) -> list[str]:
    """As gcloud prints entries: newest first, each over several lines, two workers in turn."""
    made = []
    for at, line in reversed(list(enumerate(lines))):
        made += [
            "---",
            f"insertId: x{at}",
            "resource:",
            "  labels:",
            f"    pod_name: worker-{at // 3 % 2}",
            "textPayload: |",
            f"  {line}",
            f"timestamp: '2026-11-03T10:11:{at:02d}.581000000Z'",
        ]
    return made


def sent(lines: list[str]) -> list[str]:
    """As Telegram splits what is too long for one message; noise makes it so."""
    whole = "\n".join(line for words in lines for line in (words, "GET /health 200 " * 17))
    parts = [whole[at : at + 4096] for at in range(0, len(whole), 4096)]
    return [f"Ivan, [23.11.2026 10:0{at}]\n{part}\n" for at, part in enumerate(parts)]


def paged(lines: list[str], many: int, heading: str = "Звіт з лабораторної роботи 6") -> list[str]:
    """As copied out of a document's pages: below each its number, then the next one's heading."""
    made = []
    for page in range(0, len(lines), many):
        made += [*lines[page : page + many], str(page // many + 1), heading]
    return made


def text(lines: list[str]) -> bytes:
    return "".join(line + "\n" for line in lines).encode()


def judged(folder, data: bytes, *more: str) -> tuple[bool | None, set, dict]:
    file, target = folder / "worker.log", folder / "verdict.json"
    file.write_bytes(data)
    arguments = [str(file), "--json", str(target), *more]
    CliRunner().invoke(verify, arguments, standalone_mode=False, catch_exceptions=False)
    document = json.loads(target.read_text(encoding="utf-8"))
    return document["ok"], {(v["rule"], v["job_id"]) for v in document["violations"]}, document


WORDS = {"break_on_hyphens": False, "break_long_words": False}
FORMS = {
    "CR alone": lambda lines: b"\r".join(line.encode() for line in lines),
    "80 columns": lambda lines: text(wrapped(lines, 80)),
    "79 columns": lambda lines: text(wrapped(lines, 79)),
    "100 columns": lambda lines: text(wrapped(lines, 100)),
    "120 columns": lambda lines: text(wrapped(lines, 120)),
    "PowerShell": lambda lines: "\r\n".join(wrapped(lines, 80)).encode("utf-16"),
    "80 columns, stamped": lambda lines: text(wrapped(stamped(lines), 80)),
    "120 columns, stamped": lambda lines: text(wrapped(stamped(lines), 120)),
    "at spaces, 80, long words on lines of their own": lambda lines: text(
        [part for line in lines for part in textwrap.wrap(line, 80, **WORDS)]
    ),
    "80 columns, the spaces at their ends lost": lambda lines: text(
        [part.rstrip() for part in wrapped(lines, 80)]
    ),
    "at spaces": lambda lines: text(at_spaces(lines, 100)),
    "newest first": lambda lines: text(stamped(lines)[::-1]),
    "twice": lambda lines: text(stamped(lines) * 2),
    "twice, grown": lambda lines: text(stamped(lines)[:15] + stamped(lines)),
    "three times": lambda lines: text(stamped(lines) * 3),
    "saved three times, growing": lambda lines: text(
        stamped(lines)[:9] + stamped(lines)[:15] + stamped(lines)
    ),
    "newest first, times of day": lambda lines: text(
        clocked(lines, "{h:02}:{m:02}:{s:02},000")[::-1]
    ),
    "newest first, a twelve-hour clock": lambda lines: text(
        clocked(lines, "{h12}:{m:02}:{s:02} {half}M")[::-1]
    ),
    "newest first, thousandths since 1970": lambda lines: text(
        [f"{1795420820000 + at} {line}" for at, line in enumerate(lines)][::-1]
    ),
    "newest first, the start by another clock": lambda lines: text(
        [
            *clocked(lines, "Nov 3, 2026 at {h:02}:{m:02}:{s:02} (UTC+2:00)")[::-1],
            "23:59:59 Worker started",
        ]
    ),
    "newest first, a table of objects": lambda lines: text(exported(lines)),
    "newest first, YAML documents": lambda lines: text(documents(lines)),
    "a newer file first": lambda lines: text(rotated(stamped(lines))),
    "a newer file first, no zone": lambda lines: text(rotated(dated(lines, "2026-11-23"))),
    "a newer file first, day and month": lambda lines: text(rotated(dated(lines, "[11/12/2026,"))),
    "a newer file first, a month by name": lambda lines: text(
        rotated(dated(lines, "November 23, 2026 at"))
    ),
    "a newer file first, times of day": lambda lines: text(rotated(dated(lines, "[]"))),
    "twice, times of day": lambda lines: text(clocked(lines, "{h:02}:{m:02}:{s:02}") * 2),
    "two messages": lambda lines: text(sent(lines)),
    "pages of a document": lambda lines: text(paged(wrapped(lines, 92), 10)),
    "92 columns, an unknown prefix": lambda lines: text(
        wrapped([f"[-][-][info][app\\Worker::run] {line}" for line in lines], 92)
    ),
    "80 columns, objects of many rows": lambda lines: text(
        wrapped([json.dumps({"msg": line, "trace": "at main.run; " * 60}) for line in lines], 80)
    ),
    "twice, an empty line between": lambda lines: text([*stamped(lines), "", *stamped(lines)]),
}


@pytest.mark.parametrize("submitted", [False, True])
@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_what_is_certain_is_mended(tmp_path, form, broken, submitted) -> None:
    more = []
    if submitted:
        ids = tmp_path / "ids.txt"
        ids.write_text("\n".join(IDS) + "\n")
        more = ["--submitted", str(ids)]
    ok, found, document = judged(tmp_path, FORMS[form](worded(broken)), *more)
    assert (ok, found) == (not broken, BROKEN if broken else GOOD)
    assert document["mended"]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [(worded(False) * 2, "maybe-twice"), (worded(False)[::-1], "maybe-newest-first")],
)
def test_without_times_nobody_can_tell(tmp_path, lines, reason) -> None:
    ok, found, document = judged(tmp_path, text(lines))
    assert (ok, found, document["reason"]) == (None, set(), reason)


def test_links_that_an_editor_has_made_are_no_part_of_a_path(tmp_path) -> None:
    """Of a result's path its words count."""
    path = "(./storage/processed_[^ ]+)"
    lines = [re.sub(path, r"[\1](http://\1)", line) for line in worded(True)]
    assert judged(tmp_path, text(lines))[:2] == (False, BROKEN)


def test_numbers_that_a_worker_counts_are_no_pages(tmp_path) -> None:
    """Where nothing was broken, nothing is said of pages."""
    ok, found, document = judged(tmp_path, text(paged(worded(True), 3, "tick")))
    assert (ok, found, document["mended"]) == (False, BROKEN, [])


def test_an_alias_in_a_document_is_not_followed(tmp_path) -> None:
    """One may stand for a thousand times itself, and so on."""
    bomb = ["---", "a0: &a0 [x, x, x]"]
    bomb += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
    ok, found, _ = judged(tmp_path, text([*bomb, *documents(stamped(worded(True)))]))
    assert (ok, found) == (False, BROKEN)


def test_a_worker_that_writes_backwards_as_time_goes_on_is_no_viewer(tmp_path) -> None:
    ok, found, _ = judged(tmp_path, text(stamped(worded(False)[::-1])))
    assert ok is False
    assert {rule for rule, _ in found} >= {"order"}


def test_line_numbers_are_those_of_the_file(tmp_path) -> None:
    lines = stamped(worded(True))
    _, _, document = judged(tmp_path, text(lines[::-1]))
    (number,) = document["violations"][0]["lines"]
    assert IDS[3] in lines[::-1][number - 1]


def three(job: str, fields: str = "grayscale|", path: str | None = None) -> list[str]:
    return [
        f"Received New Event: Job Submitted. Data: {job}|./storage/{job}.png|{fields}",
        f"Status updated to PROCESSING for job {job}",
        f"Job {job} COMPLETED. Result saved to: {path or f'./storage/processed_{job}.png'}",
    ]


def below(number: int, noise: str, **wrong: str) -> list[str]:
    """A log in which noise stands below each job's line of this number."""
    return [
        line
        for job in IDS
        for at, told in enumerate(three(job, **wrong))
        for line in ([told, noise] if at == number else [told])
    ]


STAMPED = "2026-11-23T08:00:00Z processing 1|2"
WRONG = {
    "three fields, a mark below": below(0, "| received at 10:00", fields="grayscale"),
    "three fields, a time below": below(0, STAMPED, fields="grayscale"),
    "three fields, a level below": below(0, "INFO processing 1|2", fields="grayscale"),
    "three fields, words below": below(0, "processing 1|2", fields="grayscale"),
    "no path": [
        part
        for line in below(2, "./storage/tmp0 removed")
        for part in [line.split("./storage/processed")[0].rstrip()]
    ],
    "the id below": [
        part for line in below(9, "") for part in line.replace("for job ", "for job\n").split("\n")
    ],
    "one result, its time below": below(2, "took 12 ms", path=f"s/{'x' * 90}result.png"),
}


@pytest.mark.parametrize("form", WRONG)
def test_a_wrong_log_is_not_made_right_by_noise(tmp_path, form) -> None:
    ok, _, document = judged(tmp_path, text(WRONG[form]))
    assert ok is not True
    assert document["mended"] == []


@pytest.mark.parametrize("width", [60, 80, 98, 120])
def test_an_editor_hides_no_wrong_receipts(tmp_path, width) -> None:
    lines = below(0, "| received at 10:00", fields="grayscale")
    broken = [part for line in lines for part in textwrap.wrap(line, width, **WORDS)]
    assert judged(tmp_path, text(broken))[0] is not True


def test_lines_of_one_kind_that_noise_would_heal_are_in_doubt(tmp_path) -> None:
    ok, found, document = judged(tmp_path, text(WRONG["three fields, a mark below"]))
    assert (ok, found, document["reason"]) == (None, set(), "maybe-wrapped")


@pytest.mark.parametrize("form", ["three fields, a time below", "no path", "the id below"])
def test_what_had_no_need_to_be_broken_is_the_workers(tmp_path, form) -> None:
    assert judged(tmp_path, text(WRONG[form]))[0] is False


def test_a_worker_that_does_its_jobs_again_within_a_second_is_in_doubt(tmp_path) -> None:
    lines = [f"2026-11-23T08:00:00Z {line}" for line in worded(False)]
    ok, found, document = judged(tmp_path, text(lines * 2))
    assert (ok, found, document["reason"]) == (None, set(), "maybe-twice")


def test_a_worker_that_cuts_every_receipt_is_told_of(tmp_path) -> None:
    """Nothing follows that would make the lines whole: they were never whole."""
    lines = [line[:90] if "Received" in line else line for line in worded(False)]
    ok, found, document = judged(tmp_path, text(lines))
    assert (ok, document["mended"]) == (False, [])
    assert {rule for rule, _ in found} >= {"malformed"}


@pytest.mark.parametrize("prefix", ["", "worker-1  | ", "2026-11-23T08:00:00.1Z "])
def test_a_traceback_is_named(prefix) -> None:
    log = [
        "Worker started", "Traceback (most recent call last):",
        '  File "/app/main.py", line 12, in <module>', "    main()",
        '  File "/app/work.py", line 90, in work', "    open(path)",
        "FileNotFoundError: [Errno 2] No such file", "Worker started",
    ]  # fmt: skip
    lines = [(prefix + line).encode() for line in log]
    said = "FileNotFoundError: [Errno 2] No such file"
    assert crashes(lines) == [Crash(2, said, "/app/work.py", 90)]


def test_a_traceback_in_utf_16_is_named() -> None:
    log = 'Traceback (most recent call last):\r\n  File "/app/main.py", line 12\r\nKeyError: 1\r\n'
    data = codecs.BOM_UTF16_LE + log.encode("utf-16-le")
    found = crashes(list(read_lines(io.BytesIO(data))))
    assert found == [Crash(1, "KeyError: 1", "/app/main.py", 12)]


@pytest.mark.parametrize("before", [0, (1 << 20) - 40, (1 << 20) - 10, (1 << 20) - 3, 1 << 21])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_crash_is_found_wherever_a_block_ends(before, encoding) -> None:
    log = (
        "x" * before + '\nTraceback (most recent call last):\n  File "/a.py", line 7\nKeyError: 1\n'
    )
    found = crashes_in(io.BytesIO(log.encode(encoding)))
    assert found == [Crash(2, "KeyError: 1", "/a.py", 7)]
