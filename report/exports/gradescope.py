"""``gradescope``: ``results.json`` of each work, as Gradescope's autograder contract has it."""

from typing import Any

from harness.texts import say
from report.exports.made import Made, Wanted
from report.exports.work_files import json_of_each
from report.feedback import feedback_lines, visible
from report.group import GradedWork, Group
from report.markdown import one_line, plain

_STATUS = {True: "passed", False: "failed"}
_LONGEST = 4000


def export(group: Group, wanted: Wanted) -> Made:
    """``<work>/results.json``."""
    return json_of_each(group, "results.json", results)


def results(work: GradedWork) -> dict[str, Any]:
    """The document. Where nobody could judge, it says so, and only the teacher sees the 0 that
    Gradescope asks for.
    """
    common = {"output_format": "text", "test_output_format": "text"}
    if work.verdict is None or work.mark is None:
        output = say("report.feedback.none", problem=one_line(work.problem))
        judged = {"judged": False}
        hidden = {"score": 0.0, "visibility": "hidden", "output": output, "extra_data": judged}
        return {**hidden, **common, "tests": []}
    verdict = work.verdict
    return {
        "score": work.mark.value,
        "execution_time": verdict["seconds"],
        "output": "\n".join(feedback_lines(work)),
        **common,
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {"judged": True, "unjudged": verdict["unjudged"]},
        "tests": [_test(n, check) for n, check in enumerate(verdict["checks"], 1)],
    }


def _test(place: int, check: dict[str, Any]) -> dict[str, Any]:
    """One check. What could not be judged has no status: neither passed nor failed."""
    cause = check["cause"] or {}
    parts = [plain(cause.get(part)) for part in ("rationale", "help") if cause.get(part)]
    status = {} if check["passed"] is None else {"status": _STATUS[check["passed"]]}
    return {
        "name": one_line(check["title"])[:_LONGEST],
        "number": f"{check['task']}.{place}",
        "score": check["points"],
        "max_score": check["max_points"],
        **status,
        "output": "\n".join(parts)[:_LONGEST],
        "output_format": "text",
        "tags": [one_line(check["id"]), f"task-{check['task']}"],
        "visibility": "visible" if visible(check) else "hidden",
        "extra_data": {"passed": check["passed"]},
    }
