"""The one cause of what has gone wrong on the page: looked for where a service has ended by itself,
and where a sound job stands still.
"""

import time
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from harness.grade.finding.cause import (
    FirstCause,
    JobFacts,
    RunFacts,
    ServiceFacts,
    find_cause,
)
from harness.grade.finding.looking import look_at_lists, look_at_services
from harness.grade.finding.sources import StudentCode
from harness.grade.finding.words import to_document
from harness.live.board import Board, Still
from harness.live.job import FINAL, BoardJob
from harness.stack.base import RunningLab, ServiceState
from harness.stack.errors import StackError
from harness.texts import LANGUAGES
from harness.trace import Kind
from harness.witness.redis import QUEUE

STILL_S = 8.0  #: so long nothing has moved: a worker that waits for its next try has tried again
_EXCUSED_S = 25.0  #: after a deed on the page: a lost event comes back within this time
_KEPT_S = 5.0  #: a cause stays shown while a service is being started again and again
_MOST_JOBS = 20
_STATUSES = ("QUEUED", "PROCESSING", *FINAL)


class CauseWatch:
    """Looks again and again; the page shows what it found, and shows it no more once it is gone."""

    def __init__(self, lab: RunningLab, board: Board, code: Path | None) -> None:
        self._lab = lab
        self._board = board
        self._code = StudentCode(code)
        self._found_at = 0.0

    def look(self) -> None:
        """One look."""
        cause = self._find()
        if cause is not None:
            self._found_at = time.monotonic()
            self._board.section("finding", {lang: to_document(cause, lang) for lang in LANGUAGES})
        elif time.monotonic() - self._found_at > _KEPT_S:
            self._board.section("finding", None)

    def _find(self) -> FirstCause | None:
        still = self._board.latest(_MOST_JOBS)
        standing = stands_still(still, time.time())
        services = look_at_services(self._lab, ended=not standing)
        # Held before the look or after it: a button may have been pressed in the middle of it.
        services = self._by_themselves(services, still.held | self._board.held)
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

    def _by_themselves(
        self, services: tuple[ServiceFacts, ...], held: Collection[str]
    ) -> tuple[ServiceFacts, ...]:
        """Those that nobody on the page has ended."""
        if not held:
            return services
        with suppress(StackError):
            return by_themselves(services, self._lab.state("worker"), held)
        # The worker is not to be accused.
        return tuple(service for service in services if service.service != "worker")


def by_themselves(
    services: Iterable[ServiceFacts], workers: Iterable[ServiceState], held: Collection[str]
) -> tuple[ServiceFacts, ...]:
    """The services, the worker only where one of its replicas has ended that nobody held: by its
    exit code.
    """
    codes = [worker.exit_code for worker in workers if worker.has_ended and worker.name not in held]
    others = (service for service in services if service.service != "worker" or codes)
    return tuple(
        replace(service, exit_code=codes[0])
        if service.service == "worker" and service.ended
        else service
        for service in others
    )


def stands_still(still: Still, now: float) -> bool:
    """Whether something that must go on does not, and nobody on the page is the reason: the api
    answers with an error of its own, or a job that it took does not end, or ends as no sound
    one may.
    """
    if still.held or (still.deed is not None and now - still.deed.at < _EXCUSED_S):
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
    words = [mark["what"] for mark in job.marks if mark["witness"] == "log"]
    return JobFacts(
        http_status=job.answer,
        status=job.status or None,
        error=job.error,
        redelivered=words[:1] == [Kind.REDELIVERED.value],
        received=bool(words),
        message=job.message,
    )
