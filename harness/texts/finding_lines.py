"""The one wording of a finding in lines: what happened, the program's words, the place with its
code, the hint.

Terminal, report and page dress these lines in their own way. A finding is the object that the
documents hold.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from harness.texts import say


def finding_lines(finding: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each line with its part: headline, error, place, code, hint. Texts of the work are as
    they came: escape them.
    """
    yield "headline", f"{say('finding.title')}: {finding['sentence']}"
    if finding.get("error"):
        yield "error", str(finding["error"])
    if finding.get("file"):
        yield "place", say("finding.place", file=finding["file"], line=finding["line"])
        yield "code", str(finding["code"])
    elif finding.get("error"):
        yield "place", say("finding.no-place", service=finding["service"])
    yield "hint", f"→ {finding['hint']}"
    if finding.get("waits"):
        yield "waits", say("finding.waits", count=finding["waits"])
