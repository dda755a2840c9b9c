"""The report in Markdown: the chapters of the lab's own text, made from one real run."""

import json
import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from harness.texts import say
from report.code import function, whole
from report.run import Job, Run

_TEMPLATES = Path(__file__).parent / "templates"
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>|#~])")
_SHOWN_JOBS = 12  #: whose pictures are shown; all are in the table


def write_markdown(run: Run, *, lab: Path) -> Path:
    """Write ``report.md`` into the run's folder, beside the pictures it shows; its path."""
    file = run.folder / "report.md"
    file.write_text(render(run, lab=lab), encoding="utf-8")
    return file


def render(run: Run, *, lab: Path) -> str:
    """The report's text. Whatever a service said is escaped."""
    # Markdown is no HTML: the filters below escape for where each text stands.
    environment = Environment(  # noqa: S701
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(cell=cell, fenced=fenced, json=_json, mark=_mark)
    shown = next((job for job in run.jobs if job.status == "COMPLETED"), run.jobs[0])
    return environment.get_template("report.md.j2").render(
        say=say,
        run=run,
        shown=shown,
        sequence=_sequence(shown),
        pictures=[job for job in run.jobs if job.after][:_SHOWN_JOBS],
        tasks=_tasks(run.verdict),
        producer=function(lab, "lab6/api/main.py", "submit_job_handler"),
        consumer=function(lab, "lab6/worker/main.py", "process_queue"),
        compose=whole(lab, "docker-compose.yml"),
    )


def fenced(text: str, language: str = "") -> str:
    """A code block whose fence is longer than any run of backticks in ``text``."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    body = "\n".join(_plain(line) for line in text.rstrip("\n").split("\n"))
    return f"{fence}{language}\n{body}\n{fence}"


def cell(value: object) -> str:
    """Text that stays one cell of a table and means only itself."""
    text = _plain(" ".join(str("—" if value in (None, "") else value).split()))
    return _MARKDOWN.sub(r"\\\1", text)


def _plain(line: str) -> str:
    """A line without control and direction characters."""
    return "".join(char if char.isprintable() or char == "\t" else "�" for char in line)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _mark(passed: bool | None) -> str:
    return {True: "✅", False: "❌", None: "❔"}[passed]


def _tasks(verdict: dict[str, Any]) -> list[tuple[int, list[dict[str, Any]]]]:
    numbers = sorted({check["task"] for check in verdict["checks"]})
    return [(n, [check for check in verdict["checks"] if check["task"] == n]) for n in numbers]


def _sequence(job: Job) -> str:
    """One job as a Mermaid sequence with measured times."""
    steps = [
        ("participant C as ", "client"),
        ("participant A as ", "api"),
        ("participant P as ", "postgres"),
        ("participant R as ", "redis"),
        ("participant W as ", "worker"),
    ]
    lines = ["sequenceDiagram", *(f"    {left}{say(f'report.who.{who}')}" for left, who in steps)]
    lines += [
        f"    C->>A: POST /job/submit, {job.action} {job.params}".rstrip(),
        "    A->>P: INSERT jobs, QUEUED",
        "    A->>R: RPUSH image_processing_queue",
        f"    A-->>C: {job.http_status} QUEUED, {_after(job, 'answered')}",
        f"    R-->>W: BLPOP → Received New Event, {_after(job, 'received')}",
        f"    W->>P: PROCESSING, {_after(job, 'processing')}",
        f"    W->>W: process_image, {job.action}",
        f"    W->>P: {job.status}, {_after(job, job.status.lower())}",
    ]
    return "\n".join(lines)


def _after(job: Job, step: str) -> str:
    return say("report.after", ms=job.ms[step]) if step in job.ms else "—"
