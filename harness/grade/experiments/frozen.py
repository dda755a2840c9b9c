"""A job sent while the worker is frozen in its waiting: whoever looks finds the worker there, and
its event taken. The api answers as it does without one.
"""

from dataclasses import dataclass

from harness.grade.experiments.lab_under_test import LabUnderTest, Witnesses
from harness.grade.experiments.sending import Sent
from harness.grade.experiments.waiting import came
from harness.stack.errors import StackError

_TRIES = 3  #: a busy machine delays one answer, an api that waits for the worker each
_SLOWER, _LONGER_S = 3, 0.3  #: than without a worker: so many times, and by so much


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """A job whose event a frozen worker has."""

    sent: Sent  #: with its row as it was at its answer
    usual_s: float  #: what the quickest answer took while no worker ran

    @property
    def waited(self) -> bool:
        """Whether the api answered later because of it."""
        seconds = self.sent.answer.seconds
        return seconds > _SLOWER * self.usual_s and seconds > self.usual_s + _LONGER_S


def frozen(lab: LabUnderTest, seen: Witnesses, usual_s: float) -> Frozen | None:
    """Freeze the waiting worker, submit, let it go on; again where the answer came late. None where
    none waits, or it cannot be frozen here."""
    tried: list[Frozen] = []
    for _ in range(_TRIES):
        if not came(
            seen.redis.blocked,
            deadline_s=lab.patient_s(lab.limits.idle_ready_s),
            what="a waiting worker",
        ):
            break
        try:
            lab.stack.pause("worker")
        except StackError:
            break
        try:
            sent = lab.send(seen.api)
            row = seen.postgres.row(sent.job_id) if sent.job_id else None
        finally:
            lab.stack.unpause("worker")
        tried.append(Frozen(sent=sent.with_row(row), usual_s=usual_s))
        lab.ended(seen, [sent])
        if not tried[-1].waited:
            break
    return min(tried, key=lambda one: one.sent.answer.seconds, default=None)
