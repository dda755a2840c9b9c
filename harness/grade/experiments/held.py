"""A submission while commits are held back: is its message there before its row?"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from harness.grade.experiments.lab_under_test import LabUnderTest, Witnesses
from harness.grade.experiments.sending import Sent
from harness.grade.experiments.waiting import came

_ANSWERS_S = 0.3  #: longer than an api takes that does not wait for its row


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A submission while no INSERT could be committed."""

    sent: Sent  #: with its row as it was as soon as its message was there
    waited: bool  #: somebody waited for the commit
    answered: bool  #: the api had answered by then
    messages_meanwhile: int  #: in the queue while the row was not committed


def held(lab: LabUnderTest, seen: Witnesses) -> Held:
    """A submission while commits are held back: is its message there before its row?"""
    before, limit = seen.redis.queue_length(), lab.limits.job_s
    with ThreadPoolExecutor(1) as pool:
        with lab.history.held_commits():
            answer = pool.submit(lab.send, seen.api)
            came(
                lambda: lab.history.waiting_commits() or answer.done(),
                deadline_s=limit,
                what="the commit of the row, or the answer",
            )
            waited = lab.history.waiting_commits() > 0
            if waited:
                came(answer.done, deadline_s=_ANSWERS_S, what="an answer without a row")
            answered = answer.done()
            meanwhile = seen.redis.queue_length() - before
        came(
            lambda: seen.redis.queue_length() > before or answer.done(),
            deadline_s=limit,
            what="the message",
        )
        sent = answer.result()
    row = seen.postgres.row(sent.job_id) if sent.job_id else None
    return Held(
        sent=sent.with_row(row),
        waited=waited,
        answered=waited and answered,
        messages_meanwhile=meanwhile,
    )
