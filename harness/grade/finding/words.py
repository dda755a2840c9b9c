"""A finding as the documents hold it: its sentence and its hint in the process's language, its
place in code.
"""

from typing import Any

from harness.grade.finding.cause import FirstCause
from harness.texts import catalogue, language

#: The kind whose sentence is the same however it shows: a task of the skeleton that is not done.
UNWRITTEN = "todo"


def to_document(finding: FirstCause, lang: str | None = None) -> dict[str, Any]:
    """The finding as JSON's types; file, line and code are None where no line of the student's
    code is known. ``lang``: None for the process's own.
    """
    texts = catalogue(lang or language())
    place = finding.place
    code = "?" if finding.exit_code is None else finding.exit_code
    facts = {"service": finding.service, "code": code, **finding.facts}
    case = UNWRITTEN if finding.kind == UNWRITTEN else finding.case
    return {
        "case": finding.case,
        "service": finding.service,
        "kind": finding.kind,
        "sentence": texts[f"finding.case.{case}"].format(**facts),
        "error": finding.error or None,
        "exit_code": finding.exit_code,
        "file": place.file if place else None,
        "line": place.line if place else None,
        "code": place.code if place else None,
        "hint": texts[f"finding.hint.{finding.kind}"],
    }
