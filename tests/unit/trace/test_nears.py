"""Lines that hold an event's words and could not be read: what stands in spite of them, and
what hangs on them.
"""

import pytest

from harness.trace import Judge, Verdict, as_document, lab_profile

A, B, C = (f"{n}3e742e-1c2d-4e3f-8a4b-5c6d7e8f9a0b" for n in ("8a", "9b", "7c"))
UNKNOWN = "?? "


def ok(job: str) -> list[str]:
    return [
        f"Received New Event: Job Submitted. Data: {job}|./storage/{job}.png|grayscale|",
        f"Status updated to PROCESSING for job {job}",
        f"Job {job} COMPLETED. Result saved to: ./storage/processed_{job}.png",
    ]


def judged(lines: list[str], submitted: list[str] | None = None) -> Verdict:
    judge = Judge(lab_profile(), submitted)
    judge.feed_all(line.encode() for line in lines)
    return judge.finish()


def unread(job: str, step: int) -> list[str]:
    """The job's lines, one of them behind a prefix that nobody knows."""
    lines = ok(job)
    lines[step] = UNKNOWN + lines[step]
    return lines


CERTAIN = {
    "missing step": ([ok(C)[0], ok(C)[2]], "missing-step"),
    "twice": ([*ok(C), ok(C)[2]], "duplicate"),
    "no end": (ok(C)[:2], "unfinished"),
    "no receipt": (ok(C)[1:], "phantom"),
    "forged": ([*ok(C)[:2], ok(C)[2].replace("./storage", "/etc")], "result-path"),
    "cut": ([ok(C)[0][:90], *ok(C)[1:]], "malformed"),
}


@pytest.mark.parametrize("case", CERTAIN)
@pytest.mark.parametrize("step", range(3))
def test_what_another_job_breaks_stands(case: str, step: int) -> None:
    lines, rule = CERTAIN[case]
    verdict = judged([*ok(A), *unread(B, step), *lines])
    assert (verdict.ok, verdict.reason) == (False, None)
    assert {v.job_id for v in verdict.violations} <= {C, None}
    assert rule in {v.rule for v in verdict.violations}
    assert [near.line for near in verdict.near] == [4 + step]


@pytest.mark.parametrize("step", range(3))
def test_what_the_unread_line_may_excuse_is_not_told(step: int) -> None:
    verdict = judged([*ok(A), *unread(B, step)], [A, B])
    assert (verdict.ok, verdict.reason, verdict.violations) == (None, "near-misses", ())


def test_an_unread_line_after_a_clean_log_is_never_a_pass() -> None:
    assert judged([*ok(A), UNKNOWN + ok(A)[2]]).ok is None


def test_what_came_twice_stands_for_its_own_job() -> None:
    """A line more cannot excuse it, unless it announces a redelivery."""
    lines = ok(B)
    assert judged([*lines, lines[2], UNKNOWN + lines[1]]).ok is False
    announced = lines[0].replace("Received New", "Redelivered")
    assert judged([*lines, lines[2], UNKNOWN + announced]).ok is None


def test_the_document_tells_them() -> None:
    document = as_document(judged([*ok(A), *unread(B, 2)]), seconds=0, message=str)
    assert document["reason"] == "near-misses"
    assert [near["line"] for near in document["near_misses"]] == [6]
    assert document["near_misses"][0]["prefix"] == UNKNOWN
