"""The one cause of what has gone wrong on the page: looked for where a service has ended by itself,
and where a sound job stands still.
"""

import time
from collections.abc import Sequence
from pathlib import Path

from harness.grade.finding.cause import FirstCause, JobFacts, RunFacts, find_cause
from harness.grade.finding.looking import look_at_lists, look_at_services
from harness.grade.finding.sources import StudentCode
from harness.grade.finding.words import to_document
from harness.live.board import Board, Still
from harness.live.job import FINAL, BoardJob
from harness.stack.base import RunningLab
from harness.texts import LANGUAGES
from harness.trace import Kind
from harness.witness.redis import QUEUE

STILL_S = 8.0  #: so long nothing has moved: a worker that waits for its next try has tried again
_EXCUSED_S = 25.0  #: after a deed on the page: a lost event comes back within this time
_KEPT_S = 5.0  #: a cause stays shown while a service is being started again and again
_MOST_JOBS = 20
_STATUSES = ("QUEUED", "PROCESSING", *FINAL)
_BY_HAND = ("kill-worker", "pause-worker")


class CauseWatch:
    """Looks again and again; the page shows what it found, and shows it no more once it is gone."""

    def __init__(self, lab: RunningLab, board: Board, code: Path | None) -> None:
        self._lab = lab
        self._board = board
        self._code = StudentCode(code)
        self._found_at = 0.0

    def look(self) -> None:
        """One look."""
        found = self._find()
        if found is not None:
            self._found_at = time.monotonic()
            self._board.section("finding", {lang: to_document(found, lang) for lang in LANGUAGES})
        elif time.monotonic() - self._found_at > _KEPT_S:
            self._board.section("finding", None)

    def _find(self) -> FirstCause | None:
        still = self._board.latest(_MOST_JOBS)
        standing = stands_still(still, time.time())
        services = look_at_services(self._lab, ended=not standing)
        if by_hand(still):
            services = tuple(one for one in services if one.service != "worker")
        if not standing and not services:
            return None
        lists = look_at_lists(self._lab) if standing else {}
        facts = RunFacts(
            services=services,
            jobs=job_facts(still) if standing else (),
            other_lists={name: head for name, (_, head) in lists.items() if name != QUEUE},
            queue=QUEUE,
            waiting=lists.get(QUEUE, (0, ""))[0],
            statuses={status: status for status in _STATUSES},
        )
        return find_cause(facts, self._code)


def by_hand(still: Still) -> bool:
    """Whether the worker does not work because somebody on the page wanted it so."""
    return still.deed[0].startswith(_BY_HAND)


def stands_still(still: Still, now: float) -> bool:
    """Whether something that must go on does not, and nobody on the page is the reason: the api
    answers with an error of its own, or a job that it took does not end, or ends as no sound
    one may.
    """
    what, when = still.deed
    if by_hand(still) or (what and what != "worker-started" and now - when < _EXCUSED_S):
        return False
    if still.refused:
        return True
    failed = bool(still.jobs) and all(job.status == "FAILED" for job in still.jobs)
    open_ = any(job.place != "done" or job.status not in FINAL for job in still.jobs)
    return failed or (open_ and still.seconds > STILL_S)


def job_facts(still: Still) -> Sequence[JobFacts]:
    """The jobs as a cause is found in them."""
    refused = [JobFacts(http_status=still.refused, status=None)] if still.refused else []
    return [*map(_facts, still.jobs), *refused]


def _facts(job: BoardJob) -> JobFacts:
    told = [mark["what"] for mark in job.marks if mark["witness"] == "log"]
    return JobFacts(
        http_status=job.answer,
        status=job.status or None,
        error=job.error,
        redelivered=told[:1] == [Kind.REDELIVERED.value],
        received=bool(told),
        message=job.message,
    )
