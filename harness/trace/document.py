"""A verdict as the ``lab6/trace/v1`` object that programs read."""

from collections.abc import Callable
from typing import Any

from harness.trace.judge import Verdict, Violation

SCHEMA = "lab6/trace/v1"


def as_document(
    verdict: Verdict, *, seconds: float, message: Callable[[Violation], str]
) -> dict[str, Any]:
    """The verdict as JSON's types; ``message`` words a violation for people."""
    return {
        "schema": SCHEMA,
        "ok": verdict.ok,
        "lines": verdict.lines,
        "jobs": verdict.jobs,
        "violations": [
            {
                "rule": violation.rule,
                "job_id": violation.job_id,
                "lines": list(violation.lines),
                "message": message(violation),
            }
            for violation in verdict.violations
        ],
        "reason": verdict.reason,
        "mended": list(verdict.mended),
        "near_misses": [
            {"line": near.line, "prefix": near.prefix, "text": near.text} for near in verdict.near
        ],
        "seconds": round(seconds, 3),
    }
