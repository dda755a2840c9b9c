"""The lab's task 3 as one run: submit jobs, follow the worker's log, and hold every witness to the
others."""

import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO
from mimetypes import guess_type
from pathlib import Path, PurePosixPath
from time import perf_counter

from harness.grade.demonstration.compare import Case, judge, problems
from harness.grade.demonstration.facts import Looked, look, run_facts, waits_for_messages
from harness.grade.demonstration.record import Demonstration, JobRecord
from harness.grade.errors import GradeError
from harness.grade.finding.cause import find_cause
from harness.grade.finding.sources import StudentCode
from harness.stack.base import ServiceState, Stack
from harness.stack.errors import StackError
from harness.trace import Event, Judge, Profile, Verdict, read_lines
from harness.trace.ids import as_written
from harness.trace.last_words import with_last_words
from harness.witness.dialect import Dialect
from harness.witness.errors import WaitTimeoutError, WitnessError
from harness.witness.http import Answer, Api
from harness.witness.log import LogFollower
from harness.witness.postgres import PostgresWitness, Row
from harness.witness.redis import RedisWitness
from harness.workload import PlannedJob, Workload

_SEED_BITS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class JobMade:
    """A job was made."""

    planned: PlannedJob
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSent:
    """A job was sent, and the api answered."""

    planned: PlannedJob
    answer: Answer
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCompared:
    """A job's witnesses were compared."""

    job: JobRecord
    total: int


#: What ``on_event`` is told of: a job made, a submission, an event of the worker's log (from the
#: follower's thread), a job compared.
_NO_ADDRESS = (404, 405)

DemonstrationEvent = JobMade | JobSent | Event | JobCompared


def new_seed() -> int:
    """A seed that nobody could know before."""
    return secrets.randbits(_SEED_BITS)


def demonstrate(
    stack: Stack,
    workload: Workload,
    *,
    folder: Path,
    jobs: int = 7,
    seed: int | None = None,
    quiet_s: float = 30.0,
    exact: bool = True,
    dialect: Dialect | None = None,
    earlier: Sequence[str] = (),
    again: bool = False,
    idle_s: float = 8.0,
    source: Path | None = None,
    on_event: Callable[[DemonstrationEvent], None] = lambda _: None,
) -> Demonstration:
    """Submit ``jobs`` jobs to a stack just brought up, wait until each ends, compare all witnesses.

    ``earlier`` are the ids of jobs that were sent to this stack before; the log tells of them too.
    With ``again`` a worker that has ended while jobs wait is started once more: they tell of its
    other virtues.

    Copies of all that was sent and came back, ``worker.log``, ``api.log`` and ``submitted.txt`` are
    left in ``folder``. When the worker's log stays silent for ``quiet_s``, what has not ended is
    told as a problem of its job; so it is when the worker has had nothing to do for ``idle_s``.
    ``source`` is the folder of the code, where a line of it is to be quoted. ``WitnessError``,
    ``StackError`` where somebody could not see.
    """
    seed = new_seed() if seed is None else seed
    dialect = dialect or Dialect()
    run = _Run(
        stack=stack,
        workload=workload,
        dialect=dialect,
        folder=folder,
        exact=exact,
        on_event=on_event,
    )
    started, clock = datetime.now(UTC), perf_counter()
    plan = run.plan(seed, jobs)
    try:
        answers, ended, seen, lines = run.submit_all(plan, quiet_s, idle_s, again=again)
    except (WitnessError, StackError):
        run.keep_logs()  # what was seen until then tells why
        raise
    ids = [*earlier, *(answer.job_id for answer in answers if answer.job_id)]
    submitted = "".join(f"{as_written(job_id)}\n" for job_id in ids)
    _write(folder / "submitted.txt", submitted.encode())
    events, verdict, trace_seconds = _verify(run.keep_logs(), ids, dialect.profile)
    jobs_seen = run.compare_all(plan, answers, events)
    return Demonstration(
        result_name=workload.result_name,
        runtime=stack.runtime,
        seed=seed,
        url=stack.url,
        started=started,
        folder=folder,
        versions=stack.versions(),
        jobs=jobs_seen,
        trace=verdict,
        trace_seconds=trace_seconds,
        ended=ended,
        gone_lines=max(lines - verdict.lines, 0),
        finding=find_cause(run_facts(seen, jobs_seen, dialect), StudentCode(source)),
        seconds=perf_counter() - clock,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One demonstration under way."""

    stack: Stack
    workload: Workload
    dialect: Dialect
    folder: Path
    exact: bool
    on_event: Callable[[DemonstrationEvent], None]

    def plan(self, seed: int, jobs: int) -> list[PlannedJob]:
        """Make the jobs, and keep what each is about as a file."""
        plan = []
        for planned in self.workload.plan(seed, jobs):
            _write(self._input(planned), planned.request.payload)
            plan.append(planned)
            self.on_event(JobMade(planned=planned, total=jobs))
        return plan

    def submit_all(
        self, plan: Sequence[PlannedJob], quiet_s: float, idle_s: float, *, again: bool
    ) -> tuple[list[Answer], tuple[ServiceState, ...], Looked, int]:
        """Submit everything one after another, and wait for the ends; the workers that have ended
        meanwhile, how everything was then, and how many lines the worker's log had."""
        answers: list[Answer] = []
        queue, database = self.dialect.queue, self.dialect.queue_database
        with (
            Api(self.stack.url, dialect=self.dialect) as api,
            LogFollower(
                self.stack, profile=self.dialect.profile, on_event=self.on_event
            ) as follower,
            RedisWitness.of(self.stack, queue=queue, database=database) as redis,
        ):
            for planned in plan:
                answer = api.submit(planned.request)
                answers.append(answer)
                self.on_event(JobSent(planned=planned, answer=answer, total=len(plan)))
            ids = [answer.job_id for answer in answers if answer.job_id]
            # What never ends is told job by job, with all else that is known of it.
            with suppress(WaitTimeoutError):
                follower.wait_until_final(
                    ids, quiet_s=quiet_s, idle=lambda: waits_for_messages(redis), idle_s=idle_s
                )
            seen = look(self.stack)
            ended = tuple(state for state in self.stack.state("worker") if state.has_ended)
            if ended and again:
                with suppress(WaitTimeoutError, StackError):
                    self.stack.start("worker")
                    follower.wait_until_final(ids, quiet_s=quiet_s)
            return answers, ended, seen, follower.lines

    def keep_logs(self) -> bytes:
        """Keep both services' logs; the worker's comes back."""
        services = ("api", "worker")
        logs = {name: b"".join(self.stack.logs(name, timestamps=True)) for name in services}
        for service, log in logs.items():
            _write(self.folder / f"{service}.log", log)
        return logs["worker"]

    def compare_all(
        self, plan: Sequence[PlannedJob], answers: Sequence[Answer], events: Sequence[Event]
    ) -> tuple[JobRecord, ...]:
        """Hold row, log, response and result of each job against each other."""
        records: list[JobRecord] = []
        with (
            Api(self.stack.url, dialect=self.dialect) as api,
            PostgresWitness(self.stack.postgres_dsn, self.dialect) as postgres,
        ):
            rows = postgres.rows([answer.job_id for answer in answers if answer.job_id])
            for planned, answer in zip(plan, answers, strict=True):
                job_id = (answer.job_id or "").lower()
                job_events = tuple(event for event in events if job_id and event.job_id == job_id)
                row = rows.get(job_id)
                result = self._result(api, row) if row else None
                case = Case(
                    planned=planned,
                    answer=answer,
                    status=self.dialect.status(answer.told_status),
                    row=row,
                    events=job_events,
                    result=result,
                )
                records.append(self._recorded(case))
                self.on_event(JobCompared(job=records[-1], total=len(plan)))
        return tuple(records)

    def _result(self, api: Api, row: Row) -> Answer | None:
        """The finished result: from the api, or, as the lab asks for no such address, from the
        file that the row names. What the api answered where there is none; None where none is due.
        """
        if row.status != "COMPLETED" or not self.dialect.result:
            return None
        answer = _asked(api, row)
        if answer.status not in _NO_ADDRESS or not row.output_path:
            return answer
        try:
            body = self.stack.read("worker", row.output_path)
        except StackError:
            return answer
        kind, _ = guess_type(PurePosixPath(row.output_path).name)
        return replace(answer, status=200, body=body, media_type=kind or "")

    def _recorded(self, case: Case) -> JobRecord:
        """The job's record; its result is kept beside what was sent."""
        output = None
        if case.fetched is not None:
            suffix = self.workload.result_suffix(case.fetched.media_type)
            output = self._copy(case.planned, f"out{suffix}")
            _write(output, case.fetched.body)
        judged = judge(case, self.workload, exact=self.exact)
        return JobRecord(
            planned=case.planned,
            answer=case.answer,
            job_id=case.answer.job_id,
            row=case.row,
            events=case.events,
            input=self._input(case.planned),
            output=output,
            judged=judged,
            problems=tuple(problems(case, judged)),
        )

    def _input(self, planned: PlannedJob) -> Path:
        return self._copy(planned, f"in{planned.request.suffix}")

    def _copy(self, planned: PlannedJob, ending: str) -> Path:
        return self.folder / f"{self.workload.result_name}s" / f"{planned.stem}-{ending}"


_NO_RESULT = {
    "api-too-much": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "api-silent": HTTPStatus.BAD_GATEWAY,
}


def _asked(api: Api, row: Row) -> Answer:
    """The api's answer to the question for this result. One too large is no result (413, as if the
    api had said so itself), nor is silence (502): nothing else is wrong with the api."""
    sent = datetime.now(UTC)
    try:
        return api.result(row.id)
    except WitnessError as error:
        if error.reference not in _NO_RESULT:
            raise
        return Answer(
            status=_NO_RESULT[error.reference],
            body=b"",
            media_type="",
            sent=sent,
            answered=datetime.now(UTC),
        )


def _verify(log: bytes, ids: list[str], profile: Profile) -> tuple[list[Event], Verdict, float]:
    """The whole log once more from its beginning, now that the submitted ids are known."""
    clock = perf_counter()
    verifier = Judge(profile, ids)
    seen = [verifier.feed(line) for line in read_lines(BytesIO(log))]
    verdict = with_last_words(verifier.finish(), read_lines(BytesIO(log)))
    events = [line.event for line in seen if line.event is not None]
    return events, verdict, perf_counter() - clock


def _write(file: Path, data: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    except OSError as error:
        reason = error.strerror or str(error)
        raise GradeError("folder-unwritable", folder=file.parent, reason=reason) from error
