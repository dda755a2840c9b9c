"""What a lab asks of its services, as the engine needs to know it: jobs to send, and what must come
of them.

The engine starts services, sends jobs and listens to witnesses; what a job is about, only the lab's
own room knows (``harness.lab6``). That room is loaded at the top, by a command or a suite, and
handed down as a ``Workload``.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Protocol

from numpy.random import Generator


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that goes with a request."""

    name: str
    data: bytes
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest:
    """What a client sends for one job: fields, and a file where the lab's jobs have one."""

    fields: Mapping[str, str]
    upload: Upload | None = None
    as_json: bool = False  #: the fields are a JSON body, not a form's

    @property
    def payload(self) -> bytes:
        """What the job is about, as a run keeps it: the file, else the fields as JSON."""
        if self.upload is not None:
            return self.upload.data
        return json.dumps(dict(self.fields), ensure_ascii=False).encode()

    @property
    def suffix(self) -> str:
        """Of the file that keeps the payload, with its dot."""
        return PurePosixPath(self.upload.name).suffix if self.upload is not None else ".json"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongRequest:
    """A request that cannot be right."""

    name: str
    request: JobRequest
    method: str = "POST"
    may_be_cut: bool = False  #: a server may end the connection before it has read the whole
    may_be_taken: bool = False  #: an api may take it as well, if the job then ends FAILED


class PlannedJob(Protocol):
    """One job of a demonstration's plan."""

    @property
    def number(self) -> int:
        """Its place in the plan, from 1."""

    @property
    def request(self) -> JobRequest:
        """What is sent."""

    @property
    def stem(self) -> str:
        """What the run's own copies of its files begin with."""

    @property
    def broken(self) -> bool:
        """Whether the api takes it, and the worker must say that it failed."""

    @property
    def expected(self) -> str:
        """The final status that is right."""


class ResultVerdict(Protocol):
    """What the lab's oracle says of one result."""

    @property
    def ok(self) -> bool:
        """Whether it is right."""

    @property
    def reference(self) -> str:
        """The text that says what is wrong (``demo.problem.<reference>``)."""

    @property
    def facts(self) -> Mapping[str, object]:
        """What that text names."""

    @property
    def document(self) -> Mapping[str, Any]:
        """All of it as JSON's types."""


class Workload(Protocol):
    """One lab's jobs."""

    @property
    def result_name(self) -> str:
        """What a result is called in documents; in the plural, the folder of a run's copies."""

    @property
    def kinds(self) -> int:
        """How many kinds of jobs there are."""

    @property
    def rubbish(self) -> tuple[str, ...]:
        """Messages that are none of the lab's."""

    def plan(self, seed: int, jobs: int) -> Iterator[PlannedJob]:
        """A demonstration's jobs, one after another as they are made; the same seed gives the same
        bytes."""

    def job(self, rng: Generator, number: int) -> JobRequest:
        """A random job of the kind ``number``, counted round and round."""

    def another(self, rng: Generator, request: JobRequest) -> JobRequest:
        """The same job of another file of the same size and format."""

    def edge_job(self, rng: Generator, *, heavy: bool) -> JobRequest:
        """As ``job``, at the edge of what that gives: what takes least time, or most."""

    def do(self, request: JobRequest) -> bytes:
        """The job done by the kit, in the usual way."""

    def large_job(self, rng: Generator) -> JobRequest:
        """A job that takes long enough to be looked at, or to be killed in."""

    def wrong_requests(self, rng: Generator) -> tuple[WrongRequest, ...]:
        """Requests that an api must refuse, the largest last."""

    def result_suffix(self, media_type: str) -> str:
        """The ending of a file that keeps a result of this type."""

    def looks_done(self, request: JobRequest, result: bytes) -> bool:
        """Whether this could be the result, at a glance: a large one takes seconds to judge."""

    def judge(self, request: JobRequest, result: bytes, *, exact: bool) -> ResultVerdict:
        """Whether this is the result that was asked for; ``exact``: to the byte, where that can be
        said.

        ``WitnessError`` where nobody can say what is right.
        """
