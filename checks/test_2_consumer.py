"""Task 2: the consumer. How the worker waits, works, and lives through what happens to it."""

from collections import Counter

import pytest

from harness.grade.experiments.sending import FINAL
from harness.grade.verdict.results import Failure, require, require_end, timed_refusal, told
from harness.lab6.oracle.judging import judge_picture
from harness.lateness import Timed
from harness.stack.errors import StackError
from harness.texts import language, number, say
from harness.trace.ids import names_id
from harness.witness.errors import WitnessError
from harness.witness.redis import asked_while_idle

ANSWERED = ("submit-response",)
WAY = ("QUEUED", "PROCESSING", "COMPLETED")
HARDLY_WORK_S = 0.2  #: nobody has processed a picture of 12 megapixels in so little time
EARLY_SHARE = 0.65  #: of the worker's CPU for a large picture, before its row says PROCESSING
EARLY_GROWN_S = 0.12  #: of CPU more before PROCESSING than for a small one: it was worked on
#: What a heavier small job takes more before PROCESSING: so much of all that it takes more, and so
#: many seconds.
EARLY_SMALL = 0.5
EARLY_SMALL_S = 0.005
OWN_S = 0.008  #: of CPU that a heavier small job takes more in this process: enough to be compared
HARDLY = 0.08  #: of that; no program is so much faster
#: Of the CPU that a heavy job takes more than a light one: who spends less, has it done by another.
IDLER = 0.25
FEW = 2  #: jobs, at least, of each of two workers of whom one may be idle
REFUSED = 300  #: an HTTP status from here on is no acceptance
SETTLING = 30  #: commands that a worker may send when a job has ended, before it waits again
WORK_SHARE = 0.1  #: of a large picture's time, in which its row must say PROCESSING
LOST = 0.5  #: the share of points of a worker that goes on after a kill, but lost the job


@pytest.mark.check("blocking-wait", depends_on=("cold-start",))
def test_blocking_wait(request, demonstration, idle, limits, pace, note) -> None:
    """The idle worker is blocked in Redis, polls neither Redis nor PostgreSQL, and uses no CPU; and
    it does no job whose event it was not given."""
    waiting = sorted(client.command for client in idle.blocked)
    note("redis", say("checks.seen.blocked", commands=listed(waiting)), where="CLIENT LIST")
    watched = number(idle.watched_s, ".1f")
    asked_for = say("checks.seen.commands", seconds=watched, commands=counted(idle.commands))
    note("redis", asked_for, where="INFO commandstats")
    scans = say("checks.seen.queries", count=idle.queries)
    note("postgres", scans, where="pg_stat_user_tables")
    require(waiting, "not-blocked", expected="BLPOP", actual="—", timed=Timed.WAITED)
    polls_before_it_waits(idle, limits, note)
    often = idle.workers * idle.watched_s * limits.idle_commands_per_s + 1
    asked = asked_while_idle(idle.commands, idle.renewing)
    require(asked <= often, "polls-redis", expected=f"≤ {often:.0f}", actual=f"{asked:.0f}")
    most = f"≤ {often:.0f}"
    require(idle.queries <= often, "polls-postgres", expected=most, actual=idle.queries)
    if idle.cpu_s is not None:
        # Of what others left: a loop that never waits has little of a busy machine.
        share = idle.cpu_s / idle.watched_s / idle.workers * pace("idle")
        note("stack", say("checks.seen.cpu", share=number(share, ".1%")))
        most = limits.idle_cpu_share
        text = f"{share:.0%}"
        require(share < most, "busy", expected=f"< {most:.0%}", actual=text, timed=Timed.MEASURED)
    if any(job.row and job.row.status == "COMPLETED" for job in demonstration.jobs):
        waits_for_its_event(request, note)


def polls_before_it_waits(idle, limits, note) -> None:
    """Who asks again and again after each job, and waits only when nothing came, polls as well."""
    coming = {name: calls for name, calls in idle.coming.items() if name != "client"}  # the witness
    seconds, commands = number(idle.came_s, ".1f"), counted(coming)
    asked_for = say("checks.seen.coming", seconds=seconds, commands=commands)
    note("redis", asked_for, where="INFO commandstats")
    most = idle.workers * (idle.came_s * limits.idle_commands_per_s + SETTLING)
    asked = asked_while_idle(coming, len(idle.blocked))
    require(asked <= most, "polls-first", expected=f"≤ {most:.0f}", actual=f"{asked:.0f}")


def waits_for_its_event(request, note) -> None:
    """Nobody begins a job whose event was taken back."""
    try:
        busy, pausing = map(request.getfixturevalue, ("taken_back", "redis_outage"))
    except (StackError, WitnessError):
        return  # the matter of those who are about what broke
    for taken_back in filter(None, (busy, pausing.taken_back)):
        sent = taken_back.sent
        text = say("checks.seen.taken-back", status=told(sent.status))
        note("postgres", text, where=f"jobs {sent.job_id}")
        require(not taken_back.begun, "unasked", expected="QUEUED", actual=sent.status)


@pytest.mark.check("row-lifecycle", depends_on=ANSWERED)
def test_row_lifecycle(request, demonstration, lab, limits, note) -> None:
    """QUEUED → PROCESSING → COMPLETED, once each; PROCESSING is there for others while the work
    goes on."""
    for job in good(demonstration):
        if job.row and job.row.error:
            note("postgres", job.row.error, where=f"jobs {job.job_id}")
    table = lab.dialect.table
    require(lab.dialect.table_seen, "no-status", expected=table, timed=Timed.WAITED)
    some = any(job.row and job.row.status == "COMPLETED" for job in good(demonstration))
    for job in good(demonstration):
        # What the worker cannot do is the matter of the check about it: that ends as it must.
        failed = some and job.row and job.row.status == "FAILED"
        goes_the_way(
            lab.history.of(job.job_id), lab, note, ended="FAILED" if failed else "COMPLETED"
        )
    large = request.getfixturevalue("large")  # run only where small jobs go the way
    answer = large.sent.answer
    timed = timed_refusal(answer.status)
    accepted = large.sent.job_id and answer.status < REFUSED
    require(accepted, "not-accepted", expected=202, actual=answer.status, timed=timed)
    failed = large.sent.status == "FAILED" and not does(demonstration, large.sent.request)
    goes_the_way(large.changes, lab, note, ended="FAILED" if failed else "COMPLETED")
    queued, processing, completed = (change.time for change in large.changes)
    whole_s = (completed - queued).total_seconds()
    share = (completed - processing).total_seconds() / whole_s if whole_s else 1.0
    whole = number(whole_s, ".3f")
    text = say("checks.seen.processing", share=f"{share:.0%}", seconds=whole)
    note("postgres", text, where=f"jobs {large.sent.job_id}")
    if whole_s > HARDLY_WORK_S:  # who did nothing could not be seen at it; the results tell of that
        require(
            share >= WORK_SHARE,
            "not-seen",
            expected=f"≥ {WORK_SHARE:.0%}",
            actual=f"{share:.0%}",
            timed=Timed.MEASURED,
        )

    works_when_it_says_so(request, note)
    early_s, spent_s = large.cpu_before_s, large.cpu_s
    if early_s is not None and spent_s and spent_s >= limits.large_cpu_s:
        early = early_s / spent_s
        note("stack", say("checks.seen.early-cpu", share=number(early, ".0%")))
        require(early < EARLY_SHARE, "done-before", expected="PROCESSING", actual=f"{early:.0%}")
        # Whoever burns more afterwards hides the share; that it grows with the picture, nobody can.
        small_s = large.small_before_s or 0.0
        grew = early_s - small_s >= EARLY_GROWN_S and early_s >= 2 * small_s
        require(
            not grew,
            "done-before",
            expected="PROCESSING",
            actual=f"{early:.0%}",
            timed=Timed.MEASURED,
        )


def works_when_it_says_so(request, note) -> None:
    """Of a small job, too: what a heavier one takes more is taken after PROCESSING."""
    shares = []
    for pair in at_locked_rows(request):
        early = max(pair.early_s, 0.0)
        share = number(min(early / pair.spent_s, 1.0) if pair.spent_s > 0 else 0.0, ".0%")
        note("stack", say("checks.seen.early-cpu-small", share=share))
        much = pair.early_s >= EARLY_SMALL_S and pair.early_s >= EARLY_SMALL * pair.spent_s
        shares.append(share if much else None)
    require(
        not shares or None in shares,
        "done-before-small",
        expected="PROCESSING",
        actual=next(iter(shares), None),
        timed=Timed.MEASURED,
    )


def at_locked_rows(request):
    """What was seen there; nothing where the experiment broke: that is the matter of others."""
    try:
        return request.getfixturevalue("barred")
    except (StackError, WitnessError):
        return ()


def goes_the_way(changes, lab, note, *, ended="COMPLETED") -> None:
    """One row's history is the way, each step of it in its own transaction."""
    wanted = " → ".join(map(lab.dialect.word, (*WAY[:-1], ended)))
    way = " → ".join(lab.dialect.word(change.status) for change in changes)
    note("postgres", way, where=f"jobs {changes[0].job_id}" if changes else "jobs")
    # As far as it came it is right: it was waited for the rest.
    timed = Timed.WAITED if wanted.startswith(way) else None
    require(way == wanted, "lifecycle", expected=wanted, actual=way, timed=timed)
    near = any(lab.dialect.is_near(change.word) for change in changes)
    words = " → ".join(change.word for change in changes)
    require(not near, "near-words", expected=wanted, actual=words, alone=True)
    apart = len({change.transaction for change in changes})
    require(apart == len(WAY), "one-transaction", expected=len(WAY), actual=apart)


@pytest.mark.check("result-grayscale", depends_on=("row-lifecycle",))
@pytest.mark.usefixtures("enough")
def test_result_grayscale(request, demonstration, results, large, limits, note) -> None:
    """The same size, grey, right against the oracle."""
    judge_results(demonstration, results, "grayscale", note)
    own_work(request, large, limits, note)


@pytest.mark.check("result-resize", depends_on=("row-lifecycle",))
@pytest.mark.usefixtures("enough")
def test_result_resize(request, demonstration, results, large, lab, limits, note) -> None:
    """The exact size, right against the oracle."""
    judge_results(demonstration, results, "resize", note)
    judge_large(large, lab, note)
    own_work(request, large, limits, note)


@pytest.mark.check("result-crop", depends_on=("row-lifecycle",))
@pytest.mark.usefixtures("enough")
def test_result_crop(request, demonstration, results, large, limits, note) -> None:
    """The right rectangle."""
    judge_results(demonstration, results, "crop", note)
    own_work(request, large, limits, note)


@pytest.mark.check("fifo", depends_on=("asynchronous", "row-lifecycle"))
@pytest.mark.usefixtures("enough")
def test_fifo(apart, note) -> None:
    """Jobs that were submitted one after another, and waited together, are taken in that order;
    several may be worked on at once."""
    sent = [job.job_id for job in apart.api.sent]
    for job_id in apart.taken:
        note("postgres", f"№ {sent.index(job_id) + 1} PROCESSING", where=f"jobs {job_id}")
    order = [sent.index(job_id) + 1 for job_id in apart.taken]
    require(not apart.late, "late", expected=sorted(order), actual=order)


@pytest.mark.check("once-each", depends_on=("row-lifecycle",))
@pytest.mark.usefixtures("enough")
def test_once_each(request, pair, note) -> None:
    """With two workers every job is processed once, and both work."""
    for sent in pair.sent:
        require_end(sent.status, "COMPLETED", "not-completed")
        begun = sum(change.status == "PROCESSING" for change in pair.changes[sent.job_id])
        times = max(begun, len(pair.workers[sent.job_id]))
        require(times == 1, "not-once", expected=1, actual=times)
    if not all(pair.workers.values()):  # who did the others, nobody says
        pytest.skip(say("checks.no-receipts"))
    shares = Counter(worker for workers in pair.workers.values() for worker in workers)
    note("log", counted(shares), where="Received New Event")
    # A work with several worker services of its own has that many.
    require(len(shares) >= 2, "one-works", expected="≥ 2", actual=len(shares), timed=Timed.MEASURED)
    # Whoever waits otherwise than in a blocking command loses that check, and not this one.
    require(pair.takers != 1, "one-takes", expected="≥ 2", actual=1, timed=Timed.WAITED)
    both_compute(request, pair.heavy, note)


def both_compute(request, heavy, note) -> None:
    """Of two workers none has its jobs done by the other: each spends on a heavy job what that
    costs."""
    jobs = at_locked_rows(request)
    if heavy is None or not jobs or not all(heavy.workers.values()):
        return
    shares = Counter(worker for workers in heavy.workers.values() for worker in workers)
    done = all(sent.status == "COMPLETED" for sent in heavy.sent)
    if not done or not len(shares) == len(heavy.spent_s) == 2:
        return
    # The idler has at least so many; what one costs it beside the work itself, a light one tells.
    many = min(shares.values())
    beside_s = min(pair.light.spent_s for pair in jobs)
    work_s = min(pair.spent_s for pair in jobs)
    spent_s = min(heavy.spent_s) / many - beside_s
    if many < FEW or work_s < OWN_S:
        return
    share = number(min(max(spent_s / work_s, 0.0), 1.0), ".0%")
    note("stack", say("checks.seen.pair-cpu", share=share))
    require(spent_s >= IDLER * work_s, "one-computes", actual=share, timed=Timed.MEASURED)


@pytest.mark.check("broken-picture", depends_on=ANSWERED)
@pytest.mark.usefixtures("enough", "working")
def test_broken_picture(demonstration, lab, note) -> None:
    """FAILED with a reason, or refused with 4xx; and the jobs after it complete."""
    judge_broken(demonstration, lab, note)


@pytest.mark.check("broken-job", depends_on=ANSWERED)
@pytest.mark.usefixtures("enough", "working")
def test_broken_job(demonstration, lab, note) -> None:
    """The same, of a lab without pictures."""
    judge_broken(demonstration, lab, note)


@pytest.mark.check("result-right", depends_on=("row-lifecycle",))
@pytest.mark.usefixtures("enough")
def test_result_right(demonstration, results, lab, assignment, note) -> None:
    """Every result passes the lab's oracle, whatever kind of job it is."""
    judged = 0
    for job in good(demonstration):
        if not job.row or job.row.status not in FINAL:
            continue  # the matter of other checks
        require_end(job.row.status, "COMPLETED", "not-completed")
        judged += 1
        result = results[job.job_id]
        require(result.data is not None, "no-result", expected=result.path or job.job_id)
        seen = lab.workload.judge(job.planned.request, result.data, exact=False)
        facts = ", ".join(f"{name} = {value}" for name, value in seen.facts.items())
        judgement = say("checks.seen.right") if seen.ok else seen.reference
        note("result", f"{judgement}: {facts}", where=job.job_id)
        words = assignment.texts.get(seen.reference, {}).get(language())
        if words and not seen.ok:  # the assignment's own
            raise Failure(words.format(**seen.facts), **values_of(seen.facts))
        require(seen.ok, "wrong-result", actual=seen.reference)
    require(judged, "no-result", expected="COMPLETED")


def listed(names) -> str:
    """Names as people read them; a dash where there are none."""
    return ", ".join(names) or "—"


def counted(times) -> str:
    """What was seen how often."""
    return listed(f"{name}: {count}" for name, count in times.items())


def values_of(facts) -> dict[str, object]:
    """What was expected, and what is there, where the oracle tells."""
    return {name: facts[name] for name in ("expected", "actual") if name in facts}


def judge_broken(demonstration, lab, note) -> None:
    """The one broken job: it fails with its reason, and nothing else does."""
    broken = next(job for job in demonstration.jobs if job.planned.broken)
    where = lab.dialect.submit
    note("http", f"{broken.answer.status}", where=where, time=broken.answer.answered)
    if not 400 <= broken.answer.status < 500:
        status = broken.row.status if broken.row else None
        require_end(status, "FAILED", "not-failed")
        reasons = [broken.row.error, *(event.error for event in broken.events)]
        note("postgres", broken.row.error, where=f"jobs {broken.job_id}")
        require(any(reasons), "no-reason")
    later = [job for job in good(demonstration) if job.planned.number > broken.planned.number]
    ends = [job.row.status if job.row else None for job in later]
    for ended in ends:  # one that FAILED is the matter of the check about it, if others did not
        if ended != "FAILED" or "COMPLETED" not in ends:
            require_end(ended, "COMPLETED", "dead-after")
    codes = [state.exit_code for state in demonstration.ended]
    require(not codes, "died-of-it", expected="running", actual=codes)


@pytest.mark.check("malformed-message", depends_on=ANSWERED)
@pytest.mark.usefixtures("working")
def test_malformed_message(malformed, note) -> None:
    """The worker lives through rubbish in the queue."""
    completes(malformed, note)


@pytest.mark.check("redis-restart", depends_on=ANSWERED)
@pytest.mark.usefixtures("working")
def test_redis_restart(redis_outage, limits, note) -> None:
    """No end, no busy loop; and the next job completes."""
    seen = redis_outage
    text = say(
        "checks.seen.outage",
        lines=seen.lines,
        seconds=number(seen.away_s, ".1f"),
        most=seen.most_repeated,
        errors=seen.error_lines,
    )
    note("log", text, where="worker")
    lives = any(state.status == "running" for state in seen.states)
    require(lives, "ended", actual=[state.exit_code for state in seen.states])
    require(not seen.restarted, "restarted")
    most = limits.outage_repeats_per_s
    rate = seen.most_repeated / max(seen.away_s, 1)
    require(rate <= most, "busy-loop", expected=f"≤ {number(most)}", actual=f"{rate:.0f}")
    completes(seen.after, note)
    require(not seen.taken_over, "taken-over", actual=seen.after.job_id)


@pytest.mark.check("postgres-restart", depends_on=ANSWERED)
@pytest.mark.usefixtures("working")
def test_postgres_restart(postgres_outage, note) -> None:
    """The next job's row reaches COMPLETED."""
    completes(postgres_outage.after, note)
    require(not postgres_outage.taken_over, "taken-over", actual=postgres_outage.after.job_id)


@pytest.mark.check("worker-killed", depends_on=("row-lifecycle",))
@pytest.mark.usefixtures("enough")
def test_worker_killed(killed, usual, right, note) -> None:
    """After its restart the worker goes on; a job lost by the kill costs points only."""
    victim = killed.victim
    when = "killed" if killed.in_the_middle else "killed-late"
    text = say(f"checks.seen.{when}", status=told(victim.status))
    note("postgres", text, where=f"jobs {victim.job_id}")
    completes(killed.after, note)
    wrong = usual and killed.right is False
    require(not wrong, "wrong-after-kill", actual=victim.job_id)
    # After so many jobs: who does only the first ones well is seen here.
    wrong = right and killed.after_right is False
    require(not wrong, "wrong-later", actual=killed.after.job_id)
    if victim.status not in FINAL:
        note.partly(LOST, timed=Timed.WAITED)


def own_work(request, large, limits, note) -> None:
    """A right result is the worker's own: who hands on what another service made, has it before
    the worker began, or needs that service to go on, or spends next to nothing on a large job."""
    exchanged, helped, retried = beforehand(request)
    needs_api = retried is not None and retried.done
    asks_api = needs_api and retried.anew and works_among_idle(large, limits)
    require(not needs_api or asks_api, "needs-api", help_=say("checks.worked-not-help"))
    ids = [job.sent.job_id for job in exchanged if job.prepared]
    require(not ids, "prepared", actual=next(iter(ids), None))
    if not limits.large_cpu_s:
        return  # a lab where somebody else may do the work
    # Alone it hands on what was prepared for it; what nobody could prepare it cannot do alone.
    action = large.sent.request.fields.get("action")
    ids = [
        job.sent.job_id
        for job in exchanged
        if job.sent.job_id in helped and job.sent.request.fields.get("action") == action
    ]
    require(not (large.alone and ids), "prepared", actual=next(iter(ids), None))
    advice = say("checks.worked-not-help")
    spent = number(large.others_cpu_s, ".2f")
    require(not large.helped, "helped", actual=spent, help_=advice, timed=Timed.MEASURED)
    spent = number(large.handed_on_s, ".2f")
    require(not large.handed_on_s, "handed-on", actual=spent, help_=advice, timed=Timed.MEASURED)
    worker_works(large, limits, note)
    works_on_small_jobs(request, note)


def works_on_small_jobs(request, note) -> None:
    """Who works spends more time on a heavier job, be both small."""
    pairs = at_locked_rows(request)
    for pair in pairs:
        own, spent = number(pair.own_s * 1000, ".0f"), number(max(pair.spent_s, 0.0) * 1000, ".1f")
        note("stack", say("checks.seen.small-cpu", spent=spent, own=own))
    hardly = [p.own_s >= OWN_S and p.spent_s < HARDLY * p.own_s for p in pairs]
    worked = not pairs or not all(hardly)
    spent = number(max([0.0, *(pair.spent_s for pair in pairs)]) * 1000, ".1f")
    advice = say("checks.worked-not-help")
    require(worked, "worked-not-small", actual=spent, help_=advice, timed=Timed.MEASURED)


def beforehand(request):
    """The jobs whose files were exchanged before the worker began, the ids of those that needed a
    service without a role, and what became of one with the api, where they had FAILED without it;
    none where the experiment broke: that is the matter of those who are about it."""
    try:
        apart = request.getfixturevalue("apart")
    except (StackError, WitnessError):
        return (), (), None
    return apart.exchanged, apart.helped, apart.retried


def works_among_idle(large, limits) -> bool:
    """Whether the worker spends the time that a large job takes, and nobody else does, not even
    during the request: one that asks the api for the file works on it all the same."""
    least, others_s = limits.large_cpu_s, large.others_cpu_s + large.request_cpu_s
    return bool(large.cpu_s and large.cpu_s >= least > others_s)


def worker_works(large, limits, note) -> None:
    """Who works spends time on a large job."""
    if large.cpu_s is None:
        return
    spent_s = round(large.cpu_s, 2)
    spent = number(spent_s, ".2f")
    text = say("checks.seen.large-cpu", seconds=spent)
    note("stack", text, where=f"jobs {large.sent.job_id}")
    least, ended = limits.large_cpu_s, large.sent.status == "COMPLETED"
    worked = not ended or spent_s >= least
    advice = say("checks.worked-not-help")
    require(worked, "worked-not", expected=f"≥ {number(least)}", actual=spent, help_=advice)


def good(demonstration):
    """The demonstration's jobs that must complete."""
    return [job for job in demonstration.jobs if not job.planned.broken]


def reason_of(job) -> str:
    """Why it FAILED, as the row or else the log says."""
    told = [job.row.error, *(event.error for event in job.events)]
    return next(filter(None, told), "—")


def does(demonstration, request) -> bool:
    """Whether in the quiet run no whole job with this action FAILED."""
    alike = [
        job.row.status if job.row else None
        for job in good(demonstration)
        if job.planned.request.fields.get("action") == request.fields.get("action")
    ]
    return "FAILED" not in alike


def judge_results(demonstration, results, action, note) -> None:
    """Each result lies where it is said to, is its job's own file, and passes the oracle."""
    judged = 0
    for job in good(demonstration):
        # A job that did not end is the matter of other checks; one of each action stands before the
        # broken.
        if job.planned.action != action or not job.row:
            continue
        why = reason_of(job)
        require(job.row.status != "FAILED", "action-failed", expected=action, actual=why)
        if job.row.status != "COMPLETED":
            continue
        judged += 1
        result = results[job.job_id]
        require(result.path, "no-path", actual=job.job_id)
        require(result.data is not None, "no-result", expected=result.path)
        seen = judge_picture(job.planned.picture.data, result.data, action, job.planned.params)
        is_right(seen, f"{action} {job.planned.params}".strip(), result.path, note)
        if action == "grayscale":  # names are given in one place, and cost once
            own = result.path != job.row.input_path and names_id(result.path, job.job_id)
            require(own, "not-own-name", expected=job.job_id, actual=result.path)
    require(judged, "no-result", expected=action)


def judge_large(large, lab, note) -> None:
    """The large job's result is right, too; one that is not there is the matter of others."""
    try:
        result = lab.stack.read("worker", large.path) if large.path else None
    except StackError:
        result = None
    if result is None:
        return
    seen = lab.workload.judge(large.sent.request, result, exact=False)
    is_right(seen, " ".join(large.sent.request.fields.values()), large.path, note)


def is_right(seen, asked, path, note) -> None:
    """What the oracle says of the picture that lies there."""
    difference = seen.mean_difference
    text = say(
        "checks.seen.picture",
        action=asked,
        size=seen.facts["actual"],
        difference="—" if difference is None else number(difference, ".3g"),
    )
    note("storage", text, where=path)
    size = {name: seen.facts[name] for name in ("expected", "actual")}
    require(seen.ok, f"picture-{seen.why}", **size)


def completes(sent, note) -> None:
    """The job sent afterwards was accepted, and is done."""
    answer = sent.answer
    text = say("checks.seen.next-job", status=told(sent.status))
    note("postgres", text, where=f"jobs {sent.job_id}", time=answer.answered)
    timed = timed_refusal(answer.status)
    require(sent.job_id, "not-accepted", expected=202, actual=answer.status, timed=timed)
    require_end(sent.status, "COMPLETED", "next-not-completed")
