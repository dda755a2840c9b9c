"""How this submission says the lab's things: one job of the grader's own, and a look at what came
of it.

Paths and forms are tried in the assignment's order; queue, table and columns are where the job's id
turns up; the wording of the log is the profile that tells most of it. What is not found stays the
lab's, so that the check about it says what is missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from harness.grade.experiments.limits import Limits
from harness.grade.experiments.sending import FINAL
from harness.grade.experiments.waiting import RefusedByRedis, Stillness, came
from harness.grade.submission.assignment import Assignment
from harness.grade.submission.handed_in import Submission
from harness.stack.base import Stack
from harness.trace import Judge, Kind, Profile
from harness.trace.ids import is_foreign, ways_written
from harness.trace.reading.survey import survey
from harness.witness.dialect import Dialect
from harness.witness.http import Answer, Api
from harness.witness.job_search import NamingRow, rows_naming
from harness.witness.monitor import monitored
from harness.witness.redis import RedisWitness
from harness.workload import JobRequest

_MESSAGE_S = 5.0
_NO_SUCH_PATH = (404, 405)  #: any other answer comes from a path that is there
_REFUSED = 300  #: an HTTP status from here on is no acceptance


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """The dialect, and the jobs that it took to learn it."""

    dialect: Dialect
    probes: tuple[str, ...]  #: ids of the grader's jobs, in the order of their submission
    tried: tuple[str, ...] = ()  #: each path that was asked, and the status of its answer
    begun: bool = True  #: whether anybody took the job within all the time that a job may take


def discover(
    stack: Stack, submission: Submission, request: JobRequest, limits: Limits
) -> Discovery:
    """Submit one job and look. ``WitnessError`` where a witness cannot see; an api that never
    answers is one of these (``api-silent``)."""
    assignment = submission.assignment
    dialect = Dialect(
        behind_proxy=submission.compose.has_proxy,
        file_field=assignment.file_field,
        id_fields=assignment.id_fields,
        queue=assignment.queue,
        asked_queue=assignment.queue,
        message=assignment.message,
        table=assignment.table,
        columns={holds: names[0] for holds, names in assignment.columns.items()},
        statuses=assignment.statuses,
        submit=assignment.submit[0],
        status_of=assignment.status_of[0],
        result=assignment.result[0],
    )
    with monitored(stack.redis_address, stack.redis_password, stack.redis_user) as monitor:
        dialect, answer, tried = _accepted(stack, assignment, dialect, request)
        job_id = (answer.job_id or "").lower()
        if not job_id:
            return Discovery(dialect=dialect, probes=(), tried=tried)
        foreign = is_foreign(job_id)
        bare = not foreign and answer.told_id != answer.job_id
        dialect = replace(dialect, bare_ids=bare)
        queue = monitor.queue_of(job_id, deadline_s=_MESSAGE_S)
    if queue is not None:
        dialect = replace(dialect, queue=queue.key, queue_database=queue.database)
    dialect, begun = _with_table(stack, submission, dialect, job_id, limits)
    profiles = [replace(profile, foreign_ids=foreign) for profile in submission.profiles]
    profile = best_profile(list(stack.logs("worker")), profiles)
    return Discovery(
        dialect=replace(dialect, profile=profile),
        probes=(job_id,),
        tried=tried,
        begun=begun,
    )


def _accepted(
    stack: Stack, assignment: Assignment, dialect: Dialect, request: JobRequest
) -> tuple[Dialect, Answer, tuple[str, ...]]:
    """The first way of asking that is accepted, else the nearest; its answer; and all that was
    tried.
    """
    asked: list[tuple[Dialect, Answer]] = []
    paths = zip(assignment.submit, assignment.status_of, assignment.result, strict=True)
    for (submit, status_of, result), as_query in product(paths, (False, True)):
        tried = replace(
            dialect, submit=submit, status_of=status_of, result=result, as_query=as_query
        )
        with Api(stack.url, dialect=tried) as api:
            answer = api.submit(request)
        asked.append((tried, answer))
        if answer.status < _REFUSED and answer.job_id:
            return tried, answer, told_tries(asked)
    return *nearest(asked), told_tries(asked)


def nearest(asked: Sequence[tuple[Dialect, Answer]]) -> tuple[Dialect, Answer]:
    """The first way whose path is there, though the request was refused; else the first."""
    return min(asked, key=lambda pair: pair[1].status in _NO_SUCH_PATH)


def told_tries(asked: Sequence[tuple[Dialect, Answer]]) -> tuple[str, ...]:
    """Each path with what it answered, once."""
    return tuple(dict.fromkeys(f"POST {way.submit} → {answer.status}" for way, answer in asked))


def _with_table(
    stack: Stack, submission: Submission, dialect: Dialect, job_id: str, limits: Limits
) -> tuple[Dialect, bool]:
    """The dialect with the table that holds the job, its columns named when the job has ended, or
    will not any more; and whether anybody began with it."""
    dialects: list[Dialect] = []
    begun: list[bool] = []
    refusal = RefusedByRedis(stack, submission.profiles, quiet_s=limits.quiet_s / 2)
    # Where there is one service more, it may be that one which still starts, and refuses meanwhile.
    all_answer = all(one.role for one in submission.compose.services.values())

    def ended() -> bool:
        rows = rows_naming(stack.postgres_dsn, job_id)
        candidates = ranked(submission.assignment, dialect, rows, job_id)
        dialects[:] = [candidate.dialect for candidate in candidates[:1]]
        final = any(candidate.alone and candidate.final for candidate in candidates)
        begun[:] = [any(candidate.begun for candidate in candidates)]
        still = stillness.over([row.values for row in rows])
        return final or still or (all_answer and not any(begun) and refusal.lasts())

    queue, database = dialect.queue, dialect.queue_database
    with RedisWitness.of(stack, queue=queue, database=database) as redis:
        stillness = Stillness(stack, redis, quiet_s=limits.quiet_s)
        came(ended, deadline_s=limits.job_s, what="the end of the first job")
    chosen = dialects[0] if dialects else replace(dialect, table_seen=False)
    return chosen, begun == [True]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A table that may be the one of the jobs."""

    dialect: Dialect  #: with its names
    final: bool  #: its row says that the job has ended
    begun: bool  #: its row says more than that the job waits
    alone: bool  #: it holds one row a job: a list of events holds several


def ranked(
    assignment: Assignment, dialect: Dialect, rows: Sequence[NamingRow], job_id: str
) -> list[Candidate]:
    """The tables that hold the job and a status of it, the likeliest first: beside the jobs there
    may be an audit trail or a table of events. The jobs' own row is one a job, and becomes final.
    """
    seen = [(row, *named(assignment, dialect, row, job_id)) for row in rows]
    known = [
        (
            row,
            Candidate(
                dialect=dialect,
                final=status in FINAL,
                begun=status != "QUEUED",
                alone=row.count == 1,
            ),
        )
        for row, dialect, status in seen
        if status is not None
    ]

    def likeliness(pair: tuple[NamingRow, Candidate]) -> tuple[bool, bool, bool, int]:
        row, candidate = pair
        usual = sum(name in row.values for names in assignment.columns.values() for name in names)
        return candidate.alone, candidate.final, row.table == assignment.table, usual

    return [candidate for _, candidate in sorted(known, key=likeliness, reverse=True)]


def named(
    assignment: Assignment, dialect: Dialect, row: NamingRow, job_id: str
) -> tuple[Dialect, str | None]:
    """The dialect with this row's names, and the row's status by the lab's name; None where it has
    none."""
    columns = {
        holds: next(filter(None, (_place(name, row) for name in names)), names[0])
        for holds, names in assignment.columns.items()
    }
    # By its value: a table may well have a number of its own beside, called "id". Where the id is
    # itself a number, others may be the same by chance.
    ids = ways_written(job_id)
    naming = [
        name for name, value in row.values.items() if value.lower() in ids and "." not in name
    ]
    usual = assignment.columns["id"] if is_foreign(job_id) else ()
    columns["id"] = next((name for name in usual if name in naming), naming[0])
    statuses = assignment.statuses
    by_value = _said(row, statuses)
    if not by_value:  # a number that refers to a table of the words
        name, keys = next(iter(referred_statuses(row, statuses).items()), ("", {}))
        statuses = {**statuses, **keys}
        by_value = {name: keys[row.values[name]]} if keys else {}
    near = {}
    if not by_value and (by_value := _said(row, assignment.near_words)):
        near = {word: ours for word, ours in assignment.near_words.items() if word not in statuses}
        statuses = {**statuses, **near}
    if columns["status"] not in by_value and by_value:
        columns["status"] = next(iter(by_value))
    named_so = replace(
        dialect,
        database=row.database,
        schema=row.schema,
        table=row.table,
        columns=columns,
        statuses=statuses,
        near_words=frozenset(near),
    )
    return named_so, by_value.get(columns["status"])


def _place(name: str, row: NamingRow) -> str | None:
    """The row's column of this name, or such a member of a JSON document."""
    members = (place for place in row.values if place.partition(".")[2] == name)
    return name if name in row.values else next(members, None)


def _said(row: NamingRow, words: Mapping[str, str]) -> dict[str, str]:
    """The columns that hold one of these words, and which status it means."""
    return {
        name: words[value.strip().upper()]
        for name, value in row.values.items()
        if value.strip().upper() in words
    }


def referred_statuses(row: NamingRow, statuses: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The row's columns that refer to a table of the lab's statuses, and what each key of it means:
    ``{"status_id": {"1": "QUEUED", …}}``. The keys are learnt once: to change the words behind them
    later changes nothing."""
    meant = {
        column: {
            key.upper(): statuses[word.upper()]
            for key, words in keys.items()
            for word in words
            if word.upper() in statuses
        }
        for column, keys in row.referred.items()
    }
    return {column: keys for column, keys in meant.items() if row.values.get(column) in keys}


def best_profile(lines: Sequence[bytes], profiles: Sequence[Profile]) -> Profile:
    """The profile whose words the worker's log speaks: most events, the first of equals. Where all
    of them stand behind a prefix that no table knows, the profile knows it from here on."""
    best = max(profiles, key=lambda profile: _events(profile, lines))
    if _events(best, lines):
        return best  # what stands behind another prefix there is a quotation
    dressed = [_behind_prefixes(profile, lines) for profile in profiles]
    return max([best, *dressed], key=lambda profile: _events(profile, lines))


def _events(profile: Profile, lines: Sequence[bytes]) -> int:
    judge = Judge(profile)
    events = [judge.feed(line).event for line in lines]
    return sum(event is not None and event.kind is not Kind.STARTED for event in events)


def _behind_prefixes(profile: Profile, lines: Sequence[bytes]) -> Profile:
    """The profile with the prefixes that the log's events have in common."""
    learnt = tuple(shape.pattern for shape in survey(lines, profile).shapes)
    return replace(profile, prefixes=(*profile.prefixes, *learnt))
