"""What became of every job, in the words that Jepsen has for a queue. Pure: from facts to counts.

The facts are independent of what the lab says of itself: what the client was answered, every write
to every row out of PostgreSQL's own log, the upload's file and the result's file.

attempted        submissions sent
acknowledged     answered 202 with an id
ok               acknowledged, and ended as the job must: COMPLETED with the right picture, or as
                 poison FAILED
lost             acknowledged, and not so
unexpected       rows that nobody's submission explains: of a refused one, or a second one of
                 the same
duplicated       jobs that were begun more than once
recovered        not acknowledged (no answer, or 5xx), and done all the same
completed_twice  jobs whose row was set to COMPLETED more than once
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from harness.witness.pgoutput import WrittenRow

COUNTS = (
    *("attempted", "acknowledged", "ok", "lost", "unexpected", "duplicated", "recovered"),
    "completed_twice",
)
_STEP = ("status", "attempts", "started_at")


class Answered(StrEnum):
    """What the client knows of its submission."""

    ACKNOWLEDGED = "acknowledged"  # 202
    REFUSED = "refused"  # 4xx: surely not taken
    UNKNOWN = "unknown"  # no answer, or 5xx: taken or not


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAttempt:
    """One submission of a run, as its client knows it."""

    number: int
    upload: str  #: SHA-256 of the file, which no other attempt has
    answered: Answered
    job_id: str | None  #: where acknowledged
    poison: bool = False  #: its picture ends every worker that decodes it


@dataclass(frozen=True, slots=True, kw_only=True)
class SentJob:
    """One row, as all writes to it and the files tell."""

    id: str
    statuses: tuple[str, ...]  #: of every write that changed status, attempt or start
    history: tuple[str, ...]  #: the same for a reader, with times
    upload: str | None  #: SHA-256 of the file at its input path; None where there is none
    right: bool  #: the file at its output path is the picture that was asked for

    @property
    def status(self) -> str:
        """The last status that the row had."""
        return self.statuses[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The counts, and who is behind those that must be none."""

    counts: Mapping[str, int]
    offenders: Mapping[str, tuple[str, ...]]  #: lost, unexpected, completed_twice → sentences

    @property
    def holds(self) -> bool:
        """Nothing lost, nothing unexpected, nothing completed twice."""
        return not any(self.offenders.values())


def tally(attempts: Sequence[RunAttempt], jobs: Iterable[SentJob]) -> Tally:
    """Judge one run. Jobs of which no attempt is known (rubbish put into the queue has no row)
    count, too.
    """
    known = {job.id: job for job in jobs}
    by_upload = {attempt.upload: attempt for attempt in attempts}
    acknowledged = [attempt for attempt in attempts if attempt.answered is Answered.ACKNOWLEDGED]
    owned = {attempt.job_id for attempt in acknowledged}
    lost = [
        attempt
        for attempt in acknowledged
        if not _ended_well(attempt, known.get(attempt.job_id or ""))
    ]
    unexpected, recovered = [], 0
    seen: dict[str, str] = {attempt.upload: attempt.job_id or "" for attempt in acknowledged}
    for job in known.values():
        attempt = by_upload.get(job.upload or "")
        if job.id in owned or (attempt is None and job.status == "FAILED"):
            # A row without its file, whose submission was not acknowledged, fails: nothing was
            # let in.
            continue
        if attempt is None or attempt.answered is Answered.REFUSED or job.upload in seen:
            unexpected.append(job)
            continue
        seen[attempt.upload] = job.id
        recovered += _ended_well(attempt, job)
    twice = [job for job in known.values() if job.statuses.count("COMPLETED") > 1]
    numbers = (
        *(len(attempts), len(acknowledged), len(acknowledged) - len(lost), len(lost)),
        len(unexpected),
        sum(job.statuses.count("PROCESSING") > 1 for job in known.values()),
        recovered,
        len(twice),
    )
    return Tally(
        counts=dict(zip(COUNTS, numbers, strict=True)),
        offenders={
            "lost": tuple(
                _told(attempt.job_id or "?", known.get(attempt.job_id or "")) for attempt in lost
            ),
            "unexpected": tuple(_told(job.id, job) for job in unexpected),
            "completed_twice": tuple(_told(job.id, job) for job in twice),
        },
    )


def _ended_well(attempt: RunAttempt, job: SentJob | None) -> bool:
    if job is None:
        return False
    if attempt.poison:
        return job.status == "FAILED"
    return job.status == "COMPLETED" and job.right


def _told(job_id: str, job: SentJob | None) -> str:
    if job is None:
        return f"{job_id}: no row"
    wrong = "" if job.right or job.status != "COMPLETED" else " (wrong or no result file)"
    return f"{job_id}: {' → '.join(job.history)}{wrong}"


def steps_of(writes: Iterable[WrittenRow]) -> dict[str, list[WrittenRow]]:
    """By job, the writes that changed its status, began it anew or repeated a final status."""
    steps: dict[str, list[WrittenRow]] = defaultdict(list)
    for written in writes:
        values = written.values
        before = steps[values["id"] or ""]
        same = before and all(before[-1].values.get(name) == values.get(name) for name in _STEP)
        # The sweep notes in a row when it pushed its event; who sets a status again writes the same
        # one.
        noted = same and before[-1].values.get("pushed_at") != values.get("pushed_at")
        if not noted:
            before.append(written)
    return steps
