"""The one cause that explains the most, out of what is known when a run has gone wrong.

In the order of what a cause stops: a build, a service that ended, one that answers with an error,
one that complains again and again, messages that never reach the worker, jobs that all fail, a
status in other words.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from harness.grade.finding.patterns import OTHER, kind_of, patterns
from harness.grade.finding.sources import Place, StudentCode
from harness.grade.finding.traces import Frame, last_trace, log_lines, shown

_QUOTED = re.compile(  # Node does not quote a name
    r"'([^']{1,80})'|\"([^\"]{1,80})\"|^([\w.]{1,80}) is not (?:defined|a function)"
)
_FOLDER = re.compile(r"(\.{0,2}/[^\s:'\"]{1,200})/[^\s/:'\"]+")  #: of a file that is named
_FAILED_STAGE = re.compile(r"^ *> \[(?P<service>[\w.-]{1,60}) ")  #: of BuildKit's last words
_REASON = 60  #: characters of a row's reason by which a log line is known to tell the same
_SHORTEST = 12  #: characters: a shorter reason ("Error", "failed") stands in any log line
_REPEATED = 2  #: so often the same complaint in a log that goes on
_OVER = 10  #: so many other lines since then: what it complained of has passed
_KILLED = (137, -9)  #: exit codes of who was ended by SIGKILL, as an Engine tells them and a system
_FEW = 80  #: last lines of a log in which a complaint counts as the present state


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFacts:
    """One service as it was found."""

    service: str  #: api or worker
    ended: bool
    exit_code: int | None
    log: bytes
    mute: bool = False  #: it runs, and answers nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFacts:
    """One job that must complete, as it ended."""

    http_status: int
    status: str | None  #: of its row, by the kit's names where it means one; None: no row
    error: str = ""  #: the reason that its row gives
    redelivered: bool = False  #: the first word of it in the worker's log is a redelivery
    received: bool = True  #: the worker's log tells of it at all
    message: str = ""  #: a message about it that does not have its fields, as the log quotes it


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """All that is known."""

    services: Sequence[ServiceFacts] = ()
    jobs: Sequence[JobFacts] = ()
    #: Redis lists other than the queue → a message that lies there
    other_lists: Mapping[str, str] = field(default_factory=dict)
    queue: str = ""
    waiting: int = 0  #: messages in the queue that nobody takes
    statuses: Mapping[str, str] = field(default_factory=dict)  #: the kit's name → this lab's word
    build_log: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstCause:
    """The cause. ``case`` names its sentence, ``kind`` its hint."""

    case: str
    service: str
    kind: str
    error: str = ""  #: the program's own words
    exit_code: int | None = None
    place: Place | None = None
    facts: Mapping[str, str] = field(default_factory=dict)  #: what the sentence names besides


def at_start(facts: Mapping[str, object]) -> RunFacts:
    """What a start that failed says of it: the facts of ``service-ended``, of ``never-ready``, or
    of ``build-failed``. Of a service that is neither api nor worker it says nothing.
    """
    log = str(facts.get("log", "")).encode()
    role = str(facts.get("role", "")) or str(facts.get("service", "")).partition("-")[0]
    if not role:
        return RunFacts(build_log=log)
    if role not in ("api", "worker"):
        return RunFacts()
    code = facts.get("code")
    service = ServiceFacts(
        service=role,
        ended="code" in facts,
        exit_code=code if isinstance(code, int) else None,
        log=log,
        mute="code" not in facts and role == "api",
    )
    return RunFacts(services=(service,))


def find_cause(facts: RunFacts, sources: StudentCode) -> FirstCause | None:
    """The first of all causes, by the order above; None where nothing is wrong or nobody can
    tell.
    """
    return next(_causes(facts, sources), None)


def _causes(facts: RunFacts, sources: StudentCode) -> Iterator[FirstCause]:
    yield from _build(facts, sources)
    for service in facts.services:
        if service.ended:
            yield _ended(service, sources)
        elif service.mute:
            yield from _crashed(service, sources)
            yield FirstCause(case="mute", service=service.service, kind="mute")
    if all(job.status == "COMPLETED" for job in facts.jobs):
        yield from _mercy(facts, sources)
        return
    for service in facts.services:
        yield from _crashed(service, sources)
    for service in facts.services:
        yield from _complaint(service, facts.jobs, sources)
    yield from _mercy(facts, sources)
    yield from _all_failed(facts, sources)
    yield from _other_word(facts, sources)


def _build(facts: RunFacts, sources: StudentCode) -> Iterator[FirstCause]:
    lines = log_lines(facts.build_log) if facts.build_log else []
    trace = last_trace(lines)
    if trace is not None:
        stage = next(filter(None, map(_FAILED_STAGE.match, lines)), None)
        place = sources.own(trace.frames, stage["service"] if stage else "")
        service = "api" if place and "api" in place.file.lower() else "worker"
        yield FirstCause(
            case="build",
            service=service,
            kind=kind_of(trace.error),
            error=trace.error,
            place=place,
        )


def _ended(service: ServiceFacts, sources: StudentCode) -> FirstCause:
    """By its last traceback, else by its last words; whoever was killed had no last words."""
    if service.exit_code in _KILLED:
        return FirstCause(
            case="ended", service=service.service, kind="killed", exit_code=service.exit_code
        )
    lines = log_lines(service.log)
    trace = last_trace(lines)
    error = trace.error if trace else next((line for line in reversed(lines) if line.strip()), "")
    frames = trace.frames if trace else _told_places(lines[-_FEW:])
    return FirstCause(
        case="ended",
        service=service.service,
        kind=kind_of(error),
        error=error,
        exit_code=service.exit_code,
        place=sources.own(frames, service.service),
    )


def _crashed(service: ServiceFacts, sources: StudentCode) -> Iterator[FirstCause]:
    """It goes on, and its log holds an error with its place."""
    trace = last_trace(log_lines(service.log))
    if trace is not None:
        yield FirstCause(
            case="crashed",
            service=service.service,
            kind=kind_of(trace.error),
            error=trace.error,
            place=sources.own(trace.frames, service.service),
        )


def _mercy(facts: RunFacts, sources: StudentCode) -> Iterator[FirstCause]:
    """Messages that do not come from the api as they must, even where somebody repairs that."""
    bad = next((job.message for job in facts.jobs if job.message), "")
    publish = sources.landmark("publish", "api")
    if bad:
        named = {"message": shown(bad)}
        yield FirstCause(case="message", service="api", kind="message", place=publish, facts=named)
    accepted = [job for job in facts.jobs if 200 <= job.http_status < 300]
    unseen = [job for job in accepted if job.redelivered or not job.received]
    if accepted and len(unseen) == len(accepted) and not facts.waiting:
        if facts.other_lists:
            other = min(facts.other_lists)
            place = sources.word(other, "api") or publish
            names = {"other": shown(other), "queue": facts.queue}
            yield FirstCause(case="queue", service="api", kind="queue", place=place, facts=names)
        elif publish is None or any(job.redelivered for job in unseen):
            place = publish or sources.landmark("insert", "api")
            case = "unpublished" if publish is None else "redelivered"
            yield FirstCause(case=case, service="api", kind="unpublished", place=place)
    if accepted and len(unseen) == len(accepted) and facts.waiting:
        wait = sources.landmark("wait", "worker")
        names = {"queue": facts.queue, "count": str(facts.waiting)}
        yield FirstCause(case="untaken", service="worker", kind="queue", place=wait, facts=names)


def _complaint(
    service: ServiceFacts, jobs: Sequence[JobFacts], sources: StudentCode
) -> Iterator[FirstCause]:
    """The same complaint of a known kind again and again, or as the last word; not one that has
    passed, as waiting for a database that was still starting, nor a line that tells why a job
    failed. An indented line goes on with the one before it."""
    reasons = [job.error[:_REASON] for job in jobs if len(job.error) >= _SHORTEST]
    lines = [
        line
        for line in log_lines(service.log)[-_FEW:]
        if line.strip() and not line[0].isspace() and not any(reason in line for reason in reasons)
    ]
    at = [n for n, line in enumerate(lines) if kind_of(line) not in (OTHER, "value", "lost")]
    known = [lines[n] for n in at]
    if (
        known
        and not _has_passed(at, lines, worked=_has_worked(service, jobs))
        and (len(known) >= _REPEATED or known[-1] == lines[-1])
    ):
        match = patterns().place.match(known[-1])
        error = match["text"] if match else known[-1]
        yield FirstCause(
            case="complains",
            service=service.service,
            kind=kind_of(error),
            error=error,
            place=sources.own(_told_places(known[-1:]), service.service),
        )


def _has_passed(at: Sequence[int], lines: Sequence[str], *, worked: bool) -> bool:
    """Whether what was complained of in the lines ``at`` is over: many others came since; or it was
    one wait without a break, and the service then went on, and has ``worked``."""
    one_wait = at[-1] - at[0] < len(at) and at[-1] < len(lines) - 1
    return len(lines) - at[-1] > _OVER or (one_wait and worked)


def _has_worked(service: ServiceFacts, jobs: Sequence[JobFacts]) -> bool:
    """Whether the api has accepted a job, or the worker has received one."""
    if service.service == "api":
        return any(200 <= job.http_status < 300 for job in jobs)
    return any(job.received for job in jobs)


def _all_failed(facts: RunFacts, sources: StudentCode) -> Iterator[FirstCause]:
    """What must complete ends FAILED, and the rows say why."""
    reason = next((job.error for job in facts.jobs if job.status == "FAILED" and job.error), "")
    if reason:
        words = ["".join(groups) for groups in _QUOTED.findall(reason)] + _FOLDER.findall(reason)
        places = (sources.word(word, "worker") for word in words)
        yield FirstCause(
            case="failed",
            service="worker",
            kind=kind_of(reason) if kind_of(reason) != OTHER else _by_words(reason),
            error=shown(reason),
            place=next(filter(None, places), None),
        )


def _by_words(reason: str) -> str:
    """The text of an error without its kind: str(err), err.message leave that out. A row's alone: a
    log line with these words tells of a job, and is no complaint of the service.
    """
    if "is not defined" in reason:
        return "name"
    words = ("argument", "object", "is not a function")
    return "type" if any(word in reason for word in words) else OTHER


def _other_word(facts: RunFacts, sources: StudentCode) -> Iterator[FirstCause]:
    """A status in a word that the lab does not have."""
    strange = [job.status for job in facts.jobs if job.status and job.status not in facts.statuses]
    if strange and facts.statuses:
        word = shown(strange[0])
        place = sources.word(f'"{word}"', "worker") or sources.word(word, "worker")
        facts_ = {"word": word, "known": ", ".join(facts.statuses.values())}
        yield FirstCause(case="status", service="worker", kind="status", place=place, facts=facts_)


def _told_places(lines: Sequence[str]) -> list[Frame]:
    """Places that log lines name by themselves, the last first."""
    matches = [patterns().place.match(line) for line in reversed(lines)]
    return [Frame(file=match["file"], line=int(match["line"])) for match in matches if match]
