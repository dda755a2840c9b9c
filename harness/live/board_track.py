"""What a live board has seen, as a track of a recording: of one job, or of all it still knows."""

import time
from collections.abc import Mapping
from typing import Any

from harness.live.board import Board
from harness.live.deeds import Deed
from harness.live.recording import Noted, RecordedJob, Track, board_marks, track
from harness.live.thumbs import Thumbs, as_url

_MOST_JOBS = 200  #: the latest: a file that a person looks through


def board_track(
    name: Mapping[str, str],
    board: Board,
    thumbs: Thumbs,
    *,
    only: str | None = None,
    over: bool = False,
) -> Track:
    """The track; ``only`` the job of this id. Where nothing more will come (``over``) a job that
    has not ended was lost; else only one that is in nobody's hands.
    """
    jobs, deeds = board.record()
    shown = [job for job in jobs if only in (None, job["id"])][-_MOST_JOBS:]
    under_way = () if over else [job["number"] for job in shown if not job["stray"]]
    marks = [*board_marks(shown, ())]
    return track(
        name,
        [_recorded(job, thumbs) for job in shown],
        [*marks, *_meanwhile(marks, deeds, to_the_end=only is None)],
        ended=time.time() if over else None,
        under_way=under_way,
    )


def _meanwhile(marks: list[Noted], deeds: tuple[Deed, ...], *, to_the_end: bool) -> list[Noted]:
    """What was done to the system while these jobs were on their way."""
    times = [mark.time for mark in marks]
    if not times:
        return []
    first, last = min(times), max(times)
    done = board_marks((), deeds)
    return [mark for mark in done if first <= mark.time and (to_the_end or mark.time <= last)]


def _recorded(job: Mapping[str, Any], thumbs: Thumbs) -> RecordedJob:
    picture = thumbs.get(job["picture"])
    return RecordedJob(
        number=job["number"],
        id=job["id"],
        action=job["action"],
        params=job["params"],
        picture=as_url(picture) if picture else "",
        error=job["error"],
    )
