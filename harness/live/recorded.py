"""What a run has left, as a recording: ``demo.json`` of a demonstration or of a grading, with the
pictures beside it.

All of it may have been written by a stranger: it is read through bounds, and nothing that a
document names is opened but pictures in the folder's own ``pictures``.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path, PureWindowsPath
from typing import Any

from harness.live.recording import Noted, RecordedJob, Track, to_document, track
from harness.live.thumbs import as_url, small
from harness.stack.errors import StackError
from harness.texts import LANGUAGES, catalogue

_LARGEST = 64 * 1024 * 1024  #: bytes of a document
_LARGEST_PICTURE = 16 * 1024 * 1024
_MOST_JOBS = 200
_MOST_EVENTS = 40  #: of one job
_LONGEST = 400  #: characters of one text
_ROW_TIMES = {"created_at": "QUEUED", "started_at": "PROCESSING"}


def recording_of(source: Path) -> dict[str, Any]:
    """The recording of a run: of its folder, or of ``demo.json`` or ``verdict.json`` in it.

    ``StackError("replay-source")`` where nothing there tells of a run.
    """
    folder = source if source.is_dir() else source.parent
    demo = _document(source if source.is_file() else folder / "demo.json")
    if demo is not None and demo.get("schema") == "lab6/verdict/v1":
        demo = _document(folder / "demo.json")  # a verdict tells of its run in the file beside it
    if demo is None or demo.get("schema") != "lab6/demo/v1":
        raise StackError("replay-source", path=source)
    return to_document(_texts("replay-title"), [demo_track(demo, folder)])


def demo_track(demo: Mapping[str, Any], folder: Path) -> Track:
    """The track of a ``lab6/demo/v1`` document."""
    documents = [job for job in _list(demo.get("jobs")) if isinstance(job, dict)][:_MOST_JOBS]
    jobs = [_job(number, job, folder) for number, job in enumerate(documents, 1)]
    marks = [mark for number, job in enumerate(documents, 1) for mark in _marks(number, job)]
    finding = demo.get("finding")
    return track(
        _texts("replay-demo"),
        jobs,
        marks,
        queue_watched=False,
        finding=_finding(finding) if isinstance(finding, dict) else None,
    )


def _job(number: int, job: Mapping[str, Any], folder: Path) -> RecordedJob:
    return RecordedJob(
        number=number,
        id=_text(job.get("job_id")),
        action=_text(job.get("action")),
        params=_text(job.get("params")),
        picture=_picture(job.get("input"), folder),
        error=_text(job.get("error")),
    )


def _marks(number: int, job: Mapping[str, Any]) -> Iterator[Noted]:
    answer = _text(job.get("http_status"))
    for what, name in (("sent", "sent"), (answer, "answered")):
        yield from _mark(number, job.get(name), "http", what)
    for event in _list(job.get("events"))[:_MOST_EVENTS]:
        if isinstance(event, dict):
            text = _text(event.get("text"))
            yield from _mark(number, event.get("time"), "log", _text(event.get("kind")), text)
    row = job.get("row")
    if isinstance(row, dict):
        for name, status in _ROW_TIMES.items():
            yield from _mark(number, row.get(name), "postgres", status)
        yield from _mark(number, row.get("finished_at"), "postgres", _text(job.get("status")))


def _mark(number: int, time: object, witness: str, what: str, text: str = "") -> Iterator[Noted]:
    """The mark, where its time is one."""
    try:
        at = datetime.fromisoformat(str(time)).timestamp()
    except (ValueError, OverflowError, OSError):
        return
    yield Noted(time=at, witness=witness, what=what, job=number, text=text)


def _picture(named: object, folder: Path) -> str:
    """The small picture of a file that was sent; its name counts, in the run's own folder."""
    if not isinstance(named, str) or not named:
        return ""
    file = folder / "pictures" / PureWindowsPath(named).name  # takes both kinds of slashes
    try:
        if not file.is_file() or file.is_symlink() or file.stat().st_size > _LARGEST_PICTURE:
            return ""
        made = small(file.read_bytes())
    except (OSError, ValueError):  # a name that no file can have, too
        return ""
    return as_url(made) if made else ""


def _finding(finding: Mapping[str, Any]) -> dict[str, Any]:
    """The cause as the run told it, in the one language in which it was told."""
    names = ("sentence", "error", "file", "line", "code", "hint", "service")
    texts = {name: _text(finding.get(name)) for name in names}
    return dict.fromkeys(LANGUAGES, texts)


def _document(file: Path) -> dict[str, Any] | None:
    try:
        with file.open("rb") as opened:
            data = opened.read(_LARGEST + 1)
        document = json.loads(data) if len(data) <= _LARGEST else None
    except (OSError, ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    """A stranger's word, of so many characters; half characters (lone surrogates) are replaced."""
    text = "" if value is None else str(value)[:_LONGEST]
    return text.encode("utf-8", "replace").decode()


def _texts(key: str) -> dict[str, str]:
    return {lang: catalogue(lang)[f"live.{key}"] for lang in LANGUAGES}
