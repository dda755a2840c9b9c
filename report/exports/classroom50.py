"""``classroom50``: ``result.json`` of each work, as Classroom 50's contract has it: whole
numbers only.
"""

from collections.abc import Mapping
from typing import Any

from report.exports.made import Made, Wanted
from report.exports.work_files import json_of_each
from report.group import GradedWork, Group
from report.markdown import one_line

_SCALES = (1, 2, 4, 5, 10, 20, 100)  #: by which points with fractions become whole
#: The runner gives these; a run at the teacher's own machine has none.
_GIVEN = {
    "submission": "SUBMISSION_TAG",
    "commit": "COMMIT_URL",
    "release": "RELEASE_URL",
    "review": "REVIEW_URL",
}


def export(group: Group, wanted: Wanted) -> Made:
    """``<work>/result.json``."""
    title, given = group.rule.title, wanted.environment
    return json_of_each(group, "result.json", lambda work: result(work, title, given))


def result(work: GradedWork, title: str, given: Mapping[str, str]) -> dict[str, Any]:
    """The document; a work without a verdict has no tests and 0 of 0, which the format takes
    for ungraded.
    """
    verdict = work.verdict or {"checks": (), "started": "1970-01-01T00:00:00Z"}
    scale = _scale([check[key] for check in verdict["checks"] for key in ("points", "max_points")])
    tests = [_test(check, scale) for check in verdict["checks"]]
    urls = {
        key: given.get(name) or given.get("COMMIT_URL") or "local" for key, name in _GIVEN.items()
    }
    return {
        "schema": "classroom50/result/v1",
        "classroom": given.get("CLASSROOM") or "local",
        "assignment": given.get("ASSIGNMENT") or title,
        "assignment_type": "individual",
        "owner": given.get("OWNER") or one_line(work.owner.name),
        **urls,
        "datetime": str(verdict["started"])[:19] + "Z",
        "score": sum(test["score"] for test in tests),
        "max-score": sum(test["max-score"] for test in tests),
        "tests": tests,
    }


def _test(check: dict[str, Any], scale: int) -> dict[str, Any]:
    return {
        "test-name": one_line(check["id"]),
        "passed": check["passed"] is True,
        "score": int(round(check["points"] * scale, 6)),
        "max-score": round(check["max_points"] * scale),
    }


def _scale(points: list[float]) -> int:
    """The least by which all are whole; what is finer than a hundredth is cut off."""
    whole = (scale for scale in _SCALES if all(_near(value * scale) for value in points))
    return next(whole, _SCALES[-1])


def _near(value: float) -> bool:
    return abs(value - round(value)) < 1e-9
