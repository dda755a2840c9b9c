"""A run that can be seen again: what happened to its jobs, in order, each with the place to which
it brought its job. ``lab6/replay/v1``.

Made of what a live board has seen, or of what a run has left (``recorded.py``); drawn by the page's
``replay.js``, which knows no rule of its own.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from harness.live.deeds import Deed

SCHEMA = "lab6/replay/v1"
_TAKEN = ("sent", "200", "201", "202")
#: The way of a job: only a redelivery brings one back.
ORDER = ("client", "api", "queue", "worker", "done")
#: (witness, what) → the place that it proves, the arrow on which it is drawn, the row's status
_MEANS: Mapping[tuple[str, str], tuple[str, str, str]] = {
    ("http", "sent"): ("api", "post", ""),
    ("postgres", "QUEUED"): ("api", "insert", "QUEUED"),
    ("redis", "RPUSH"): ("queue", "rpush", ""),
    ("log", "received"): ("worker", "blpop", ""),
    ("postgres", "PROCESSING"): ("worker", "update", "PROCESSING"),
    ("log", "processing"): ("worker", "", ""),
    ("postgres", "COMPLETED"): ("done", "update", "COMPLETED"),
    ("postgres", "FAILED"): ("done", "update", "FAILED"),
    ("log", "completed"): ("done", "", ""),
    ("log", "failed"): ("done", "", ""),
    ("redis", "RPUSH-again"): ("queue", "redeliver", ""),
    ("log", "redelivered"): ("queue", "redeliver", ""),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """Something that one witness saw, at its time (seconds since 1970). ``job``: the number of a
    job, or None where it is about a service.
    """

    time: float
    witness: str  #: http, redis, log, postgres, person
    what: str
    job: int | None = None
    text: str = ""  #: the witness's own words
    replica: int | None = None  #: the one worker that a person's deed was about; None for all
    left: int | None = None  #: how many workers a kill spared


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """A mark as it is drawn. ``at`` counts seconds from the track's beginning."""

    at: float
    witness: str
    what: str
    job: int | None
    place: str  #: where the job is from now on; "" where it is about no job
    arrow: str  #: post, insert, rpush, answer, blpop, update, redeliver; "" for none
    row: str  #: the status that its row has from now on; "" where this says nothing of it
    text: str
    replica: int | None = None  #: as ``Noted.replica``
    left: int | None = None  #: as ``Noted.left``


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedJob:
    """A job of a track. ``picture`` is a small one as a data URL; "" where there is none."""

    number: int
    id: str
    action: str = ""
    params: str = ""
    picture: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One run of one lab. ``name`` is its title, a text a language; ``finding`` the cause of what
    went wrong, a document a language."""

    name: Mapping[str, str]
    jobs: tuple[RecordedJob, ...]
    happenings: tuple[Happening, ...]
    lost: tuple[int, ...]  #: numbers of the jobs that never ended
    finding: Mapping[str, Any] | None = None


def track(
    name: Mapping[str, str],
    jobs: Iterable[RecordedJob],
    marks: Iterable[Noted],
    *,
    ended: float | None = None,
    under_way: Collection[int] = (),
    queue_watched: bool = True,
    finding: Mapping[str, Any] | None = None,
) -> Track:
    """The track of these marks, in the order of their times. A job that the api took and that has
    not ended when the track is over was lost: its last happening says so. ``ended``: when that was
    seen; ``under_way``: jobs that may still end; ``queue_watched``: whether somebody saw what came
    into the list, so that an event which nobody saw there was not added.
    """
    known = tuple(jobs)
    ordered = sorted(marks, key=lambda mark: mark.time)
    start = ordered[0].time if ordered else 0.0
    happenings = list(_placed(ordered, start))
    last = {happening.job: happening.place for happening in happenings if happening.job is not None}
    spared = {*_refused(ordered), *under_way}
    lost = tuple(
        job.number for job in known if last.get(job.number) != "done" and job.number not in spared
    )
    end = max((ended or start) - start, happenings[-1].at if happenings else 0.0)
    happenings += [
        _lost(number, last.get(number, "client"), end, queue_watched=queue_watched)
        for number in lost
    ]
    return Track(name=name, jobs=known, happenings=tuple(happenings), lost=lost, finding=finding)


def _refused(marks: Sequence[Noted]) -> set[int]:
    """Jobs that the api did not take, and that nobody has seen behind it."""
    said_no = {mark.job for mark in marks if mark.witness == "http" and mark.what not in _TAKEN}
    seen = {mark.job for mark in marks if mark.witness != "http"}
    return {job for job in said_no - seen if job is not None}


def _placed(marks: Iterable[Noted], start: float) -> Iterator[Happening]:
    places: dict[int | None, str] = {}
    pushed: set[int | None] = set()
    for mark in marks:
        what = mark.what
        if (mark.witness, what) == ("redis", "RPUSH"):
            what = "RPUSH-again" if mark.job in pushed else what
            pushed.add(mark.job)
        place, arrow, row = _MEANS.get((mark.witness, what), ("", "", ""))
        if mark.witness == "http" and mark.what != "sent":
            arrow = "answer"
        if mark.job is not None:
            place = places[mark.job] = _moved(places.get(mark.job, "client"), place, arrow)
        yield Happening(
            at=round(mark.time - start, 6),
            witness=mark.witness,
            what=what,
            job=mark.job,
            place=place,
            arrow=arrow,
            row=row,
            text=mark.text,
            replica=mark.replica,
            left=mark.left,
        )


def _moved(here: str, place: str, arrow: str) -> str:
    """Where the job is then: witnesses whose clocks differ a little move nothing back."""
    if not place or here == "done":
        return here
    if arrow == "redeliver":
        return place
    return max(here, place, key=ORDER.index)


def _lost(number: int, place: str, at: float, *, queue_watched: bool) -> Happening:
    return Happening(
        at=round(at, 6),
        witness="judge",
        what=f"lost-{place}" if place != "api" or queue_watched else "lost-unseen",
        job=number,
        place=place,
        arrow="",
        row="",
        text="",
    )


def to_document(title: Mapping[str, str], tracks: Iterable[Track]) -> dict[str, Any]:
    """The recording as JSON's types."""
    return {"schema": SCHEMA, "title": dict(title), "tracks": [asdict(one) for one in tracks]}


def board_marks(jobs: Iterable[Mapping[str, Any]], deeds: Iterable[Deed]) -> Iterator[Noted]:
    """What a live board has seen: its jobs' marks, when they were sent, what was done to the
    system.
    """
    for job in jobs:
        number = int(job["number"])
        if job["sent"]:
            yield Noted(time=job["sent"], witness="http", what="sent", job=number)
        for mark in job["marks"]:
            yield Noted(time=mark["time"], witness=mark["witness"], what=mark["what"], job=number)
    for deed in deeds:
        yield Noted(
            time=deed.at,
            witness="person",
            what=deed.what,
            replica=deed.replica,
            left=deed.left,
        )
