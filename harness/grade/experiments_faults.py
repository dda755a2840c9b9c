"""What the lab's text speaks of and a quiet run never shows: rubbish, outages, a killed worker."""

import re
from collections import Counter
from time import monotonic

from harness.grade.experiments import large_job
from harness.grade.lab import Lab, came, submit
from harness.grade.observed import FINAL, Killed, Outage, Sent
from harness.trace import Judge, Kind
from harness.trace.decorations import undecorated
from harness.witness.http import Api

_DIGITS = re.compile(r"\d+")
#: No message of the lab's: too few fields, too many, no UUID, no text.
RUBBISH = ("rubbish", "a|b", "1|2|3|4|5", "17|./storage/none.png|grayscale|", "|||", "", "\x00\n|")


def malformed(lab: Lab) -> Sent:
    """Rubbish straight into the queue; then a job."""
    with lab.witnesses() as seen:
        for message in RUBBISH:
            seen.redis.push(message)
        return lab.send_and_wait(seen, lab.limits.back_s)


def redis_outage(lab: Lab) -> Outage:
    """Redis away for a while; then a job."""
    return _outage(lab, "redis", lab.limits.redis_away_s)


def postgres_outage(lab: Lab) -> Outage:
    """PostgreSQL restarted; then a job."""
    return _outage(lab, "postgres", 0.0)


def _outage(lab: Lab, service: str, away_s: float) -> Outage:
    before = len(_log_so_far(lab)[0])
    began = monotonic()
    with lab.stopped(service):
        over = began + away_s
        came(lambda: monotonic() >= over, deadline_s=away_s + 1, what="the outage's end")
        away = monotonic() - began
        meanwhile = _log_so_far(lab)[0][before:]
        states = lab.stack.state("worker")
    with lab.witnesses() as seen:
        came(lambda: _healthy(seen.api), deadline_s=lab.limits.back_s, what="GET /health")
        after = lab.send_and_wait(seen, lab.limits.back_s)
    if after.status != "COMPLETED":
        lab.restart()  # who does not come back by itself is this check's matter, and no other's
    return Outage(
        away_s=away,
        error_lines=_log_so_far(lab)[1],
        lines=len(meanwhile),
        most_repeated=max(Counter(meanwhile).values(), default=0),
        states=states,
        after=after,
    )


def killed(lab: Lab) -> Killed:
    """The worker killed while it works on a large picture, and started again; then a job."""
    with lab.witnesses() as seen:
        victim = submit(seen.api, *large_job(lab))

        def begun() -> bool:
            row = seen.postgres.row(victim.job_id)
            return row is not None and row.status not in ("QUEUED", "PENDING")

        if victim.job_id:
            came(begun, deadline_s=lab.limits.job_s, what="the large picture's PROCESSING")
        lab.stack.kill("worker")
        row = seen.postgres.row(victim.job_id) if victim.job_id else None
        lab.stack.start("worker")
        after = lab.send_and_wait(seen, lab.limits.back_s)
        ended = lab.ended(seen, [victim], lab.limits.recovered_s)[0]
    in_the_middle = row is not None and row.status not in FINAL
    return Killed(victim=ended, in_the_middle=in_the_middle, after=after)


def _healthy(api: Api) -> bool:
    return api.request("GET", "/health").status < 500


def _log_so_far(lab: Lab) -> tuple[list[str], int]:
    """The worker's log without decorations and digits (so that the same words are the same line), and how
    many of its lines tell of a Redis error."""
    judge = Judge(lab.dialect.profile)
    raw = list(lab.stack.logs("worker", timestamps=True))
    events = [judge.feed(line).event for line in raw]
    errors = sum(event is not None and event.kind is Kind.REDIS_ERROR for event in events)
    return [
        _DIGITS.sub("", undecorated(line.decode("utf-8", "replace")).text) for line in raw
    ], errors
