"""Requests that cannot be right: what the api says to each, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass

from harness.grade.experiments.sending import FINAL, Sent
from harness.grade.experiments.subject import Lab, Witnesses
from harness.lab6.pictures import make_picture
from harness.witness.errors import WitnessError
from harness.witness.http import Answer

_OVERSIZE = 12 * 1024 * 1024  #: bytes of noise for a picture: more than any picture of the lab's


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRequest:
    """A request that cannot be right."""

    name: str
    sent: Sent | None  #: None where the api cut the connection before the request was whole
    new_messages: int
    new_rows: int  #: that are neither COMPLETED nor FAILED


def bad_requests(lab: Lab, seen: Witnesses) -> tuple[BadRequest, ...]:
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
