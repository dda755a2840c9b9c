"""Requests that cannot be right: what the api says to each, and what came of it."""

from dataclasses import dataclass

from harness.grade.experiments.lab_under_test import LabUnderTest, Witnesses
from harness.grade.experiments.sending import FINAL, Sent
from harness.witness.errors import WitnessError
from harness.workload import WrongRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRequest:
    """A request that cannot be right."""

    name: str
    may_be_taken: bool
    sent: Sent | None  #: None where the api cut the connection before the request was whole
    silent: bool = False  #: the api took it, and never answered
    new_messages: int
    new_rows: int  #: that are neither COMPLETED nor FAILED


def bad_requests(lab: LabUnderTest, seen: Witnesses) -> tuple[BadRequest, ...]:
    """What the api says to each request that cannot be right, and what came of it. After one that
    it never answers no more are sent: each may be waited for as long.
    """
    told: list[BadRequest] = []
    for wrong in lab.workload.wrong_requests(lab.rng):
        told.append(_bad(seen, wrong))
        if told[-1].silent:
            break
    return tuple(told)


def _bad(seen: Witnesses, wrong: WrongRequest) -> BadRequest:
    messages, rows = seen.redis.queue_length(), _unfinished(seen)
    try:
        answer = seen.api.submit(wrong.request, method=wrong.method)
        sent = Sent(request=wrong.request, answer=answer)
    except WitnessError as error:
        if not wrong.may_be_cut and error.reference != "api-silent":
            raise
        sent = None  # cut while it was still being sent: a refusal as well
    return BadRequest(
        name=wrong.name,
        may_be_taken=wrong.may_be_taken,
        sent=sent,
        silent=sent is None and not wrong.may_be_cut,
        new_messages=seen.redis.queue_length() - messages,
        new_rows=_unfinished(seen) - rows,
    )


def _unfinished(seen: Witnesses) -> int:
    """Rows that somebody must still work on."""
    return sum(row.status not in FINAL for row in seen.postgres.rows().values())
