"""What a log says of an unfinished job after its last event: often its end, in words that the
profile does not know (``DONE`` for ``COMPLETED``).
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from harness.trace.judge import Verdict

_MOST = 50  #: violations of which it is told
_SHOWN = 160  #: characters of a line


def with_last_words(verdict: Verdict, lines: Iterable[bytes]) -> Verdict:
    """The verdict, its ``unfinished`` violations with the next line about the job, where there is
    one: ``line`` and ``text`` among the facts, the case ``…-then``. ``lines`` is the same log from
    its beginning.
    """
    ends = {
        violation.job_id.lower(): violation.lines[-1]
        for violation in verdict.violations
        if violation.rule == "unfinished" and violation.job_id and violation.lines
    }
    wanted = dict(list(ends.items())[:_MOST])
    if not wanted:
        return verdict
    found = _next_lines(wanted, lines)
    violations = tuple(
        replace(
            one,
            case=f"{one.case}-then",
            facts={**one.facts, **found[(one.job_id or "").lower()]},
        )
        if one.rule == "unfinished" and (one.job_id or "").lower() in found
        else one
        for one in verdict.violations
    )
    return replace(verdict, violations=violations)


def _next_lines(ends: dict[str, int], lines: Iterable[bytes]) -> dict[str, dict[str, object]]:
    """By job: the first line after its last event that names it."""
    naming = re.compile(b"|".join(re.escape(job.encode()) for job in ends), re.IGNORECASE)
    found: dict[str, dict[str, object]] = {}
    for number, line in enumerate(lines, 1):
        for match in naming.finditer(line):
            job = match[0].decode().lower()
            if number > ends[job] and job not in found:
                found[job] = {"line": number, "text": _around(line, match.start())}
    return found


def _around(line: bytes, at: int) -> str:
    """So much of a line as is shown, with what stands at this place in it."""
    begin = 0 if at < _SHOWN // 2 else at - _SHOWN // 4
    text = line[begin : begin + _SHOWN].decode("utf-8", "replace").strip()
    return f"…{text}" if begin else text
