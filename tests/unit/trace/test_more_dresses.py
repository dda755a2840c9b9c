"""Dresses that a second tester found: what is certain is read, a broken job is the only one
accused, and what nobody can tell is not judged.
"""

import base64
import codecs
import csv
import io
import logging
import zipfile
from urllib.parse import quote

import pytest
from rich.console import Console
from rich.logging import RichHandler

from harness.trace import read_lines
from harness.trace.reading.workers import Naming
from tests.unit.trace.test_mending import BROKEN, GOOD, IDS, judged, text, worded

BOMS = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}


class InBlocks(io.BytesIO):
    """A pipe that gives so many bytes at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__(data)
        self._size = size

    def read1(self, _size: int | None = -1) -> bytes:
        return self.read(self._size)


def appended(lines: list[str], encodings: list[str]) -> bytes:
    """As many tools in turn append to one file, whatever the others wrote."""
    made = BOMS[encodings[0]]
    for at, line in enumerate(lines):
        made += f"{line}\r\n".encode(encodings[at * len(encodings) // len(lines)])
    return made


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("utf16", BOMS)
@pytest.mark.parametrize("others", [["utf-8"], ["cp1251"], ["utf-8", ""], ["utf-8", "", "cp1251"]])
def test_what_is_appended_to_utf_16_is_read(tmp_path, utf16, others, broken) -> None:
    encodings = [utf16, *(other or utf16 for other in others)]
    data = appended(worded(broken), encodings)
    assert judged(tmp_path, data)[:2] == (not broken, BROKEN if broken else GOOD)


@pytest.mark.parametrize("utf16", BOMS)
@pytest.mark.parametrize("size", [1, 7, 4096])
@pytest.mark.parametrize(
    "added", ["ok\n", "так\n", "\n", "Worker stopped at 10:00 без помилок\r\n"]
)
def test_utf_16_goes_on_behind_any_bytes(utf16, size, added) -> None:
    """Its letters are two bytes from wherever it goes on, in blocks of any size."""
    lines = ["Worker started", "Готово — один", "Worker started again"]
    data = BOMS[utf16] + added.encode().join(f"{line}\n".encode(utf16) for line in lines)
    told = [line.decode() for line in read_lines(InBlocks(data, size))]
    assert [line for line in told if line in lines] == lines


@pytest.mark.parametrize("utf16", BOMS)
def test_letters_of_two_bytes_are_no_ascii(utf16) -> None:
    """Those of other alphabets may look so."""
    lines = ["Усі завдання оброблено", "№ 5 — готово 🟢", "上海 完成 上", "Ωμέγα"]
    data = BOMS[utf16] + "".join(f"{line}\n" for line in lines).encode(utf16)
    assert [line.decode() for line in read_lines(io.BytesIO(data))] == lines


MANY = [f"{n:02x}7d26a0-7f35-4a31-b213-2feb98b45d62" for n in range(0x30, 0x44)]
ACTIONS = ("grayscale|", "resize|300x200", "crop|10,20,300,200")


def steps(job: str, action: str = "grayscale|") -> list[str]:
    return [
        f"Received New Event: Job Submitted. Data: {job}|./storage/{job}.png|{action}",
        f"Status updated to PROCESSING for job {job}",
        f"Job {job} COMPLETED. Result saved to: ./storage/processed_{job}.png",
    ]


def by_two(form: str, spoil: str = "", **names: tuple[str, str]) -> list[str]:
    """Each two jobs at once, by two workers; ``names`` are what they are called in ``form``. Of one
    job a step is missing, or another is begun within it by its own worker, where that is wanted.
    """
    made = []
    for at in range(0, len(MANY), 2):
        told = [steps(job, ACTIONS[(at + n) % 3]) for n, job in enumerate(MANY[at : at + 2])]
        order = [(n, step) for step in range(3) for n in (0, 1)]
        if spoil == "missing-step" and at == 6:
            order.remove((1, 1))
        made += [(n, at + n, told[n][step]) for n, step in order]
    if spoil == "overlap":  # the first worker's next job, before the end of its last
        last = next(i for i, (_, job, line) in enumerate(made) if job == 8 and "COMPL" in line)
        begun = next(i for i, (_, job, line) in enumerate(made) if job == 10)
        made.insert(last, made.pop(begun))
    made.insert(0, (0, 0, "Worker started listening for events..."))
    return [
        form.format(
            line=line, at=at, job=MANY[job], **{key: some[n] for key, some in names.items()}
        )
        for at, (n, job, line) in enumerate(made)
    ]


NAMED = {
    "service": '{{"msg":"{line}","service":"{who}","level":"info"}}',
    "span": '{{"fields":{{"message":"{line}"}},"span":{{"id":{number},"name":"worker"}}}}',
    "logfmt": 'level=info caller=main.go:{at} component={who} msg="{line}"',
    "address": "{address}: main.py:{at}: {line}",
    "source": "{who}/main.go:{at}: {line}",
    "emoji": "{emoji} 08:00:{at:02d} {line}",
    "header": "2026-11-23 10:00:07,130 DEBG '{who}' stderr output:\n{line}\n",
}
WHO = {
    "who": ("alpha", "beta"),
    "number": ("1", "2"),
    "address": ("10.0.0.5", "10.0.0.6"),
    "emoji": ("🔵", "🟢"),
}


@pytest.mark.parametrize("spoil", ["", "missing-step", "overlap"])
@pytest.mark.parametrize("form", NAMED)
def test_a_field_that_nobody_knew_names_the_workers(tmp_path, form, spoil) -> None:
    """The broken job is the only one accused."""
    ok, found, document = judged(tmp_path, text(by_two(NAMED[form], spoil, **WHO)))
    wrong = {"": set(), "missing-step": {(spoil, MANY[7])}, "overlap": {(spoil, MANY[10])}}
    assert (ok, found, document["mended"]) == (not spoil, wrong[spoil], ["workers"])


NO_NAMES = {
    "nothing": "{line}",
    "the job's id": '{{"msg":"{line}","trace":"{job}"}}',
    "the line's number": "{at} {line}",
    "one worker's name": '{{"msg":"{line}","service":"worker"}}',
    "a letter of the job's id": '{{"msg":"{line}","job":"{job:.8}"}}',
}


@pytest.mark.parametrize("form", NO_NAMES)
def test_one_worker_that_does_two_jobs_at_once_is_told_of(tmp_path, form) -> None:
    ok, found, document = judged(tmp_path, text(by_two(NO_NAMES[form])))
    assert (ok, document["mended"]) == (False, [])
    assert found == {("overlap", job) for job in MANY[1::2]}


def test_what_a_job_does_is_no_worker(tmp_path) -> None:
    """Neighbours do different things, and the log says which."""
    lines = by_two("{line}")
    action = {job: ACTIONS[at % 3].partition("|")[0] for at, job in enumerate(MANY)}
    named = [
        f"[{next((action[job] for job in MANY if job in line), 'start')}] {line}" for line in lines
    ]
    ok, found, _ = judged(tmp_path, text(named))
    assert (ok, len(found)) == (False, len(MANY) // 2)


@pytest.mark.parametrize("who", [("a", "b"), ("worker-1", "worker-2")])
def test_one_overlap_in_a_long_log_may_be_of_two_workers(tmp_path, who) -> None:
    """Which of the marks are workers' names, so few do not show; unless they are called so."""
    form = '{{"msg":"{line}","service":"' + "{who}" + '"}}'
    lines = [line for n, job in enumerate(MANY) for line in one_by_one(job, form, who[n % 2])]
    lines[3], lines[2] = lines[2], lines[3]
    _, found, document = judged(tmp_path, text(lines))
    called = "worker" in who[0]
    assert (found, document["ok"]) == (set(), True if called else None)
    assert document["reason"] == (None if called else "maybe-workers")


def one_by_one(job: str, form: str, who: str) -> list[str]:
    return [form.format(line=line, who=who) for line in steps(job)]


def in_rich_columns(lines: list[str], width: int) -> bytes:
    """As Rich's handler prints where it knows the width."""
    made = io.StringIO()
    handler = RichHandler(console=Console(file=made, width=width))
    for at, line in enumerate(lines):
        record = logging.LogRecord("w", 20, "/app/main.py", 50 + at % 3 * 70, line, None, None)
        record.created = 1_795_420_800 + at // 5
        handler.emit(record)
    return made.getvalue().encode()


def under_files(lines: list[str], *, numbers: bool) -> bytes:
    """``rg --heading -n`` of two workers' files, each job's lines in one of them."""
    made = ""
    for worker in (1, 2):
        own = [line for line in lines if (IDS.index(job_of(line)) % 2 + 1) == worker]
        rows = [f"{at * 3}:{line}" if numbers else line for at, line in enumerate(own, 1)]
        made += "\n".join([f"logs/worker-{worker}.log", *rows, "", ""])
    return made.encode()


def job_of(line: str) -> str:
    return next(job for job in IDS if job in line)


def as_aws_table(lines: list[str]) -> bytes:
    width = max(map(len, lines))
    rows = [f"||  17954207993{at:02} |  {line:{width}} |  1795 ||" for at, line in enumerate(lines)]
    head = f"||  ingestionTime |  {'message':^{width}} |  timestamp ||"
    return text(["-" * 80, f"|{'GetLogEvents':^78}|", "+------+-----+-----+", head, *rows])


def in_columns_of_a_spreadsheet(lines: list[str], mark: str) -> bytes:
    made = io.StringIO()
    table = csv.writer(made, delimiter=mark)
    for line in lines:
        cells = line.split("|")
        table.writerow(cells + [""] * (4 - len(cells)))
    return made.getvalue().encode()


def as_letter(lines: list[str], width: int) -> bytes:
    """Quoted-printable, as Python's email writes it: ``=`` at the end of a full line."""
    rows = [line[at : at + width] for line in lines for at in range(0, len(line), width)]
    ends = [len(line) > width * (at + 1) for line in lines for at in range(-(-len(line) // width))]
    soft = [row + "=" if is_broken else row for row, is_broken in zip(rows, ends, strict=True)]
    return text(["Content-Transfer-Encoding: quoted-printable", "", *soft])


DRESSES = {
    "Rich, 60 columns": lambda lines: in_rich_columns(lines, 60),
    "Rich, 80 columns": lambda lines: in_rich_columns(lines, 80),
    "Rich, 100 columns": lambda lines: in_rich_columns(lines, 100),
    "rg --heading -n": lambda lines: under_files(lines, numbers=True),
    "a table of aws": as_aws_table,
    "cut up at the bars": lambda lines: in_columns_of_a_spreadsheet(lines, ";"),
    "cut up at the bars, commas": lambda lines: in_columns_of_a_spreadsheet(lines, ","),
    "a letter of 76 columns": lambda lines: as_letter(lines, 75),
    "a letter of 78 columns": lambda lines: as_letter(lines, 77),
}


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("dress", DRESSES)
def test_what_stands_in_a_dress_is_read(tmp_path, dress, broken) -> None:
    ids = tmp_path / "ids.txt"
    ids.write_text("\n".join(IDS) + "\n")
    data = DRESSES[dress](worded(broken))
    ok, found, _ = judged(tmp_path, data, "--submitted", str(ids))
    assert (ok, found) == (not broken, BROKEN if broken else GOOD)


def test_a_worker_that_parts_its_fields_by_another_mark_is_wrong(tmp_path) -> None:
    """Where no other line has empty cells, no spreadsheet was at work."""
    lines = [line.replace("|", ";") for line in worded(False)]
    assert judged(tmp_path, text(lines))[0] is False


def dumped(data: bytes) -> bytes:
    rows = [(at, data[at : at + 16]) for at in range(0, len(data), 16)]
    return text([f"{at:08x}  {row[:8].hex(' ')}  {row[8:].hex(' ')}  |…|" for at, row in rows])


def packed_twice(data: bytes) -> bytes:
    for name in ("worker.log", "inner.zip"):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, data)
        data = made.getvalue()
    return data


STARTED = "Worker started listening for events..."
UNREAD = {
    "line ends lost": (lambda lines: " ".join([STARTED, *lines]).encode(), "maybe-one-line"),
    "line ends escaped": (lambda lines: "\\n".join([STARTED, *lines]).encode(), "maybe-one-line"),
    "base64": (lambda lines: base64.encodebytes(text(lines)), "maybe-encoded"),
    "URL": (lambda lines: quote("\n".join(lines)).encode(), "maybe-encoded"),
    "a hex dump": (lambda lines: dumped(text(lines)), "maybe-encoded"),
    "capital letters": (lambda lines: text(lines).upper(), "maybe-other-case"),
    "an archive in an archive": (lambda lines: packed_twice(text(lines)), "maybe-archive"),
    "other words": (
        lambda lines: text([STARTED, *(f"got {job_of(line)}" for line in lines)]),
        "no-events",
    ),
}


@pytest.mark.parametrize("submitted", [False, True])
@pytest.mark.parametrize("form", UNREAD)
def test_what_cannot_be_read_is_not_lost(tmp_path, form, submitted) -> None:
    """The reason is the true one, whether or not the banner was read."""
    make, reason = UNREAD[form]
    ids = tmp_path / "ids.txt"
    ids.write_text("\n".join(IDS) + "\n")
    more = ["--submitted", str(ids)] if submitted else []
    ok, found, document = judged(tmp_path, make(worded(False)), *more)
    assert (ok, found, document["reason"]) == (None, set(), reason)


@pytest.mark.parametrize("beside", [[], ["api-1 | POST /submit: {job}"], ["tick"]])
def test_a_worker_that_starts_and_does_nothing_has_lost_its_jobs(tmp_path, beside) -> None:
    """Though another service names them."""
    ids = tmp_path / "ids.txt"
    ids.write_text("\n".join(IDS) + "\n")
    lines = [f"worker-1 | {STARTED}", *(line.format(job=job) for job in IDS for line in beside)]
    ok, found, _ = judged(tmp_path, text(lines), "--submitted", str(ids))
    assert (ok, found) == (False, {("lost", job) for job in IDS})


@pytest.mark.parametrize("starts", [1, 2])
def test_several_workers_without_a_name_are_not_judged(tmp_path, starts) -> None:
    """Where as many have started before the first job as do jobs at once."""
    lines = [STARTED] * (starts - 1) + by_two("{line}")
    ok, found, document = judged(tmp_path, text(lines))
    overlaps = {("overlap", job) for job in MANY[1::2]}
    assert (ok, found) == ((False, overlaps) if starts == 1 else (None, set()))
    assert document["reason"] == (None if starts == 1 else "maybe-nameless")


def test_a_named_worker_that_does_more_jobs_at_once_is_told_of(tmp_path) -> None:
    """Its namesakes' starts are not its own."""
    lines = [f"worker-2 | {STARTED}", *by_two("worker-1 | {line}")]
    ok, found, _ = judged(tmp_path, text(lines))
    assert (ok, found) == (False, {("overlap", job) for job in MANY[1::2]})


def cut_at(lines: list[str], width: int) -> list[str]:
    return [line if len(line) <= width else f"{line[: width - 3]}..." for line in lines]


def test_what_a_viewer_cut_is_not_judged(tmp_path) -> None:
    ok, found, document = judged(tmp_path, text(cut_at(worded(False), 110)))
    assert (ok, found, document["reason"]) == (None, set(), "maybe-cut-off")


def test_a_worker_that_cuts_its_receipts_is_told_of(tmp_path) -> None:
    """Its other lines are longer."""
    lines = [cut_at([line], 110)[0] if "Received" in line else line for line in worded(False)]
    ok, found, _ = judged(tmp_path, text(lines))
    assert (ok, found) == (False, {("malformed", job) for job in IDS})


@pytest.mark.parametrize(
    ("pairs", "together", "apart"),
    [(10, 0, True), (10, 1, False), (6, 0, False), (20, 2, True), (9000, 4000, False)],
)
def test_a_field_proves_itself_where_chance_would_not_do_it(pairs, together, apart) -> None:
    """Of two workers by whom as many jobs are done, half of the overlaps would be of one by chance."""
    naming = Naming("service", {job: "ab"[at % 2] for at, job in enumerate(MANY)})
    assert naming.keeps_apart([("", "")] * pairs, together) is apart
