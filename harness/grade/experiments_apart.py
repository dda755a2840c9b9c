"""Producer and consumer apart: what the api does while no worker runs, and the worker without the api."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from harness.grade.lab import Lab, Witnesses, came
from harness.grade.observed import FINAL, Apart, ApiAlone, BadRequest, Held, Sent
from harness.grade.pictures import ACTIONS, make_picture
from harness.stack.errors import StackError
from harness.witness.errors import WitnessError
from harness.witness.history import Change
from harness.witness.http import Answer, Api

_OVERSIZE = 12 * 1024 * 1024  #: bytes of noise for a picture: more than any picture of the lab's
_ROUNDS = 2  #: of the three actions: enough waiting jobs to tell a queue from a stack


def apart(lab: Lab) -> Apart:
    """Stop the worker and submit; then stop the api and start the worker; then start the api again."""
    with lab.witnesses() as seen:
        with lab.stopped("worker"):
            alone = _api_alone(lab, seen)
            lab.stack.stop("api")
        try:
            bad = [one.sent for one in alone.bad if one.sent]
            waiting = [*alone.sent, alone.held.sent, *bad]
            ended = lab.ended(seen, [sent for sent in waiting if sent.job_id])
        finally:
            lab.stack.start("api")
        ids = [one.job_id for one in alone.sent if one.job_id]
        changes = lab.history.of(*ids)
        _wait_for_api(lab)
        again = lab.send_and_wait(seen, lab.limits.job_s)
    return Apart(
        api=alone,
        ended={one.job_id: one for one in ended},
        taken=tuple(change.job_id for change in changes if change.status == "PROCESSING"),
        late=_late(ids, changes),
        again=again,
    )


def _late(ids: Sequence[str], changes: Sequence[Change]) -> tuple[str, ...]:
    """Who was begun after the end of one that was sent later. A worker of several threads takes jobs in their
    order and may write their PROCESSING in another: what overlaps in time tells nothing."""
    ended: set[int] = set()
    late = []
    for change in changes:
        place = ids.index(change.job_id)
        if change.status in FINAL:
            ended.add(place)
        elif change.status == "PROCESSING" and any(other > place for other in ended):
            late.append(change.job_id)
    return tuple(late)


def _api_alone(lab: Lab, seen: Witnesses) -> ApiAlone:
    sent = tuple(lab.send(seen.api, action) for action in ACTIONS * _ROUNDS)
    rows = seen.postgres.rows([one.job_id for one in sent])
    queue = seen.redis.queue()
    return ApiAlone(
        sent=tuple(one.with_row(rows.get(one.job_id)) for one in sent),
        queue=queue,
        files=_files(lab, queue),
        held=_held(lab, seen),
        bad=_bad_requests(lab, seen),
    )


def _files(lab: Lab, queue: Sequence[str]) -> Mapping[str, bytes]:
    """What lies where the messages say, by job."""
    files = {}
    for message in queue:
        fields = message.split("|")
        if len(fields) == 4:
            with suppress(StackError):  # no such file: its absence is the fact
                files[fields[0].lower()] = lab.stack.read("api", fields[1])
    return files


def _held(lab: Lab, seen: Witnesses) -> Held:
    """A submission while commits are held back: is its message there before its row?"""
    before, limit = seen.redis.queue_length(), lab.limits.job_s
    with ThreadPoolExecutor(1) as pool:
        with lab.history.held_commits():
            answer = pool.submit(lab.send, seen.api, "grayscale")
            came(
                lambda: lab.history.waiting_commits() or answer.done(),
                deadline_s=limit,
                what="the commit of the row, or the answer",
            )
            waited = lab.history.waiting_commits() > 0
            meanwhile = seen.redis.queue_length() - before
        came(
            lambda: seen.redis.queue_length() > before or answer.done(),
            deadline_s=limit,
            what="the message",
        )
        sent = answer.result()
    row = seen.postgres.row(sent.job_id) if sent.job_id else None
    return Held(sent=sent.with_row(row), waited=waited, messages_meanwhile=meanwhile)


def _bad_requests(lab: Lab, seen: Witnesses) -> tuple[BadRequest, ...]:
    """What the api says to each request that cannot be right, and what came of it."""
    picture = ("a.png", make_picture(lab.rng).data, "image/png")
    text = b"this is no picture"
    action = {"action": "grayscale", "params": ""}
    ask, path, field = seen.api.request, lab.dialect.submit, lab.dialect.file_field
    requests: dict[str, Callable[[], Answer]] = {
        "no-file": lambda: ask("POST", path, data=action),
        "no-action": lambda: ask("POST", path, files={field: picture}),
        "unknown-action": lambda: seen.api.submit(picture[1], "explode"),
        "wrong-method": lambda: ask("GET", path),
        "text-as-picture": lambda: seen.api.submit(text, "grayscale"),
        # After all others: who cuts it may close a connection that was kept alive.
        "oversize": lambda: seen.api.submit(lab.rng.bytes(_OVERSIZE), "grayscale"),
    }
    return tuple(_bad(seen, name, request) for name, request in requests.items())


def _bad(seen: Witnesses, name: str, request: Callable[[], Answer]) -> BadRequest:
    messages, rows = seen.redis.queue_length(), _unfinished(seen)
    try:
        sent = Sent(action="", params="", picture=b"", answer=request())
    except WitnessError:
        if name != "oversize":
            raise
        sent = None  # cut while it was still being sent: a refusal as well
    return BadRequest(
        name=name,
        sent=sent,
        new_messages=seen.redis.queue_length() - messages,
        new_rows=_unfinished(seen) - rows,
    )


def _unfinished(seen: Witnesses) -> int:
    """Rows that somebody must still work on."""
    return sum(row.status not in FINAL for row in seen.postgres.rows().values())


def _wait_for_api(lab: Lab) -> None:
    """A process that runs may not listen yet. Any answer will do."""

    def answers() -> bool:
        try:
            with Api(lab.stack.url, timeout_s=2.0) as api:
                return api.request("GET", "/health").status < 500
        except WitnessError:
            return False

    came(answers, deadline_s=lab.limits.back_s, what="GET /health")
