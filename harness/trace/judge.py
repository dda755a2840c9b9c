"""The verifier: reads a worker's log once, line by line, and judges every job by the rules.

judge = Judge(lab_profile())
for line in log:
    live = judge.feed(line).violations
verdict = judge.finish()
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from harness.trace.events import Event, Parsed
from harness.trace.ids import WHOLE, keys_in, leading_key
from harness.trace.nears import Nears
from harness.trace.paths import ABBREVIATED, DEFAULT_STORAGE, inside, normal
from harness.trace.profile import FINAL, Kind, Profile
from harness.trace.reading.learning import Dress
from harness.trace.reading.reader import Near, Reader
from harness.trace.records import Job, Stream
from harness.trace.registry import Registry
from harness.trace.rules import (
    RULES,
    Fault,
    JobTrace,
    Meeting,
    Overtaken,
    Rule,
    Sees,
    Step,
)

FIRST = 50  #: lines among which an example of noise is looked for
_QUOTED = 200  #: characters of a line that a violation quotes

_QUIET = (
    [Kind.RECEIVED],
    [Kind.RECEIVED, Kind.PROCESSING],
)  #: steps that no rule has anything to say about, yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A broken rule: which, whose, where; ``case`` and ``facts`` pick and fill its sentence."""

    rule: str
    case: str
    job_id: str | None
    lines: tuple[int, ...]  #: from 1; empty where nothing was ever seen
    facts: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The judgement of one log. ``ok`` is None where nobody could judge: never a pass."""

    ok: bool | None
    lines: int
    jobs: int
    violations: tuple[Violation, ...]
    reason: str | None = (
        None  #: why ``ok`` is None: ``no-events``, ``ambiguous``, ``near-misses``, ``maybe-…``
    )
    sample: str = ""  #: where no event was found: a line that is none
    near: tuple[Near, ...] = ()  #: lines that hold an event's words, and are no event
    mended: tuple[str, ...] = ()  #: what had to be mended before the log was judged
    hanging: int = 0  #: violations that are not told, as those lines may excuse them


class Seen(NamedTuple):
    """What one line told: its event, and the rules that it broke for the first time."""

    event: Event | None
    violations: tuple[Violation, ...]


_NOISE = Seen(None, ())


class Judge:
    """Judges one log. ``submitted``: the ids that were really submitted, in published order."""

    def __init__(
        self,
        profile: Profile,
        submitted: Iterable[str] | None = None,
        rules: Sequence[Rule] = RULES,
        dress: Dress | None = None,
    ) -> None:
        self.profile = profile
        self._rules = rules
        self.reader = Reader(profile, dress)
        self.nears = Nears()  #: lines that hold an event somewhere, and are none
        self.sample = ""  #: the first line that is noise, of the log's first ones
        self._times = any(rule.sees is Sees.TIMES for rule in rules)
        #: whether each job must be kept as it is: some rule asks to see clean ones
        self.keeps_all = any(rule.sees is not Sees.SUSPECTS for rule in rules)
        self._tells_processing = profile.tells(Kind.PROCESSING)
        self.jobs = Registry(submitted)
        self._streams: dict[str, Stream] = {}
        self._owners: dict[str, Job] = {}  #: result paths that do not carry their job's id
        self.line = 0
        self._banner = False

    def feed(self, raw: bytes | str) -> Seen:
        """Read the next line of the log, with or without its end."""
        parsed, job, violations = self._read(raw)
        return Seen(self._event(parsed, job), violations) if parsed else _NOISE

    def feed_all(self, lines: Iterable[bytes]) -> None:
        """Read many lines of which nobody wants to be told one by one."""
        for raw in lines:
            self._read(raw)

    def wear(self, dress: Dress) -> None:
        """Read the lines that come in this dress."""
        self.reader = Reader(self.profile, dress)

    def stream(self, name: str) -> Stream:
        """What is known of the worker that speaks under ``name``."""
        stream = self._streams.get(name)
        if stream is None:
            stream = self._streams[name] = Stream(name)
        return stream

    def is_free(self, name: str) -> bool:
        """Whether a job that begins in this stream now overlaps with none."""
        job = self.stream(name).open
        return job is None or job.final or bool(job.faults)

    def accept_clean_run(self, name: str, key: str, latest: tuple[int, int] | None) -> None:
        """Jobs in a row of this stream were found clean elsewhere, and are kept there; ``key`` is
        the last of them, ``latest`` its place in the queue and its receipt's line."""
        stream, job = self.stream(name), Job(key)
        job.final = True
        stream.open, stream.cut = job, None
        if latest is not None:
            stream.latest = (latest[0], job, latest[1])

    def read(self, raw: bytes | str, line: int = 0) -> Parsed | None:
        """What a line says; None where it is noise. ``line`` is its number, where it is told of."""
        parsed = self.reader.read(raw)
        if parsed is None and line and (near := self.reader.near(raw, line)):
            self.nears.add(near)
        return parsed

    def _read(self, raw: bytes | str) -> tuple[Parsed | None, Job | None, tuple[Violation, ...]]:
        self.line += 1
        parsed = self.read(raw, self.line)
        if parsed is None:
            if not self.sample and self.line <= FIRST:
                self.show_noise(raw)
            return None, None, ()
        return self.take(parsed)

    def show_noise(self, raw: bytes | str) -> None:
        """Keep the line as an example of what could not be read."""
        text = raw if isinstance(raw, str) else raw.decode("utf-8", "replace")
        self.sample = text.strip()[:_QUOTED]

    def take(self, parsed: Parsed) -> tuple[Parsed, Job | None, tuple[Violation, ...]]:
        """Judge an event at the line that is read."""
        stream = self.stream(parsed.stream)
        if parsed.kind is Kind.STARTED:
            self._banner = True
            stream.restart()
        if parsed.kind in (Kind.STARTED, Kind.REDIS_ERROR):
            return parsed, None, ()
        job = self._spoiled(parsed, stream) if parsed.fault else self._find(parsed, stream)
        if job is None:  # several may be meant
            return parsed, None, ()
        met = () if job.faults else self._told(job, parsed, stream)
        return parsed, job, tuple(self._news(job, met))

    def finish(self) -> Verdict:
        """The verdict on all that was read: the log has ended."""
        self.jobs.adopt_submitted()
        if len(self.jobs) == 0 and not self.jobs.ambiguous and (self.nears or not self._banner):
            return self._verdict(())
        violations = [v for job in self.jobs.open_jobs() for v in self._judge(job, ended=True)]
        # By the job where two begin at one line: not by when the registry came to hold them.
        # Twice, as one key of both would take as much memory as a violation.
        violations.sort(key=lambda v: v.job_id or "")
        violations.sort(key=lambda v: v.lines[0] if v.lines else self.line + 1)
        for job_id in self.jobs.never_seen():
            violations.extend(self._violations(JobTrace(job_id=job_id, submitted=True)))
        return self._verdict(tuple(violations))

    def _verdict(self, violations: tuple[Violation, ...]) -> Verdict:
        """False where a violation stands whatever the unread lines say; those that hang on them
        are left out.
        """
        certain = tuple(v for v in violations if not self.nears.may_excuse(v))
        ok: bool | None = True
        reason = None
        if certain:
            ok = False
        elif self.nears:
            ok, reason = None, "near-misses"
        elif self.jobs.ambiguous:
            ok, reason = None, "ambiguous"
        elif len(self.jobs) == 0:
            ok, reason = None, "no-events"
        return Verdict(
            ok=ok,
            lines=self.line,
            jobs=len(self.jobs),
            violations=certain,
            hanging=len(violations) - len(certain),
            reason=reason,
            near=tuple(self.nears.told),
            sample=self.sample if reason == "no-events" else "",
        )

    def _find(self, parsed: Parsed, stream: Stream) -> Job | None:
        """The job that a well-formed event line is about."""
        if parsed.job is None:
            raise AssertionError("a line without a fault names a job")
        if parsed.kind in (Kind.RECEIVED, Kind.REDELIVERED):
            stream.cut = None
        else:
            self.jobs.adopt(parsed.job, stream)
        job = self.jobs.find(parsed.job, stream)
        if job is not None and job.faults and parsed.kind in FINAL:
            job.final = True
        return job

    def _spoiled(self, parsed: Parsed, stream: Stream) -> Job:
        """The job of a line that does not parse; its later lines say nothing more."""
        job, handle = self.jobs.find_faulty(parsed.id_text, parsed.job, stream, self.line)
        if parsed.kind is Kind.RECEIVED:
            rest = leading_key(parsed.id_text)
            stream.cut = (rest, handle) if rest is not None and handle is not None else None
        if parsed.job and parsed.job.whole and parsed.kind in FINAL:
            job.final = True  # that much it says
        if not job.faults:
            fault = Fault(line=self.line, why=parsed.fault or "", text=parsed.text[:_QUOTED])
            job.faults = (fault,)
        return job

    def _told(self, job: Job, parsed: Parsed, stream: Stream) -> Sequence[Job]:
        """Give an event to its job; the other jobs that it says something new of."""
        if parsed.message:
            job.stored_beside(parsed.message.path)
        if parsed.kind is Kind.REDELIVERED:
            self._redeliver(job)
            return ()
        return self._step(job, parsed, stream)

    def _redeliver(self, job: Job) -> None:
        job.begin_anew(self.line)
        for stream in self._streams.values():
            if stream.open is job:
                stream.open = None

    def _step(self, job: Job, parsed: Parsed, stream: Stream) -> Sequence[Job]:
        if parsed.kind is Kind.RECEIVED and not job.received:
            self._place(job, stream)
        if stream.name not in job.streams:
            self._begin(job, stream)
        first_final = parsed.kind in FINAL and not job.final
        path = parsed.path if parsed.kind is Kind.COMPLETED else None
        time = parsed.time if self._times else None
        job.add(Step(kind=parsed.kind, line=self.line, path=path, time=time))
        sharing = self._result(job, path) if path is not None else ()
        return (*sharing, *(self._end(job) if first_final else ()))

    def _place(self, job: Job, stream: Stream) -> None:
        """First receipt: compare its place among the submitted ids with the stream's latest."""
        place = self.jobs.submitted.get(job.key) if self.jobs.submitted is not None else None
        if place is None:
            return
        if stream.latest and place < stream.latest[0]:
            _, other, line = stream.latest
            job.overtaken = Overtaken(by=other.id or "", by_line=line, line=self.line)
        else:
            stream.latest = (place, job, self.line)

    def _begin(self, job: Job, stream: Stream) -> None:
        """The job's first line in this stream: is another one open there?"""
        job.streams[stream.name] = stream.starts
        before = stream.open
        if before is not None and before is not job and not before.final and not before.faults:
            before.followed_by(job, self.line)
        stream.open = job

    def _end(self, job: Job) -> Sequence[Job]:
        """The job's first final line: whatever began within it, overlaps."""
        for follower, began in job.followers:
            follower.waiting -= 1
            if not follower.faults:
                meeting = Meeting(other=job.id or "", began=began, other_ended=self.line)
                follower.meet(meeting)
        met = [follower for follower, _ in job.followers]
        job.followers = ()
        return met

    def _result(self, job: Job, path: str) -> Sequence[Job]:
        """Whose result this file is; the job that has it too. Its own id makes a path a job's
        own.
        """
        if any(key.startswith(job.key) for key in keys_in(path)) or ABBREVIATED.search(path):
            return ()
        owner = self._owners.setdefault(normal(path), job)
        if owner is job:
            return ()
        job.share(path, owner)
        for step in owner.steps:
            if step.path is not None and normal(step.path) == normal(path):
                owner.share(step.path, job)
        return (owner,)

    def _news(self, job: Job, met: Sequence[Job]) -> Iterator[Violation]:
        """Rules broken for the first time by what was just read, of this job and those it met."""
        if job.final and not met and self._fold(job):
            return
        for one in (job, *met):
            if one.told or not self._is_quiet(one):
                for violation in self._judge(one, ended=False):
                    if violation.rule not in one.told:
                        one.told += (violation.rule,)
                        yield violation

    def _is_quiet(self, job: Job) -> bool:
        return (
            not self.keeps_all
            and [step.kind for step in job.steps] in _QUIET
            and self.jobs.was_submitted(job) is not False
            and not (job.faults or job.overtaken or job.meetings)
        )

    def _fold(self, job: Job) -> bool:
        """Remember a job that no rule has anything to say of in little space; whether it is one."""
        if self.keeps_all:
            return False
        done = job.done()
        if done is None or self.jobs.was_submitted(job) is False:
            return False
        path = job.steps[-1].path
        if path is not None:
            own = keys_in(path) == {job.key}
            if not own or not inside(path, job.storage or DEFAULT_STORAGE):
                return False
        self.jobs.fold(job, done)
        return True

    def _judge(self, job: Job, *, ended: bool) -> Iterator[Violation]:
        trace = job.trace(
            ended=ended,
            submitted=self.jobs.was_submitted(job) if len(job.key) == WHOLE or ended else None,
            tells_processing=self._tells_processing,
        )
        return self._violations(trace)

    def _event(self, parsed: Parsed, job: Job | None) -> Event:
        return Event(
            kind=parsed.kind,
            job_id=job.id if job else None,
            line=self.line,
            text=parsed.text,
            time=parsed.time,
            stream=parsed.stream,
            fault=parsed.fault,
            message=parsed.message,
            path=parsed.path,
            error=parsed.error,
        )

    def _violations(self, trace: JobTrace) -> Iterator[Violation]:
        for rule in self._rules:
            for finding in rule.check(trace):
                yield Violation(
                    rule=rule.id,
                    case=finding.case,
                    job_id=trace.job_id,
                    lines=finding.lines,
                    facts=finding.facts,
                )
