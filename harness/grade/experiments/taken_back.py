"""An event taken back before the worker has it: who waits for events does not do that job.

A worker that finds its jobs elsewhere (in files, in the table, by a call of the api's) and only
throws its messages away does it all the same.
"""

from dataclasses import dataclass
from functools import partial
from uuid import uuid4

from harness.grade.experiments.lab_under_test import LabUnderTest, Witnesses
from harness.grade.experiments.sending import Sent
from harness.witness.monitor import Monitor

_AHEAD = 6  #: small ones: two large jobs one after another may be more than a worker's memory holds
_WAITING = ("QUEUED", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """A job whose event nobody could get."""

    sent: Sent  #: with its row when the jobs that were sent after it had ended
    begun: bool  #: though nobody published its event anew


class EventTakenBack:
    """The event of one job, which was in the list and is no more."""

    def __init__(
        self, lab: LabUnderTest, seen: Witnesses, monitor: Monitor, sent: Sent, event: str
    ) -> None:
        self._lab, self._seen, self._monitor = lab, seen, monitor
        self._sent, self._event = sent, event

    @classmethod
    def of(
        cls, lab: LabUnderTest, seen: Witnesses, monitor: Monitor, sent: Sent
    ) -> "EventTakenBack | None":
        """Take it out of the list; None where somebody had it at once, where the api published none
        that can be put back, or where its row is no new one (an api that gives an id twice).
        ``monitor``: opened before the job was sent."""
        names = partial(lab.dialect.message.is_of, job_id=sent.job_id)
        word = uuid4().hex
        event = seen.redis.take_back(names, word=word) if sent.job_id else None
        if event is None:
            return None
        row = seen.postgres.row(sent.job_id)
        if row is None or row.status not in _WAITING:
            seen.redis.push(event)
            return None
        for _ in monitor.pushes_into(lab.dialect.queue, until_word=word):
            pass  # those before are its own
        return cls(lab, seen, monitor, sent, event)

    def put_back(self) -> TakenBack:
        """Look at the job, now that one that was sent later has ended; then put its event back, and
        wait for its end."""
        now = self._sent.with_row(self._seen.postgres.row(self._sent.job_id))
        word = uuid4().hex
        self._seen.redis.tell(word)
        pushes = self._monitor.pushes_into(self._lab.dialect.queue, until_word=word)
        is_of = partial(self._lab.dialect.message.is_of, job_id=self._sent.job_id)
        published_anew = any(is_of(push.message) for push in pushes)
        self._seen.redis.push(self._event)
        self._lab.ended(self._seen, [self._sent])
        return TakenBack(sent=now, begun=now.status not in _WAITING and not published_anew)


def taken_back(lab: LabUnderTest) -> TakenBack | None:
    """While the worker has a few jobs to do, submit one more and take its event off the list, then
    another; the event is put back in the end. None where the worker had it at once."""
    with lab.witnesses() as seen, lab.monitored() as monitor:
        ahead = [lab.send(seen.api, number) for number in range(_AHEAD)]
        sent = lab.send(seen.api)
        event = EventTakenBack.of(lab, seen, monitor, sent)
        if event is None:
            lab.ended(seen, [job for job in (*ahead, sent) if job.job_id])
            return None
        after = lab.send(seen.api)
        lab.ended(seen, [job for job in (*ahead, after) if job.job_id])
        return event.put_back()
