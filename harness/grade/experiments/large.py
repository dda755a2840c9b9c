"""One large picture: what is done with it takes time that can be measured."""

from dataclasses import dataclass

from harness.grade.experiments.sending import Sent, submit
from harness.grade.experiments.subject import Lab
from harness.lab6.pictures import enlarged, make_picture
from harness.trace import Event
from harness.witness.history import StatusChange

_LARGE = (4000, 3000)  #: points of a picture that takes most of a second


@dataclass(frozen=True, slots=True, kw_only=True)
class Large:
    """One large picture: what was done with it takes time that can be measured."""

    sent: Sent
    changes: tuple[StatusChange, ...]
    events: tuple[Event, ...]


def large_job(lab: Lab) -> tuple[str, str, bytes]:
    """A job that takes long enough to be looked at, or killed, while it is worked on."""
    picture = enlarged(make_picture(lab.rng, jpeg=True), _LARGE)
    return "resize", f"{_LARGE[0] - 7}x{_LARGE[1] - 7}", picture.data


def large(lab: Lab) -> Large:
    """One large picture."""
    with lab.witnesses() as seen, lab.follow_log() as log:
        sent = submit(seen.api, *large_job(lab))
        (ended,) = lab.ended(seen, [sent]) if sent.job_id else (sent,)
        events = lab.events(log, [ended]) if sent.job_id else ()
        return Large(sent=ended, changes=lab.history.of(sent.job_id), events=events)
