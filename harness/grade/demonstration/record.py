"""What a demonstration found: frozen records, and the ``lab6/demo/v1`` object made of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from harness.grade.finding.cause import FirstCause
from harness.grade.finding.words import to_document as finding_document
from harness.stack.base import ServiceState
from harness.trace import Event, Kind, Verdict, Violation, as_document
from harness.trace.ids import as_written
from harness.witness.http import Answer
from harness.witness.postgres import Row
from harness.workload import PlannedJob, ResultVerdict

SCHEMA = "lab6/demo/v1"

FINAL = (Kind.COMPLETED, Kind.FAILED)
_MOST_EVENTS = 50  #: of one job
_MOST_VIOLATIONS = 500
RECEIPTS = (Kind.RECEIVED, Kind.REDELIVERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something about a job that is not as it must be; the texts hold
    ``demo.problem.<reference>``."""

    reference: str
    facts: dict[str, object] = field(default_factory=dict)


def first_receipt(events: Iterable[Event]) -> Event | None:
    """The first word of a job in the log; None where it has no receipt."""
    return next((event for event in events if event.kind in RECEIPTS), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """One job, from the request to its result, as the witnesses saw it."""

    planned: PlannedJob
    answer: Answer
    job_id: str | None  #: None where the api gave none
    row: Row | None
    events: tuple[Event, ...]
    input: Path  #: local copy of what was uploaded
    output: Path | None  #: local copy of the result; None where there is none
    judged: ResultVerdict | None  #: None where there is no result to judge
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether everything about it is as it must be."""
        return not self.problems

    @property
    def receipt(self) -> Event | None:
        """The first word of it in the log."""
        return first_receipt(self.events)

    def seen(self, *kinds: Kind) -> datetime | None:
        """When the log first told of one of these kinds; None where it never did."""
        return next((event.time for event in self.events if event.kind in kinds), None)

    @property
    def steps_s(self) -> tuple[float | None, float | None, float | None]:
        """Seconds from the api's answer to Received, from there to PROCESSING, from there to the
        end."""
        times = (
            self.answer.answered,
            self.seen(Kind.RECEIVED),
            self.seen(Kind.PROCESSING),
            self.seen(*FINAL),
        )
        first, second, third = (
            max((end - start).total_seconds(), 0.0) if start and end else None
            for start, end in pairwise(times)
        )
        return first, second, third


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstration:
    """A whole demonstration: the jobs in the order of their submission, and the log's verdict."""

    result_name: str  #: what the document calls the oracle's word on a result
    runtime: str
    seed: int
    url: str
    started: datetime
    seconds: float
    folder: Path
    versions: dict[str, str]
    jobs: tuple[JobRecord, ...]
    trace: Verdict
    trace_seconds: float
    ended: tuple[ServiceState, ...]  #: workers that no longer ran when all was waited for
    gone_lines: int = 0  #: of the worker's log, which were seen, and which nobody keeps any more
    finding: FirstCause | None = None  #: what explains the most of what is wrong

    @property
    def ok(self) -> bool | None:
        """False over None over True: of every job, of the log's rules, and of the worker's life."""
        if self.trace.ok is False or self.ended or not all(job.ok for job in self.jobs):
            return False
        return self.trace.ok


def to_document(
    demonstration: Demonstration, message: Callable[[Violation], str]
) -> dict[str, Any]:
    """The demonstration as JSON's types; ``message`` words a violation of the log's rules."""
    return {
        "schema": SCHEMA,
        "ok": demonstration.ok,
        "runtime": demonstration.runtime,
        "seconds": round(demonstration.seconds, 3),
        "jobs": [_job(job, demonstration.result_name) for job in demonstration.jobs],
        "trace": as_document(
            _bounded(demonstration.trace), seconds=demonstration.trace_seconds, message=message
        ),
        "started": _time(demonstration.started),
        "seed": demonstration.seed,
        "url": demonstration.url,
        "folder": str(demonstration.folder.resolve()),
        "versions": demonstration.versions,
        "ended": [
            {"name": state.name, "exit_code": state.exit_code} for state in demonstration.ended
        ],
        "finding": finding_document(demonstration.finding) if demonstration.finding else None,
    }


def _bounded(trace: Verdict) -> Verdict:
    """The same verdict: nobody reads more of what a flood of lines breaks."""
    return replace(trace, violations=trace.violations[:_MOST_VIOLATIONS])


def _job(job: JobRecord, result_name: str) -> dict[str, Any]:
    row = job.row
    return {
        "job_id": job.job_id and as_written(job.job_id),
        **job.planned.request.fields,
        "fields": dict(job.planned.request.fields),
        "response": job.answer.document,
        "status": row.status if row else None,
        "input": str(job.input.resolve()),
        "output": str(job.output.resolve()) if job.output else None,
        "events": [_event(event) for event in job.events[:_MOST_EVENTS]],
        "ok": job.ok,
        "expected": job.planned.expected,
        "http_status": job.answer.status,
        "sent": _time(job.answer.sent),
        "answered": _time(job.answer.answered),
        "error": row.error if row else None,
        "row": _row(row) if row else None,
        result_name: job.judged.document if job.judged else None,
        "problems": [problem.reference for problem in job.problems],
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "time": _time(event.time),
        "kind": str(event.kind),
        "line": event.line,
        "text": event.text,
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "input_path": row.input_path,
        "output_path": row.output_path,
        **{name: _time(value) for name, value in sorted(row.times.items())},
    }


def _time(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC with microseconds and ``Z``."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
