"""A log in a Markdown report is read wherever it stands, once."""

import pytest

from harness.trace import Judge, Verdict, lab_profile
from harness.trace.reading.report import report_lines

A, B = (f"{n}3e742e-1c2d-4e3f-8a4b-5c6d7e8f9a0b" for n in ("8a", "9b"))


def ok(job: str) -> list[str]:
    return [
        f"Received New Event: Job Submitted. Data: {job}|./storage/{job}.png|grayscale|",
        f"Status updated to PROCESSING for job {job}",
        f"Job {job} COMPLETED. Result saved to: ./storage/processed_{job}.png",
    ]


def judged(report: str, submitted: list[str] | None = None) -> Verdict:
    judge = Judge(lab_profile(), submitted)
    judge.feed_all(report_lines(report.encode().split(b"\n"), lab_profile()))
    return judge.finish()


def fence(lines: list[str], info: str = "") -> str:
    return "\n".join([f"```{info}", *lines, "```", ""])


FORMS = {
    "bash": lambda lines: fence(lines, "bash"),
    "powershell": lambda lines: fence(lines, "powershell"),
    "{.log}": lambda lines: fence(lines, "{.log}"),
    "indented": lambda lines: "\n".join("    " + line for line in lines),
    "pre": lambda lines: "<pre>" + "\n".join(lines) + "</pre>",
    "quoted": lambda lines: "\n".join("> " + line for line in lines),
    "table": lambda lines: "| рядок |\n| --- |\n" + "\n".join(f"| {line} |" for line in lines),
    "list": lambda lines: "\n".join(f"- `{line}`" for line in lines),
}


@pytest.mark.parametrize("form", FORMS)
def test_what_a_second_block_breaks_is_seen(form: str) -> None:
    """A log's block that is whole, and then one that is none by its mark, with a line less."""
    report = fence(ok(A)) + "\nтекст\n\n" + FORMS[form](ok(B))
    assert judged(report, [A, B]).ok is True
    broken = fence(ok(A)) + "\nтекст\n\n" + FORMS[form](ok(B)[:2])
    assert {(v.rule, v.job_id) for v in judged(broken, [A, B]).violations} == {("unfinished", B)}


def test_a_quotation_of_the_log_counts_once() -> None:
    report = fence([*ok(A), *ok(B)]) + "\nОсь одне завдання:\n" + fence(ok(B)) + fence(ok(A)[1:2])
    assert judged(report).ok is True


def test_a_comment_is_no_part_of_the_report() -> None:
    assert judged(fence(ok(A)) + "<!--\n" + fence(ok(B)[:1]) + "-->\n").ok is True
