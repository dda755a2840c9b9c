"""What the experiments saw: frozen facts for the checks to judge."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from harness.stack.base import ServiceState
from harness.trace import Event
from harness.witness.history import Change
from harness.witness.http import Answer
from harness.witness.postgres import Row
from harness.witness.redis import Client

FINAL = ("COMPLETED", "FAILED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One submission of an experiment, and what became of it."""

    action: str
    params: str
    picture: bytes
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdStart:
    """Everything started at once."""

    seconds: float
    error: str | None  #: why it did not come up; None when it did
    remedy: (
        str | None
    )  #: what to do about a build that failed; None where the check's own hint helps
    states: tuple[ServiceState, ...]  #: of every service, when the api had answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Where a job's result is said to lie, and what lies there."""

    path: str | None  #: as the row says, else the log; None where neither does
    data: bytes | None  #: None where the worker sees no file there


@dataclass(frozen=True, slots=True, kw_only=True)
class Large:
    """One large picture: what was done with it takes time that can be measured."""

    sent: Sent
    changes: tuple[Change, ...]
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A submission while no INSERT could be committed."""

    sent: Sent  #: with its row as it was as soon as its message was there
    waited: bool  #: the api waited for its commit
    messages_meanwhile: int  #: in the queue while the row was not committed


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRequest:
    """A request that cannot be right."""

    name: str
    sent: Sent | None  #: None where the api cut the connection before the request was whole
    new_messages: int
    new_rows: int  #: that are neither COMPLETED nor FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiAlone:
    """What the api does while no worker runs."""

    sent: tuple[Sent, ...]
    queue: tuple[str, ...]  #: the messages of ``sent``, from the list's head
    files: Mapping[
        str, bytes
    ]  #: by job: what lies where its message says; absent where nothing does
    held: Held
    bad: tuple[BadRequest, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """The worker stopped, then the api stopped and the worker started, then both."""

    api: ApiAlone
    ended: Mapping[
        str, Sent
    ]  #: by job: every submission to the api alone, when the worker had run alone
    taken: tuple[str, ...]  #: ids in the order in which their rows became PROCESSING
    late: tuple[str, ...]  #: ids that were begun when one sent after them had ended already
    again: Sent  #: one more, when the api had been started again


@dataclass(frozen=True, slots=True, kw_only=True)
class Idleness:
    """A worker that has nothing to do."""

    blocked: tuple[Client, ...]  #: who waits in Redis
    watched_s: float
    commands: Mapping[str, int]  #: that Redis was sent meanwhile, but for the witness's own
    queries: int  #: how often the table of jobs was looked through in PostgreSQL meanwhile
    cpu_s: float | None  #: of the worker's processes; None where this machine cannot see it


@dataclass(frozen=True, slots=True, kw_only=True)
class Several:
    """Jobs sent together, and their ends."""

    sent: tuple[Sent, ...]
    changes: Mapping[str, tuple[Change, ...]]  #: by job: its row's history
    workers: Mapping[str, tuple[str, ...]]  #: by job: the workers whose log received it


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """Something was away for a while; then one more job was sent."""

    away_s: float
    error_lines: int  #: of Redis errors, in the worker's log so far
    lines: int  #: all lines of the worker's log while it was away
    most_repeated: int  #: how often the commonest of these lines came: a long trace is no loop
    states: tuple[ServiceState, ...]  #: the worker's, while it was away
    after: Sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """The worker killed in the middle of a job, and started again."""

    victim: Sent
    in_the_middle: bool  #: the row said PROCESSING when the worker was dead
    after: Sent
