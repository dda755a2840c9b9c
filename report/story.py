"""The run's documents as what the report shows: jobs with their times, the verdict by tasks,
one job's way.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from report.documents import Document, Run

_STEPS = ("answered", "received", "processing", "completed", "failed")
_FINAL = ("completed", "failed")
WAY = ("client", "api", "postgres", "redis", "worker")  #: of whom a sequence diagram tells
Words = Callable[[float], str]
_LONGEST = 80  #: characters of a field that are shown

#: What Mermaid takes in a message as it is; anything else could end the line or begin an entity.
_MERMAID = re.compile(r"[^\w .,:/×|_→()-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedJob:
    """One job of the demonstration."""

    number: int
    job_id: str
    fields: Mapping[str, str]  #: what the client asked for, by the lab's own names
    http_status: int
    response: Any
    status: str
    expected: str
    error: str
    ok: bool
    input: Path | None
    output: Path | None
    picture: Document | None  #: what the oracle says of the result; None where there is none
    ms: Mapping[str, float]  #: since the request was sent, by step: answered, received, …, inserted

    @property
    def action(self) -> str:
        """What the job is: the first of its fields."""
        return next(iter(self.fields.values()), "")[:_LONGEST]

    @property
    def params(self) -> str:
        """The rest of them."""
        return " ".join(list(self.fields.values())[1:])[:_LONGEST]

    @property
    def total_ms(self) -> float | None:
        """From the request to the log's final line."""
        return next((self.ms[kind] for kind in _FINAL if kind in self.ms), None)

    @property
    def size(self) -> str:
        """Width and height of the result; "" where there is none."""
        size = (self.picture or {}).get("actual_size")
        return f"{size[0]}×{size[1]}" if size else ""

    def took_ms(self, start: str, end: str) -> float | None:
        """From one step to another; None where one of them was not seen."""
        if start not in self.ms or end not in self.ms:
            return None
        return max(self.ms[end] - self.ms[start], 0.0)

    @property
    def end(self) -> str:
        """The step that it ended with; "" where it did not."""
        return next((kind for kind in _FINAL if kind in self.ms), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task of the lab and its checks."""

    number: int
    title: str
    points: float
    max_points: float
    checks: tuple[Document, ...]


def jobs_of(run: Run) -> tuple[ReportedJob, ...]:
    """The demonstration's jobs in the order of their submission."""
    entries = run.demo["jobs"] if run.demo else ()
    return tuple(_job(run, number, entry) for number, entry in enumerate(entries, 1))


def tasks_of(verdict: Document) -> tuple[Task, ...]:
    """The verdict's checks under the lab's tasks."""
    return tuple(
        Task(
            number=task["task"],
            title=str(task["title"]),
            points=task["points"],
            max_points=task["max_points"],
            checks=tuple(check for check in verdict["checks"] if check["task"] == task["task"]),
        )
        for task in verdict["tasks"]
    )


def finding_of(run: Run) -> Document | None:
    """The cause that the run found: the verdict's, else the demonstration's; None where it
    found none.
    """
    finding = (run.verdict or {}).get("finding") or (run.demo or {}).get("finding")
    return finding if isinstance(finding, dict) else None


def shown_job(jobs: tuple[ReportedJob, ...]) -> ReportedJob | None:
    """The job that is told in full: one that took parameters and completed, else the likest."""

    def likeness(job: ReportedJob) -> tuple[bool, bool, int]:
        return job.status == "COMPLETED", bool(job.params), -job.number

    return max(jobs, key=likeness, default=None)


def sequence(job: ReportedJob, who: Mapping[str, str], ms: Words) -> str:
    """One job as a Mermaid sequence diagram. ``who`` names the five; ``ms`` words milliseconds."""
    names = zip("CAPRW", WAY, strict=True)
    lines = ["sequenceDiagram", "    autonumber"]
    lines += [
        f"    {'actor' if letter == 'C' else 'participant'} {letter} as {who[name]}"
        for letter, name in names
    ]
    lines.append("    W->>R: BLPOP image_processing_queue")
    lines += [f"    {arrow}: {text}" for arrow, text in _messages(job, ms)]
    return "\n".join(lines)


def steps(job: ReportedJob, who: Mapping[str, str], ms: Words) -> list[str]:
    """The same as sentences: who, whom, what."""
    names = dict(zip("CAPRW", (who[name] for name in WAY), strict=True))
    sentences = []
    for arrow, text in _messages(job, ms):
        left, right = arrow.replace("-->>", "->>").split("->>")
        sentences.append(f"{names[left]} → {names[right]}: {text}")
    return sentences


def _messages(job: ReportedJob, ms: Words) -> Iterator[tuple[str, str]]:
    """Arrows with their words, in the order of the measured times."""
    what = _safe(f"{job.action} {job.params}".strip())
    yield "C->>A", f"POST /job/submit, {what}"
    yield "A->>P", f"INSERT jobs, QUEUED{_at(job, 'inserted', ms)}"
    yield "A->>R", "RPUSH job_id|file_path|action|params"
    measured = {
        "answered": ("A-->>C", f"{job.http_status} QUEUED"),
        "received": ("R-->>W", "Received New Event"),
        "processing": ("W->>P", "UPDATE PROCESSING"),
        "work": ("W->>W", what),
        job.end: ("W->>P", f"UPDATE {job.end.upper()}"),
    }
    times = {**job.ms, "work": job.ms.get("processing")}
    seen = [step for step in measured if times.get(step) is not None]
    for step in sorted(seen, key=lambda step: times[step] or 0.0):
        arrow, text = measured[step]
        yield arrow, text if step == "work" else text + _at(job, step, ms)


def _at(job: ReportedJob, step: str, ms: Words) -> str:
    return f", {ms(job.ms[step])}" if step in job.ms else ""


def _safe(text: str) -> str:
    return " ".join(_MERMAID.sub(" ", text).split())[:80]


def _job(run: Run, number: int, entry: Document) -> ReportedJob:
    return ReportedJob(
        number=number,
        job_id=str(entry["job_id"] or ""),
        fields=_fields(entry),
        http_status=int(entry["http_status"]),
        response=entry["response"],
        status=str(entry["status"] or ""),
        expected=str(entry["expected"]),
        error=str(entry["error"] or ""),
        ok=bool(entry["ok"]),
        input=run.picture(entry["input"]),
        output=run.picture(entry["output"]) or run.picture(_result_beside(entry["input"])),
        picture=entry.get("picture"),
        ms=_times_ms(entry),
    )


def _fields(entry: Document) -> dict[str, str]:
    """The request's fields; documents before them had those of lab 6 alone."""
    fields = entry.get("fields") or {"action": entry["action"], "params": entry["params"]}
    return {str(name): str(value) for name, value in fields.items()}


def _result_beside(given: str) -> str:
    """What the grader itself read as the result, where the api gave none: ``…-in.png`` →
    ``…-out.png``.
    """
    return "-out.".join(given.rsplit("-in.", 1))


def _times_ms(entry: Document) -> dict[str, float]:
    """When each step was, since the request was sent."""
    times = {"answered": entry["answered"], "inserted": (entry["row"] or {}).get("created_at")}
    for event in entry["events"]:
        if event["kind"] in _STEPS:
            times.setdefault(event["kind"], event["time"])
    sent = datetime.fromisoformat(entry["sent"])
    return {
        step: (datetime.fromisoformat(time) - sent).total_seconds() * 1000
        for step, time in times.items()
        if time
    }
