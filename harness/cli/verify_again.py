"""The second look of ``lab6 verify`` at a log that most jobs seem to break: was it spoilt on
its way?
"""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.terminal import printable
from harness.texts import say

if TYPE_CHECKING:
    from rich.console import Console

    from harness.trace import Judge, Verdict

_LARGEST = 64 << 20  #: bytes of a log that are looked at again


def whole_log(log: str | None, head: bytes, most: int) -> bytes | None:
    """The bytes of what was judged, where they can be had again; ``head`` is all where it is
    under ``most``.
    """
    if not head:
        return None
    if len(head) < most:
        return head
    file = Path(log or "-")
    if log == "-" or not file.is_file() or file.stat().st_size > _LARGEST:
        return None
    return file.read_bytes()


def looked_again(verdict: "Verdict", data: bytes, judge: "Callable[[], Judge]") -> "Verdict":
    """The verdict on the log as the worker wrote it; ``judge`` makes one who has read nothing."""
    from harness.trace.mending import second_look

    if not _is_suspect(verdict):
        return verdict
    again = judge()
    mended = second_look(data, again.profile)
    if mended is None:
        return verdict
    if mended.doubt is not None:
        return replace(verdict, ok=None, reason=mended.doubt, violations=(), mended=())
    from harness.trace.reading.survey import survey

    again.wear(survey(mended.lines, again.profile))
    again.feed_all(mended.lines)
    told = again.finish()
    violations = (
        replace(one, lines=tuple(sorted(mended.number(line) for line in one.lines)))
        for one in told.violations
    )
    near = tuple(one._replace(line=mended.number(one.line)) for one in told.near)
    return replace(told, violations=tuple(violations), near=near, mended=tuple(mended.by))


def _is_suspect(verdict: "Verdict") -> bool:
    """Whether half of the jobs break rules, or nobody can judge."""
    if verdict.ok is not False:
        return verdict.ok is None
    jobs = {one.job_id or str(one.lines) for one in verdict.violations}
    return 2 * len(jobs) >= verdict.jobs


def tell_mended(console: "Console", verdict: "Verdict") -> None:
    """One line for each mending."""
    for by in verdict.mended:
        console.print(say(f"verify.mended-{by}"), style="yellow")


def tell_crashes(console: "Console", data: bytes) -> None:
    """The tracebacks in the log: their last line, and where."""
    from harness.trace import read_lines
    from harness.trace.mending import crashes

    for crash in crashes(list(read_lines(BytesIO(data)))):
        facts = {"file": printable(crash.file), "said": printable(crash.said)}
        told = say("verify.crash", line=crash.line, number=crash.number, **facts)
        console.print(told, style="yellow", markup=False, highlight=False)
