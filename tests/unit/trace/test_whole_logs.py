"""Logs as people hand them in: each form with four logs, two of them with the submitted ids, none
judged wrong, none left unjudged.
"""

import json

import pytest
from click.testing import CliRunner

from harness.cli.problems import UsageProblem
from harness.cli.verify import verify
from harness.trace import lab_profile
from harness.trace.sheets.batches import has_batches
from tests.unit.trace.other_logs import OTHERS
from tests.unit.trace.whole_logs import FORMS, LogForm, LogRow

IDS = [f"{n:02x}3e742e-1c2d-4e3f-8a4b-5c6d7e8f9a0b" for n in range(0xA0, 0xA8)]
SPOILT = IDS[3]
LOGS = {
    "good": set(),
    "no PROCESSING": {("missing-step", SPOILT)},
    "forged path": {("result-path", SPOILT)},
    "no end": {("unfinished", SPOILT)},
}


def worded(log: str, job: str) -> list[str]:
    """The lines of one job."""
    lines = [
        f"worker/main.py:66: Received New Event: Job Submitted. Data: {job}|./storage/{job}.png|grayscale|",
        f"worker/main.py:71: Status updated to PROCESSING for job {job}",
        f"worker/main.py:90: Job {job} COMPLETED. Result saved to: ./storage/processed_{job}.png",
    ]
    if job == SPOILT and log == "no PROCESSING":
        del lines[1]
    elif job == SPOILT and log == "forged path":
        lines[2] = lines[2].replace("./storage", "/etc")
    elif job == SPOILT and log == "no end":
        del lines[2]
    return lines


def rows(log: str, workers: int) -> list[LogRow]:
    """The jobs, each in turn another worker's, their lines interleaved."""
    queues = [
        [line for job in IDS[w::workers] for line in worded(log, job)] for w in range(workers)
    ]
    made: list[LogRow] = []
    while any(queues):
        made += [
            LogRow(len(made) + at, worker, queue.pop(0))
            for at, (worker, queue) in enumerate(
                (worker, queue) for worker, queue in enumerate(queues, 1) if queue
            )
        ]
    return made


def judged(folder, form: LogForm, log: str, *more: str) -> tuple[bool | None, set, str | None]:
    file, target = folder / form.file, folder / "verdict.json"
    file.write_bytes(form.make(rows(log, form.workers)))
    arguments = [str(file), "--json", str(target), *more]
    CliRunner().invoke(verify, arguments, standalone_mode=False, catch_exceptions=False)
    document = json.loads(target.read_text(encoding="utf-8"))
    found = {(v["rule"], v["job_id"]) for v in document["violations"]}
    return document["ok"], found, document.get("reason")


@pytest.mark.parametrize("name", FORMS)
def test_a_log_as_people_have_it_is_judged_right(tmp_path, name) -> None:
    ids = tmp_path / "ids.txt"
    ids.write_text("".join(f"{job}\n" for job in IDS), encoding="utf-8")
    for number, (log, broken) in enumerate(LOGS.items()):
        more = () if number % 2 else ("--submitted", str(ids))
        assert judged(tmp_path, FORMS[name], log, *more) == (not broken, broken, None), log


def test_other_logs_are_judged_right(tmp_path) -> None:
    """A table in one test, which names all that is wrong."""
    ids = tmp_path / "ids.txt"
    ids.write_text("".join(f"{job}\n" for job in IDS), encoding="utf-8")
    wrong = {}
    for name, form in OTHERS.items():
        for number, (log, broken) in enumerate(LOGS.items()):
            more = () if number % 2 else ("--submitted", str(ids))
            if (told := judged(tmp_path, form, log, *more)) != (not broken, broken, None):
                wrong[name, log] = told
    assert wrong == {}


def test_what_nobody_can_tell_is_not_judged(tmp_path) -> None:
    """No false accusation: the log may be good, and the sentence says how to save it anew."""
    doubled = LogForm(lambda rows: "".join(f"{row.bare}\n" * 2 for row in rows).encode())
    assert judged(tmp_path, doubled, "good") == (None, set(), "maybe-doubled")


@pytest.mark.parametrize("file", ["worker.log", "report.md"])
def test_workers_below_one_another_without_times_are_asked_for(tmp_path, file) -> None:
    """Whose job is whose is not to be seen, and the order of submission falls back between them."""
    (ids := tmp_path / "ids.txt").write_text("".join(f"{job}\n" for job in IDS), encoding="utf-8")
    told = sorted(rows("good", 2), key=lambda row: (row.worker, row.at))
    fence = "```\n" if file.endswith(".md") else ""
    log = "".join(f"{row.bare}\n" for row in told)
    (tmp_path / file).write_text(f"{fence}{log}{fence}", encoding="utf-8")
    arguments = [str(tmp_path / file), "--submitted", str(ids)]
    with pytest.raises(UsageProblem) as caught:
        CliRunner().invoke(verify, arguments, standalone_mode=False, catch_exceptions=False)
    assert caught.value.reference == "kubectl-prefix"


@pytest.mark.parametrize("fields", ["resize|10x10|", "grayscale||", "grayscale| |"])
def test_a_field_too_many_is_no_glue(tmp_path, fields) -> None:
    """A separator behind a receipt is an empty field, not the end of a table's row."""
    lines = [line for job in IDS for line in worded("good", job)]
    log = "".join(line.replace("grayscale|", fields) + "\n" for line in lines)
    form = LogForm(lambda _: log.encode())
    ok, found, _ = judged(tmp_path, form, "good")
    assert (ok, {rule for rule, _ in found}) == (False, {"malformed"})


def test_a_record_that_repeats_its_event_elsewhere_is_no_batch():
    """An error and its traceback in the message, the same words in another field: one event."""
    (event,) = worded("good", IDS[0])[-1:]
    bare = event.partition(": ")[2]
    record = {"message": f"{bare}\nTraceback:\n  main.py", "raw": bare}
    assert not has_batches([json.dumps(record).encode()], lab_profile())
    record["message"] = f"{bare}\n{bare.replace(IDS[0], IDS[1])}"
    assert has_batches([json.dumps(record).encode()], lab_profile())
