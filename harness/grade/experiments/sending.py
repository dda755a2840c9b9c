"""A job that an experiment sends, and what became of it."""

from dataclasses import dataclass, replace

from harness.witness.http import Answer, Api
from harness.witness.postgres import Row
from harness.workload import JobRequest

FINAL = ("COMPLETED", "FAILED")
SERVER_ERROR = 500  #: an HTTP status from here on says that the api could not


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One submission of an experiment, and what became of it."""

    request: JobRequest
    answer: Answer
    row: Row | None = None  #: when the experiment ended

    @property
    def job_id(self) -> str:
        """The id that the api gave, small letters; "" where it gave none."""
        return (self.answer.job_id or "").lower()

    @property
    def status(self) -> str | None:
        """The row's status when the experiment ended; None where there was no row."""
        return self.row.status if self.row else None

    def with_row(self, row: Row | None) -> "Sent":
        """The same submission with its row as it is now."""
        return replace(self, row=row)


def submit(api: Api, request: JobRequest, *, patient: bool = True) -> Sent:
    """Submit this job; ``patient``: again for a while, where the api takes no more just now."""
    return Sent(request=request, answer=api.submit(request, patient=patient))
