"""The verdict as one page that needs nothing beside it: texts escaped, pictures within, nothing loaded."""

import base64
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, UndefinedError

from harness.texts import language, number, say
from report.documents import Run
from report.errors import ReportError
from report.markdown import plain
from report.story import jobs_of, tasks_of
from report.timeline import timeline

_TEMPLATES = Path(__file__).parent / "templates"
_LONGEST = 2000  #: characters of one text that a submission gave
_LARGEST = 1024 * 1024  #: bytes of one picture; the demonstration's are some kilobytes
_KINDS = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def render_html(run: Run) -> str:
    """The page. ``ReportError("report-document")`` where the documents lack what they must hold."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(shown=shown, data=data_uri, number=number, ms=milliseconds)
    environment.globals.update(t=_text)
    try:
        jobs = jobs_of(run)
        return environment.get_template("report.html.j2").render(
            lang=language(),
            run=run,
            verdict=run.verdict or {},
            tasks=tasks_of(run.verdict) if run.verdict else (),
            jobs=jobs,
            line=timeline(run, jobs),
            about=run.verdict or run.demo or {},
        )
    except (KeyError, TypeError, ValueError, AttributeError, UndefinedError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise ReportError("report-document", file=run.folder, reason=reason) from error


def shown(text: object) -> str:
    """A stranger's text as people may see it: without control and direction characters, bounded."""
    kept = plain("" if text is None else text)
    return kept if len(kept) <= _LONGEST else f"{kept[:_LONGEST]}…"


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
