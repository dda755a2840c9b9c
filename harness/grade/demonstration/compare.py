"""One job's witnesses held against each other: response, row, log and result must tell the same
story."""

from collections.abc import Iterator
from dataclasses import dataclass

from harness.grade.demonstration.record import FINAL, Problem, first_receipt
from harness.trace import Event, Kind
from harness.witness.http import Answer
from harness.witness.postgres import Row
from harness.workload import PlannedJob, ResultVerdict, Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What each witness says of one job."""

    planned: PlannedJob
    answer: Answer
    status: str  #: in that answer, by the kit's name
    row: Row | None
    events: tuple[Event, ...]
    result: Answer | None  #: asked of the api; None where the row promises no result

    @property
    def fetched(self) -> Answer | None:
        """The answer that carries the finished result; None where there is none."""
        return self.result if self.result is not None and self.result.status == 200 else None

    @property
    def final(self) -> Event | None:
        """The last final line of the log about it."""
        return next((event for event in reversed(self.events) if event.kind in FINAL), None)


def judge(case: Case, workload: Workload, *, exact: bool) -> ResultVerdict | None:
    """The oracle's word on the result; None where there is no result, or none is right."""
    if case.fetched is None or case.planned.broken:
        return None
    return workload.judge(case.planned.request, case.fetched.body, exact=exact)


def problems(case: Case, judged: ResultVerdict | None) -> Iterator[Problem]:
    """Everything that is not as it must be; of a job that was never accepted, only that."""
    accepted = case.answer.status == 202 and case.answer.job_id is not None
    if not accepted or case.status != "QUEUED":
        yield _problem("not-accepted", http_status=case.answer.status)
        return
    yield from _row_problems(case)
    yield from _log_problems(case)
    if not case.planned.broken:
        yield from _result_problems(case, judged)


def _row_problems(case: Case) -> Iterator[Problem]:
    expected = case.planned.expected
    if case.row is None:
        yield _problem("no-row")
    elif case.row.status != expected:
        yield _problem("row-status", expected=expected, actual=case.row.status)


def _log_problems(case: Case) -> Iterator[Problem]:
    """The log must tell the right end, and the same as the row."""
    expected, row, final = case.planned.expected, case.row, case.final
    first = first_receipt(case.events)
    if first is not None and first.kind is Kind.REDELIVERED:
        yield _problem("redelivered-first")
    end = final.kind.name if final else None
    if end is None:
        yield _problem("log-no-end", expected=expected)
    elif end != expected:
        yield _problem("log-status", expected=expected, actual=end)
    failed = end == "FAILED" or (row is not None and row.status == "FAILED")
    if failed and not (row and row.error) and not (final and final.error):
        yield _problem("no-reason")
    paths = (final.path if final else None, row.output_path if row else None)
    if paths[0] and paths[1] and _plain(paths[0]) != _plain(paths[1]):
        yield _problem("paths-differ", log=paths[0], row=paths[1])


def _result_problems(case: Case, judged: ResultVerdict | None) -> Iterator[Problem]:
    """Where the row promises a result, it must be there and right; that it does not, the row
    tells."""
    if judged is None and case.result is not None:
        yield _problem("no-result", http_status=case.result.status)
    elif judged is not None and not judged.ok:
        yield _problem(judged.reference, **judged.facts)


def _problem(reference: str, /, **facts: object) -> Problem:
    return Problem(reference=reference, facts=facts)


def _plain(path: str) -> str:
    return path.replace("\\", "/").removeprefix("./")
