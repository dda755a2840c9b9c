"""What the judge remembers while it reads: one record a job, one a stream.

A job whose three steps came as they should is folded into a ``Done``; memory then grows with jobs,
and never with lines.
"""

import sys
from typing import NamedTuple, Self

from harness.trace.ids import WHOLE, show_id
from harness.trace.paths import DEFAULT_STORAGE, storage_of
from harness.trace.profile import FINAL, Kind
from harness.trace.rules import Attempt, Fault, JobTrace, Meeting, Overtaken, Step

_MOST = 64  #: steps, attempts, followers, meetings kept of one job: more of them say nothing new


class Done(NamedTuple):
    """A job that was received, processed and finished in one stream, and broke no rule."""

    received: int
    processing: int
    final: int
    failed: bool
    stream: str
    storage: str | None


class Stream:
    """One worker's log: its open job, and what was received last."""

    __slots__ = ("cut", "latest", "name", "open", "starts")

    def __init__(self, name: str) -> None:
        self.name = name
        self.open: Job | None = None
        self.starts = 0  #: banners seen; a job that began before the last one is no longer open
        self.latest: tuple[int, Job, int] | None = None  #: place in the queue, job, line
        self.cut: tuple[str, str] | None = (
            None  #: a receipt cut within its id: what is left, its handle
        )

    def restart(self) -> None:
        """The worker has started (again): whatever it did before is over."""
        self.open = self.cut = None
        self.starts += 1


class Job:
    """One job, as far as the log has told.

    Tuples, as most stay empty, and an empty tuple takes no space: a long log may break many jobs.
    """

    __slots__ = (
        "attempts", "faults", "final", "followers", "key", "meetings", "name", "overtaken",
        "redelivered", "shared", "shielded", "steps", "storage", "streams", "told", "waiting",
    )  # fmt: skip

    def __init__(self, key: str, name: str | None = None) -> None:
        self.key = key  #: hex digits: 32 of a whole id, fewer of an abbreviated one
        self.name = name  #: what the log has instead of a whole id, as written
        self.steps: list[Step] = []  #: of the attempt that goes on
        self.redelivered: int | None = None
        self.attempts: tuple[Attempt, ...] = ()  #: those before it
        self.final = False
        self.streams: dict[str, int] = {}  #: where its attempt was heard of, and at which start
        #: jobs begun while this one was open, and the line
        self.followers: tuple[tuple[Job, int], ...] = ()
        self.waiting = 0  #: jobs it began within that have not ended yet
        self.meetings: tuple[Meeting, ...] = ()
        self.overtaken: Overtaken | None = None
        self.faults: tuple[Fault, ...] = ()
        self.storage: str | None = None  #: None: no message has named an input path
        self.shared: dict[str, Job] | None = None  #: result path → another job that has it
        self.shielded = False
        self.told: tuple[str, ...] = ()  #: rules already told of

    @classmethod
    def revived(cls, key: str, done: Done) -> Self:
        """The job again, because the log goes on to speak of it."""
        job = cls(key)
        final = Kind.FAILED if done.failed else Kind.COMPLETED
        kinds = (
            (Kind.RECEIVED, done.received),
            (Kind.PROCESSING, done.processing),
            (final, done.final),
        )
        job.steps = [Step(kind=kind, line=line) for kind, line in kinds]
        job.final = True
        job.streams[done.stream] = 0
        job.storage = done.storage
        return job

    @property
    def id(self) -> str | None:
        """The id as people write it; None where the log never gave one."""
        if self.name is not None and len(self.key) < WHOLE:
            return self.name or None
        return show_id(self.key)

    def stored_beside(self, input_path: str) -> None:
        """The first input path that a message names tells where results belong."""
        if self.storage is None and input_path:
            self.storage = sys.intern(storage_of(input_path))

    @property
    def received(self) -> bool:
        """Whether a receipt or a redelivery was seen."""
        earlier = any(a.redelivered is not None or a.first(Kind.RECEIVED) for a in self.attempts)
        return (
            earlier
            or self.redelivered is not None
            or any(step.kind is Kind.RECEIVED for step in self.steps)
        )

    def add(self, step: Step) -> None:
        """One more step of the attempt that goes on."""
        if len(self.steps) < _MOST:
            self.steps.append(step)
        if step.kind in FINAL:
            self.final = True

    def share(self, path: str, other: "Job") -> None:
        """The result at ``path`` is another job's, too."""
        self.shared = {path: other} if self.shared is None else self.shared
        self.shared[path] = other

    def followed_by(self, job: "Job", line: int) -> None:
        """That job began in ``line``, while this one was open."""
        if len(self.followers) < _MOST:
            self.followers += ((job, line),)
            job.waiting += 1

    def meet(self, meeting: Meeting) -> None:
        """It began within another job, which has ended now."""
        if len(self.meetings) < _MOST:
            self.meetings += (meeting,)

    def begin_anew(self, line: int) -> None:
        """A redelivery was announced in ``line``: the steps before it stay as an attempt of
        their own.
        """
        if len(self.attempts) < _MOST and (self.steps or self.redelivered is not None):
            self.attempts += (self._attempt(),)
        self.steps = []
        self.redelivered = line
        self.final = False
        self.streams.clear()
        for follower, _ in self.followers:
            follower.waiting -= 1
        self.followers = ()

    def done(self) -> Done | None:
        """The folded job, when it is finished and nothing about it can be judged any more."""
        kinds = [step.kind for step in self.steps]
        clean = (
            kinds[:2] == [Kind.RECEIVED, Kind.PROCESSING]
            and len(kinds) == 3
            and self.final
            and len(self.key) == WHOLE
            and self.redelivered is None
            and len(self.streams) == 1
        )
        remembered = self.meetings or self.overtaken or self.faults or self.shared
        if not clean or remembered or self.told or self.waiting or self.shielded or self.attempts:
            return None
        received, processing, final = (step.line for step in self.steps)
        return Done(
            received,
            processing,
            final,
            failed=kinds[2] is Kind.FAILED,
            stream=next(iter(self.streams)),
            storage=self.storage,
        )

    def trace(
        self,
        *,
        ended: bool,
        submitted: bool | None,
        tells_processing: bool,
    ) -> JobTrace:
        """The facts for the rules."""
        return JobTrace(
            job_id=self.id,
            attempts=(*self.attempts, self._attempt()),
            ended=ended,
            submitted=submitted,
            shielded=self.shielded,
            storage=self.storage or DEFAULT_STORAGE,
            tells_processing=tells_processing,
            finished=self.final,
            shared={path: job.id or "" for path, job in (self.shared or {}).items()},
            meetings=self.meetings,
            overtaken=self.overtaken,
            faults=self.faults,
        )

    def _attempt(self) -> Attempt:
        return Attempt(steps=tuple(self.steps), redelivered=self.redelivered)
