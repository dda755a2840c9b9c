"""``prairielearn``: ``results.json`` of each work, as PrairieLearn's external grading has it."""

from typing import Any

from harness.texts import say
from report.exports.made import Made, Wanted
from report.exports.work_files import json_of_each
from report.feedback import feedback, visible
from report.group import GradedWork, Group
from report.markdown import one_line, plain

_LONGEST = 4000  #: characters of one output: the whole must stay below 1 MB


def export(group: Group, wanted: Wanted) -> Made:
    """``<work>/results.json``."""
    return json_of_each(group, "results.json", results)


def results(work: GradedWork) -> dict[str, Any]:
    """The document. What nobody could judge is not gradable: it costs the student no attempt."""
    if work.verdict is None or work.mark is None:
        text = say("report.feedback.none", problem=one_line(work.problem))
        return {"gradable": False, "format_errors": [text], "message": text}
    share = work.mark.value / work.mark.out_of if work.mark.out_of else 0.0
    return {
        "gradable": True,
        "score": round(min(max(share, 0.0), 1.0), 6),
        "message": feedback(work),
        "tests": [_test(check) for check in work.verdict["checks"] if visible(check)],
    }


def _test(check: dict[str, Any]) -> dict[str, Any]:
    cause = check["cause"] or {}
    mark = {True: "✓", False: "✗", None: "?"}[check["passed"]]
    return {
        "name": f"{mark} {one_line(check['title'])}",
        "description": one_line(check["id"]),
        "points": check["points"],
        "max_points": check["max_points"],
        "message": plain(cause.get("rationale") or "")[:_LONGEST],
        "output": plain(cause.get("help") or "")[:_LONGEST],
    }
