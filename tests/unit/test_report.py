"""The report: whatever a log, an api or a file says stays text; what a run lacks is told, not
invented.
"""

import json
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from harness.trace import Judge, lab_profile, log_blocks
from report import ReportError, Student, load_run, write_report
from report.excerpts import compose_fragment, consumer, producer
from report.html import render_html
from report.markdown import code, fence, plain, words
from tests.skeletons.peel import SOLUTIONS

LAB = Path(__file__).parents[2]
JOB = "8a3e742e-1c2d-4e3f-8a4b-5c6d7e8f9a0b"
LINES = (
    f"worker/main.py:1: Received New Event: Job Submitted. Data: {JOB}|./storage/{JOB}.png|grayscale|",
    f"worker/main.py:2: Status updated to PROCESSING for job {JOB}",
    f"worker/main.py:3: Job {JOB} COMPLETED. Result saved to: ./storage/processed_{JOB}.png",
)
#: What ``verdict.json`` tells of the work itself.
HANDED_IN = {"submission": "kovalenko", "changes": []}
HOSTILE = (
    "a|b\n| c |\n```\n# head\n<script>alert(1)</script> **bold** [link](http://evil) ![x](y) "
    "`code` &amp; \x1b[31mred\x1b[0m \u202eevil\u202c \x00 \x07 ~~~ <img src=x onerror=y>"
)


def html(text):
    """The text as a renderer with HTML and tables shows it."""
    return MarkdownIt("commonmark", {"html": True}).enable("table").render(text)


def event(kind, at, text):
    """An event of demo.json."""
    return {"time": f"2026-11-24T10:00:00.{at:03}000Z", "kind": kind, "line": 1, "text": text}


def job(**changes):
    """A job of demo.json that completed in 90 ms."""
    return {
        "job_id": JOB,
        "action": "grayscale",
        "params": "",
        "response": {"job_id": JOB, "status": "QUEUED"},
        "status": "COMPLETED",
        "input": "/elsewhere/pictures/01-grayscale-in.png",
        "output": "C:\\elsewhere\\pictures\\01-grayscale-out.png",
        "events": [
            event("received", 20, LINES[0]),
            event("processing", 30, LINES[1]),
            event("completed", 90, LINES[2]),
        ],
        "ok": True,
        "expected": "COMPLETED",
        "http_status": 202,
        "sent": "2026-11-24T10:00:00.000000Z",
        "answered": "2026-11-24T10:00:00.012300Z",
        "error": None,
        "row": {"created_at": "2026-11-24T10:00:00.005000Z"},
        "picture": {"ok": True, "actual_size": [30, 20], "mean_difference": 0.25},
        **changes,
    }


def demo(*jobs, **changes):
    """A document of a demonstration."""
    return {
        "schema": "lab6/demo/v1",
        "ok": True,
        "runtime": "embedded",
        "seconds": 1.5,
        "started": "2026-11-24T10:00:00Z",
        "seed": 7,
        "url": "http://127.0.0.1:8080",
        "versions": {"redis": "6.2"},
        "jobs": list(jobs),
        "trace": {"ok": True, "lines": 3, "jobs": 1, "violations": []},
        **changes,
    }


def check(**changes):
    """A check of verdict.json."""
    return {
        "id": "burst",
        "task": 1,
        "title": "Twenty at once",
        "passed": True,
        "points": 4,
        "max_points": 4,
        "cause": None,
        "evidence": [],
        **changes,
    }


def verdict(*checks, **changes):
    """A verdict of these checks."""
    points, most = (sum(one[key] for one in checks) for key in ("points", "max_points"))
    return {
        "schema": "lab6/verdict/v1",
        "runtime": "embedded",
        "started": "2026-11-24T10:00:00Z",
        "seconds": 2.5,
        "seed": 7,
        "ok": True,
        "score": points,
        "max_score": most,
        "unjudged": 0,
        "versions": {"redis": "6.2"},
        "tasks": [{"task": 1, "title": "Producer", "points": points, "max_points": most}],
        "checks": list(checks),
        **changes,
    }


def left(folder, *, demonstration=None, judged=None, lines=LINES):
    """A folder as a run leaves it."""
    (folder / "pictures").mkdir(parents=True)
    for name in ("01-grayscale-in.png", "01-grayscale-out.png"):
        (folder / "pictures" / name).write_bytes(b"a picture")
    for name, document in (("demo", demonstration), ("verdict", judged)):
        if document is not None:
            (folder / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
    log = "".join(f"2026-11-24T10:00:00.000000001Z {line}\n" for line in lines)
    (folder / "worker.log").write_text(log, encoding="utf-8")
    return folder


def reported(folder, lab=LAB):
    """The text of the report of the run in that folder."""
    return write_report(load_run(folder), folder, lab=lab).file.read_text(encoding="utf-8")


def test_a_flood_of_log_lines_costs_a_bounded_part_of_the_report(tmp_path):
    """The rest is in the file beside it, and the report says so."""
    lines = [*LINES, *(f"{number} {'x' * 5000}" for number in range(3000))]
    text = reported(left(tmp_path / "run", demonstration=demo(job()), lines=lines))
    assert len(text) < 1_200_000
    assert str(len(lines) - 1000) in text
    assert LINES[0] in text


def test_words_mean_only_themselves():
    """No markup, no HTML, no new line, no control or direction character."""
    shown = html(f"before {words(HOSTILE)} after")
    assert shown.count("<p>") == 1
    for tag in ("<script", "<img", "<strong", "<a ", "<code", "<h1", "<table", "<del"):
        assert tag not in shown
    assert not any(char in shown for char in "\x1b\x00\x07\u202e\u202c")


def test_words_and_code_stay_one_cell():
    """Nothing breaks out of a table."""
    rows = f"| a | b |\n| - | - |\n| {words(HOSTILE)} | {code(HOSTILE)} |\n"
    shown = html(rows)
    assert shown.count("<td>") == 2
    assert shown.count("<tr>") == 2
    assert "<script" not in shown


@pytest.mark.parametrize("text", ["`", "``", "a`b", "`a`", "```", "x ```` y", "|`|"])
def test_code_keeps_backticks(text):
    """Its fence is longer than any run within."""
    assert f"<code>{text.strip()}</code>" in html(code(text).replace("\\|", "|"))


@pytest.mark.parametrize("inner", ["```", "````\n```", "a\n`````python\nb", "~~~", "  ```"])
def test_a_fence_is_longer_than_any_run_within(inner):
    """The block holds all of it, and what follows is outside."""
    shown = html(f"{fence(inner, 'log')}\n\nafter")
    assert shown.count("<pre>") == 1
    assert shown.rstrip().endswith("<p>after</p>")


def test_plain_text_keeps_line_ends_and_loses_what_steers():
    """A terminal, or a reader's eye."""
    assert plain("a\r\nb\tc\x1b[0m\u202e\u200b") == "a\nb\tc[0m"


def test_a_run_is_told_in_every_chapter_with_its_own_figures(tmp_path):
    """Times are those between the run's own moments; the log is one block that passes verify."""
    text = reported(left(tmp_path / "run", demonstration=demo(job()), judged=verdict(check())))
    assert "через 12,3 мс" in text
    assert "| 12,3 | 7,7 | 10,0 | 60,0 | 90,0 |" in text
    assert "UPDATE COMPLETED, 90,0 мс" in text
    assert "INSERT jobs, QUEUED, 5,0 мс" in text
    assert "30×20" in text
    assert "http://127.0.0.1:8080/job/submit" in text
    judge = Judge(lab_profile())
    judge.feed_all(log_blocks(text.encode().splitlines(keepends=True)))
    seen = judge.finish()
    assert (seen.ok, seen.jobs) == (True, 1)


def test_everything_a_run_says_may_be_hostile(tmp_path):
    """Log, answer, reason, title: no tag, no heading, no table but ours."""
    calm = reported(
        left(
            tmp_path / "calm",
            demonstration=demo(job(status="FAILED", expected="FAILED", error="why")),
            judged=verdict(check(passed=False, cause={"rationale": "why", "help": "look"})),
        )
    )
    hostile = job(
        action=HOSTILE,
        params=HOSTILE,
        response={"error": HOSTILE},
        status=HOSTILE,
        expected="FAILED",
        error=HOSTILE,
    )
    judged = verdict(
        check(title=HOSTILE, passed=False, cause={"rationale": HOSTILE, "help": HOSTILE}),
        versions={HOSTILE: HOSTILE},
    )
    lines = [*LINES, "````", *HOSTILE.split("\n")]
    wild = reported(
        left(
            tmp_path / "wild",
            demonstration=demo(hostile, url=HOSTILE),
            judged=judged,
            lines=lines,
        )
    )
    for tag in ("<h1", "<h2", "<h3", "<table", "<tr>", "<td", "<pre>", "<img", "<script", "<a "):
        assert html(wild).count(tag) == html(calm).count(tag), tag
    assert not any(char in wild for char in "\x1b\x00\x07\u202e\u202c")
    block = wild.partition("```mermaid")[2].partition("```")[0]
    assert "<" not in block.replace("<br>", "").replace("<", "", 0) or ">>" in block
    assert "script" not in block.replace("alert", "") or "<script" not in block


def test_a_picture_is_taken_from_the_runs_own_folder_alone(tmp_path):
    """Wherever the document points to."""
    (tmp_path / "secret.png").write_bytes(b"secret")
    wild = job(input="../secret.png", output="/etc/passwd")
    run = left(tmp_path / "run", demonstration=demo(wild))
    text = reported(run)
    assert "secret" not in text
    assert "passwd" not in text


def test_a_report_elsewhere_takes_its_pictures_along(tmp_path):
    """Relative links hold wherever the report lies."""
    run = left(tmp_path / "run", demonstration=demo(job()), judged=verdict(check()))
    (tmp_path / "place").mkdir()
    written = write_report(load_run(run), tmp_path / "place", lab=LAB)
    assert 'src="pictures/01-grayscale-in.png"' in written.file.read_text(encoding="utf-8")
    assert (tmp_path / "place" / "pictures" / "01-grayscale-out.png").is_file()
    assert (tmp_path / "place" / "worker.log").is_file()


def test_without_a_demonstration_the_report_says_why(tmp_path):
    """The lab did not come up: its check's reason stands where the demonstration would."""
    cause = {"rationale": "did not come up", "help": "look"}
    judged = verdict(
        check(id="cold-start", title="Comes up", passed=False, points=0, cause=cause), ok=False
    )
    folder = left(tmp_path / "run", judged=judged)
    written = write_report(load_run(folder), folder, lab=LAB)
    text = written.file.read_text(encoding="utf-8")
    assert written.ok is False
    assert "did not come up" in text.partition("## 3.")[0]
    assert "mermaid" not in text


def test_without_a_verdict_no_points_are_told(tmp_path):
    """``lab6 demo`` grades nothing."""
    folder = left(tmp_path / "run", demonstration=demo(job(), ok=None))
    written = write_report(load_run(folder), folder, lab=LAB)
    assert written.ok is None
    assert "Бали" not in written.file.read_text(encoding="utf-8")


def test_a_partly_judged_verdict_tells_of_the_rest(tmp_path):
    """Null is neither won nor lost."""
    cause = {"rationale": "the Engine was silent", "help": "", "error": "Traceback"}
    judged = verdict(check(passed=None, points=0, cause=cause), ok=None, unjudged=4)
    text = reported(left(tmp_path / "run", demonstration=demo(job()), judged=judged))
    assert "Ще не оцінено балів: 4" in text
    assert "❔ не оцінено" in text


def test_what_rests_on_a_failure_is_not_checked(tmp_path):
    """The other word of null; a verdict of an earlier kit is read likewise."""
    cause = {"rationale": "first mend the queue", "help": "", "error": None}
    cause |= {"expected": None, "actual": None}
    for more in ({}, {"why_null": "not-checked"}):
        judged = verdict(
            check(passed=None, points=0, cause=cause, **more), ok=False, unjudged=4, **HANDED_IN
        )
        run = left(tmp_path / str(len(more)), demonstration=demo(job()), judged=judged)
        assert "Ще не перевірено балів: 4" in reported(run)
        assert "❔ не перевірено" in reported(run)
        assert "? не перевірено" in render_html(load_run(run))


def test_nothing_is_claimed_of_what_was_not_seen(tmp_path):
    """An empty submission has no producer, no consumer, no queue."""
    cause = {"rationale": "no compose file", "help": "", "error": None}
    judged = verdict(check(id="queue-message", passed=False, points=0, cause=cause), ok=False)
    text = reported(left(tmp_path / "run", judged=judged), lab=tmp_path)
    for claim in (
        "Публікує подію",
        "взаємодіють за шаблоном",
        "постійно працює",
        "знаходять `redis`",
    ):
        assert claim not in text


def test_a_report_names_its_student_and_leaves_the_conclusions_open(tmp_path):
    """In both formats; what was not given is there to be filled in."""
    run = load_run(
        left(tmp_path / "run", demonstration=demo(job()), judged=verdict(check(), **HANDED_IN))
    )
    student = Student(name="Олена <b>Бондар</b>")
    text = write_report(run, run.folder, lab=LAB, student=student).file.read_text(encoding="utf-8")
    page = render_html(run, lab=LAB, student=student)
    assert "Олена &lt;b&gt;Бондар" in page
    assert "<b>Бондар" not in html(text)
    assert "впишіть" in text
    for part in ("Мета роботи", "Висновки", "submit_job_handler", "RPUSH job_id"):
        assert part in text
        assert part in page


@pytest.mark.parametrize(
    "document",
    [
        "no json",
        "[]",
        '{"schema": "other"}',
        '{"schema": "lab6/demo/v1"}',
        '{"schema": "lab6/demo/v1", "jobs": [1]}',
    ],
)
def test_a_spoilt_document_is_one_clear_error(tmp_path, document):
    """Named, with its reason; never a traceback."""
    (tmp_path / "demo.json").write_text(document, encoding="utf-8")
    with pytest.raises(ReportError) as error:
        write_report(load_run(tmp_path), tmp_path, lab=LAB)
    assert error.value.reference == "report-document"


def test_an_empty_folder_is_no_run(tmp_path):
    """Nothing to report of."""
    with pytest.raises(ReportError) as error:
        load_run(tmp_path)
    assert error.value.reference == "report-source"


@pytest.mark.parametrize(
    ("cut", "file", "call", "function"),
    [
        (producer, "lab6/api/main.py", "rpush", "submit_job_handler"),
        (consumer, "lab6/worker/main.py", "blpop", "process_queue"),
    ],
)
def test_code_is_cut_with_its_real_line_numbers(cut, file, call, function):
    """The text is what stands in these lines of the file."""
    found = cut(LAB)
    lines = (LAB / file).read_text(encoding="utf-8").split("\n")
    assert found.text == "\n".join(lines[found.first - 1 : found.last])
    assert found.function == function
    assert found.call.endswith(call)
    assert f"def {function}" in "\n".join(found.text.split("\n")[:2])


@pytest.mark.parametrize("text", ["def broken(:", "x = 1\n", "\x00"])
def test_code_that_cannot_be_cut_is_no_error(tmp_path, text):
    """The report says that it found none."""
    for name in ("main.py", "main.go", "main.js"):
        (tmp_path / "lab6" / "api").mkdir(parents=True, exist_ok=True)
        (tmp_path / "lab6" / "api" / name).write_text(text, encoding="utf-8")
    assert producer(tmp_path) is None
    assert consumer(tmp_path) is None


@pytest.mark.parametrize("language", ["go", "node"])
@pytest.mark.parametrize(
    ("cut", "function", "called"),
    [(producer, "submitJobHandler", "rpush"), (consumer, "processQueue", "blpop")],
)
def test_code_in_other_languages_is_cut_by_its_braces(cut, function, called, language):
    """From the function's head to the brace that ends it; a comment's word counts for nothing."""
    found = cut(SOLUTIONS / language)
    lines = found.file.read_text(encoding="utf-8").split("\n")
    assert found.text == "\n".join(lines[found.first - 1 : found.last])
    assert function in found.text.split("\n")[0]
    assert found.text.endswith("\n}")
    assert found.called.lower().startswith(called)


def test_the_page_tells_what_the_markdown_tells(tmp_path):
    """Whose it is below the lab's title; roles; bold and code as such, and no asterisk of them; the
    way of a job by the names that the drawing has.
    """
    run = load_run(left(tmp_path / "run", demonstration=demo(job())))
    page = render_html(run, lab=SOLUTIONS / "go", student=Student())
    assert "<h1>Лабораторна робота 6</h1>" in page
    assert "<b>публікує подію</b>" in page
    assert "**" not in page
    assert "<td>Відправник</td>" in page
    assert "Клієнт → API" in page
    assert "BLPop()" in page


def test_the_compose_fragment_is_made_of_the_files_own_lines():
    """In their order; what is left out is marked."""
    found = compose_fragment(LAB / "docker-compose.yml")
    lines = (LAB / "docker-compose.yml").read_text(encoding="utf-8").split("\n")
    shown = [line for line in found.text.split("\n") if line.strip() not in ("", "# ...")]
    rest = iter(lines)
    assert all(line in rest for line in shown)
    for word in ("redis_queue_cache", "REDIS_HOST=redis", "internal_network", "depends_on"):
        assert word in found.text
    assert "PG_PASSWORD" not in found.text
    assert "# ..." in found.text


@pytest.mark.parametrize("text", ["", "a: [", "- list", "services: 5", "[" * 4000])
def test_a_compose_file_that_cannot_be_cut_is_no_error(tmp_path, text):
    """The report says that it found none."""
    (tmp_path / "docker-compose.yml").write_text(text, encoding="utf-8")
    found = compose_fragment(tmp_path / "docker-compose.yml")
    assert found is None or "services" in found.text


def test_a_demonstration_without_a_verdict_has_its_page(tmp_path):
    """What ``lab6 report --from`` a demonstration's folder shows."""
    run = load_run(left(tmp_path / "run", demonstration=demo(job())))
    page = render_html(run, lab=LAB, student=Student())
    assert JOB in page
    assert "<h1>" in page
