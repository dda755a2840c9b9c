"""A run as its folder keeps it: the verdict, the demonstration, the worker's log, the pictures."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

KINDS = ("received", "processing", "completed", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job of the demonstration, ready to be shown."""

    number: int
    job_id: str
    action: str
    params: str
    http_status: int
    response: Any
    status: str
    error: str
    before: str  #: the uploaded picture, relative to the report
    after: str | None  #: the result; None where there is none
    ms: dict[
        str, int
    ]  #: milliseconds since the request, by step: answered, received, processing, …

    @property
    def total_ms(self) -> int | None:
        """From the request to the final line of the log."""
        return next((self.ms[kind] for kind in ("completed", "failed") if kind in self.ms), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Everything a report is made of."""

    folder: Path
    demo: dict[str, Any]
    verdict: dict[str, Any]
    log: tuple[str, ...]  #: the worker's lines, without the time that the runtime put before them
    jobs: tuple[Job, ...]


def load_run(folder: Path) -> Run:
    """What ``lab6 checks`` left in ``folder``."""
    demo = json.loads((folder / "demo.json").read_text(encoding="utf-8"))
    verdict = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    log = (folder / "worker.log").read_bytes().decode("utf-8", "replace").splitlines()
    return Run(
        folder=folder,
        demo=demo,
        verdict=verdict,
        log=tuple(line.partition("Z ")[2] or line for line in log),
        jobs=tuple(_job(number, entry) for number, entry in enumerate(demo["jobs"], 1)),
    )


def _job(number: int, entry: dict[str, Any]) -> Job:
    sent = datetime.fromisoformat(entry["sent"])
    times = {"answered": entry["answered"]}
    for event in entry["events"]:
        if event["kind"] in KINDS and event["time"]:
            times.setdefault(event["kind"], event["time"])
    since = {name: datetime.fromisoformat(time) - sent for name, time in times.items()}
    return Job(
        number=number,
        job_id=entry["job_id"] or "—",
        action=entry["action"],
        params=entry["params"],
        http_status=entry["http_status"],
        response=entry["response"],
        status=entry["status"] or "—",
        error=entry["error"] or "",
        before=_beside(entry["input"]),
        after=_beside(entry["output"]) if entry["output"] else None,
        ms={name: round(time.total_seconds() * 1000) for name, time in since.items()},
    )


def _beside(path: str) -> str:
    """A picture's path, as seen from the report in the run's folder."""
    file = Path(path)
    return f"{file.parent.name}/{file.name}"
