"""The verdict as JUnit XML: a student's fault is a failure, the grader's an error, what could
not be judged is skipped.
"""

from junitparser import Error, Failure, JUnitXml, Properties, Property, Skipped, TestCase, TestSuite

from report.documents import Document
from report.exports.made import Made, Wanted
from report.group import Group
from report.markdown import plain

_LONGEST = 2000


def export(group: Group, wanted: Wanted) -> Made:
    """``<work>/junit.xml``; a work that nobody could judge is one error."""
    return Made(
        files={
            f"{work.name}/junit.xml": (
                _nobody(work.given, work.problem) if work.verdict is None else junit(work.verdict)
            ).encode("utf-8")
            for work in group.works
        }
    )


def _nobody(name: str, problem: str) -> str:
    suite, case = TestSuite(_safe(name)), TestCase("verdict", "lab6", 0.0)
    case.result = [Error(_safe(problem), "error")]
    suite.add_testcase(case)
    suite.update_statistics()  # type: ignore[no-untyped-call]
    document = JUnitXml("lab6")
    document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call]
    text: bytes = document.tostring()  # type: ignore[no-untyped-call]
    return text.decode("utf-8")


def junit(verdict: Document) -> str:
    """The document; names are the checks' ids, points stand as properties."""
    suite = TestSuite(_safe(verdict["submission"]))
    suite.timestamp = _safe(verdict["started"])
    for name in ("score", "max_score", "unjudged", "runtime", "seed"):
        suite.add_property(name, _safe(verdict[name]))
    for check in verdict["checks"]:
        suite.add_testcase(_case(check))
    suite.update_statistics()  # type: ignore[no-untyped-call]
    suite.time = verdict["seconds"]
    document = JUnitXml("lab6")
    document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call]
    text: bytes = document.tostring()  # type: ignore[no-untyped-call]
    return text.decode("utf-8")


def _case(check: Document) -> TestCase:
    case = TestCase(
        f"{_safe(check['id'])}: {_safe(check['title'])}",
        f"lab6.task{check['task']}",
        check["seconds"],
    )
    cause = check["cause"] or {}
    message, text = _safe(cause.get("rationale")), _safe("\n".join(_lines(check)))
    if check["passed"] is False:
        case.result = [Failure(message, "failure")]
    elif check["passed"] is None:
        case.result = [Error(message, "error") if cause.get("error") else Skipped(message)]
    for result in case.result:
        result.text = text
    case.append(_properties(check))  # type: ignore[no-untyped-call]
    return case


def _properties(check: Document) -> Properties:
    properties = Properties()  # type: ignore[no-untyped-call]
    for name in ("points", "max_points"):
        properties.add_property(Property(name, str(check[name])))
    return properties


def _lines(check: Document) -> list[str]:
    cause = check["cause"] or {}
    parts = [cause.get(name) for name in ("rationale", "expected", "actual", "help", "error")]
    seen = [
        f"{entry['witness']}: {entry['text']} {entry['where']}" for entry in check["evidence"][:20]
    ]
    return [str(line) for line in [*parts, *seen] if line]


def _safe(value: object) -> str:
    """Text that XML can hold."""
    text = plain("" if value is None else value)[:_LONGEST]
    return "".join(
        char
        for char in text
        if ord(char) not in (0xFFFE, 0xFFFF) and not 0xD800 <= ord(char) < 0xE000
    )
