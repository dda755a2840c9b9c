"""Producer and consumer apart: what the api does while no worker runs, and the worker without the api."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from harness.grade.lab import Lab, Witnesses, came
from harness.grade.observed import Apart, BadRequest, Held, Sent
from harness.grade.pictures import ACTIONS, make_picture
from harness.stack.errors import StackError
from harness.witness.http import Answer

_ROUNDS = 2  #: of the three actions: enough waiting jobs to tell a queue from a stack


def apart(lab: Lab) -> Apart:
    """Stop the worker and submit; then stop the api and start the worker; then start the api."""
    with lab.witnesses() as seen:
        with lab.stopped("worker"):
            sent = [lab.send(seen.api, action) for action in ACTIONS * _ROUNDS]
            ids = [one.job_id for one in sent if one.job_id]
            before, queue = seen.postgres.rows(ids), seen.redis.queue()
            files = _files(lab, queue)
            held, extra = _held(lab, seen)
            bad = _bad_requests(lab, seen)
            lab.stack.stop("api")
        try:
            waiting = [*sent, extra, *(_sent(answer) for _, answer, _ in bad if answer.job_id)]
            ended = {one.job_id: one for one in lab.ended(seen.postgres, waiting)}
        finally:
            lab.stack.start("api")
        _answering(lab)
        again = lab.ended(seen.postgres, [lab.send(seen.api, "grayscale")])[0]
    return Apart(
        sent=tuple(sent),
        before=before,
        queue=queue,
        files=files,
        held=held,
        bad=tuple(
            BadRequest(
                name=name,
                answer=answer,
                new_messages=messages,
                status_after=ended[_id(answer)].status if _id(answer) else None,
            )
            for name, answer, messages in bad
        ),
        after={job_id: ended[job_id].row for job_id in ids if ended[job_id].row},
        taken=tuple(
            change.job_id for change in lab.history.of(*ids) if change.status == "PROCESSING"
        ),
        again=again.answer,
    )


def _files(lab: Lab, queue: Sequence[str]) -> Mapping[str, bytes]:
    """What lies where the messages say, by job."""
    files = {}
    for message in queue:
        fields = message.split("|")
        if len(fields) == 4:
            try:
                files[fields[0].lower()] = lab.stack.read("api", fields[1])
            except StackError:
                continue  # no such file: its absence is the fact
    return files


def _held(lab: Lab, seen: Witnesses) -> tuple[Held, Sent]:
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
    held = Held(
        waited=waited, messages_meanwhile=meanwhile, status_after=row.status if row else None
    )
    return held, sent


def _bad_requests(lab: Lab, seen: Witnesses) -> list[tuple[str, Answer, int]]:
    """What the api says to each request that cannot be right, and how many messages came of it."""
    picture = ("a.png", make_picture(lab.rng).data, "image/png")
    text = ("a.png", b"this is no picture", "image/png")
    action = {"action": "grayscale", "params": ""}
    path = "/job/submit"
    requests: dict[str, Callable[[], Answer]] = {
        "no-file": lambda: seen.api.request("POST", path, files={}, data=action),
        "no-action": lambda: seen.api.request("POST", path, files={"image": picture}),
        "unknown-action": lambda: seen.api.submit(picture[1], "explode"),
        "wrong-method": lambda: seen.api.request("GET", path),
        "text-as-picture": lambda: seen.api.request(
            "POST", path, files={"image": text}, data=action
        ),
    }
    found = []
    for name, request in requests.items():
        messages = seen.redis.queue_length()
        answer = request()
        found.append((name, answer, seen.redis.queue_length() - messages))
    return found


def _answering(lab: Lab) -> None:
    """Wait until the api, started again, answers: its port may listen later than its process runs."""
    from harness.witness.errors import WitnessError
    from harness.witness.http import Api

    def answers() -> bool:
        try:
            with Api(lab.stack.url, timeout_s=2.0) as api:
                return api.request("GET", "/health").status < 500
        except WitnessError:
            return False

    came(answers, deadline_s=lab.limits.job_s, what="GET /health")


def _sent(answer: Answer) -> Sent:
    return Sent(action="", params="", picture=b"", answer=answer)


def _id(answer: Answer) -> str:
    return _sent(answer).job_id
