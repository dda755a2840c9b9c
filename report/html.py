"""The verdict as one page that needs nothing beside it: texts escaped, pictures within, nothing
loaded.
"""

import base64
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, UndefinedError
from markupsafe import Markup, escape

from harness.texts import language, number, say
from harness.texts.finding_lines import finding_lines
from harness.texts.three_values import outcome
from report import excerpts
from report.documents import Document, Run
from report.errors import ReportError
from report.markdown import plain
from report.render import Student, null_lines, request_of, when, who, works
from report.story import ReportedJob, finding_of, jobs_of, shown_job, steps, tasks_of
from report.timeline import timeline

_TEMPLATES = Path(__file__).parent / "templates"
_LONGEST = 2000  #: characters of one text that a submission gave
_LONGEST_CODE = 20_000
_LARGEST = 1024 * 1024  #: bytes of one picture; the demonstration's are some kilobytes
_MARKUP = ((re.compile(r"\*\*(.+?)\*\*"), "b"), (re.compile(r"`(.+?)`"), "code"))
_KINDS = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def render_html(run: Run, *, lab: Path | None = None, student: Student | None = None) -> str:
    """The page; with ``lab`` and ``student`` it holds all that ``report.md`` does.
    ``ReportError("report-document")`` where the documents lack what they must hold.
    """
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(shown=shown, data=data_uri, number=number, ms=milliseconds)
    environment.filters["rich"] = rich
    environment.filters["shown_code"] = lambda text: shown(text, longest=_LONGEST_CODE)
    environment.globals.update(t=_text, outcome=outcome)
    try:
        jobs = jobs_of(run)
        return environment.get_template("report.html.j2").render(
            lang=language(),
            run=run,
            verdict=run.verdict or {},
            tasks=tasks_of(run.verdict) if run.verdict else (),
            jobs=jobs,
            line=timeline(run, jobs),
            about=_about(run),
            student=student,
            finding=list(finding_lines(finding)) if (finding := finding_of(run)) else [],
            null_lines=null_lines(run.verdict) if run.verdict else [],
            code=_code(lab) if lab else [],
            works=lab is not None and works(run),
            **_story(run, jobs),
        )
    except (KeyError, TypeError, ValueError, AttributeError, UndefinedError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise ReportError("report-document", file=run.folder, reason=reason) from error


def _about(run: Run) -> Document:
    """When, on what, with which seed; the date as people write it."""
    document = dict(run.verdict or run.demo or {})
    if "started" in document:
        document["started"] = when(document["started"])
    return document


def _code(lab: Path) -> list[tuple[str, str, excerpts.Excerpt | None]]:
    """The chapters of code and configuration: title, what it is, the excerpt."""
    cuts = (
        ("producer", excerpts.producer(lab)),
        ("consumer", excerpts.consumer(lab)),
        ("compose", excerpts.compose_fragment(lab / "docker-compose.yml")),
    )
    return [(_text(f"chapter-{name}"), _text(f"{name}-text"), cut) for name, cut in cuts]


def _story(run: Run, jobs: Sequence[ReportedJob]) -> dict[str, Any]:
    """One job's request, response and steps."""
    job = shown_job(tuple(jobs))
    if job is None:
        return {"job": None}
    return {
        "job": job,
        "request": request_of(job, run),
        "response": json.dumps(job.response, ensure_ascii=False),
        "response_text": _text(
            "response-text", status=job.http_status, ms=milliseconds(job.ms.get("answered"))
        ),
        "steps": steps(job, who(), lambda ms: _text("after", ms=number(ms, ".1f"))),
    }


def rich(text: str) -> Markup:
    """One of the kit's own texts, its Markdown (bold, code) as HTML."""
    escaped = str(escape(text))
    for marks, tag in _MARKUP:
        escaped = marks.sub(rf"<{tag}>\1</{tag}>", escaped)
    return Markup(escaped)  # noqa: S704 - escaped above


def shown(text: object, longest: int = _LONGEST) -> str:
    """A stranger's text as people may see it: without control and direction characters, bounded."""
    kept = plain("" if text is None else text)
    return kept if len(kept) <= longest else f"{kept[:longest]}…"


def data_uri(file: Path | None) -> str:
    """A picture within the page; "" where it is none, or too large."""
    if file is None or file.stat().st_size > _LARGEST:
        return ""
    data = file.read_bytes()
    kind = next((kind for magic, kind in _KINDS.items() if data.startswith(magic)), None)
    return f"data:{kind};base64,{base64.b64encode(data).decode()}" if kind else ""


def milliseconds(value: float | None) -> str:
    """A time as the language writes it."""
    return "—" if value is None else f"{value:.0f}"


def _text(key: str, **facts: object) -> str:
    return say(f"report.{key}", **facts)
