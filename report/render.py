"""Writes the report: the documents, the real files' excerpts and the texts, put into the
template.
"""

import json
import shlex
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, UndefinedError

from harness.home import HOME
from harness.texts import number, say
from harness.texts.finding_lines import finding_lines
from harness.texts.three_values import EMOJI, outcome
from report import excerpts
from report.documents import Document, Run
from report.errors import ReportError
from report.markdown import code, fence, words
from report.story import WAY, ReportedJob, finding_of, jobs_of, sequence, shown_job, tasks_of

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A report that was written."""

    file: Path
    ok: bool | None  #: of the verdict, else of the demonstration
    verdict: Document | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    """Whose report it is; what is empty is left to be filled in."""

    name: str = ""
    group: str = ""


NOBODY = Student()


def write_report(run: Run, place: Path, *, lab: Path, student: Student = NOBODY) -> Written:
    """Write ``report.md`` into ``place``, made of the run and the files of ``lab``.

    Pictures and documents are copied where ``place`` is not the run's own folder. ``ReportError``:
    ``report-document`` where the documents lack what they must hold, ``report-unwritable``.
    """
    file = place / "report.md"
    try:
        text = render(run, lab=lab, student=student)
    except (KeyError, TypeError, ValueError, AttributeError, UndefinedError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise ReportError("report-document", file=run.folder, reason=reason) from error
    try:
        if place.resolve() != run.folder.resolve():
            _copy(run, place)
        file.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        reason = error.strerror or str(error)
        raise ReportError("report-unwritable", file=file, reason=reason) from error
    document = run.verdict if run.verdict is not None else run.demo
    return Written(file=file, ok=(document or {}).get("ok"), verdict=run.verdict)


def render(run: Run, *, lab: Path, student: Student = NOBODY) -> str:
    """The report's text."""
    jobs = jobs_of(run)
    shown = shown_job(jobs)
    # Markdown is no HTML: the filters escape each text for where it stands.
    environment = Environment(  # noqa: S701
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(words=words, code=code, fence=fence, ms=_ms, number=number)
    environment.globals.update(t=_text, mark=EMOJI.get, link=lambda cut: _place(cut, lab))
    environment.globals.update(outcome=outcome, null_lines=null_lines)
    return environment.get_template("report.md.j2").render(
        run=run,
        jobs=jobs,
        shown=shown,
        request=request_of(shown, run) if shown else "",
        response=json.dumps(shown.response, ensure_ascii=False) if shown else "",
        sequence=sequence(shown, who(), lambda ms: _text("after", ms=_ms(ms))) if shown else "",
        tasks=tasks_of(run.verdict) if run.verdict else (),
        producer=excerpts.producer(lab),
        consumer=excerpts.consumer(lab),
        compose=excerpts.compose_fragment(lab / "docker-compose.yml"),
        # The code that a stranger handed in is not quoted: beside a verdict there is none.
        no_code=_text("not-quoted" if lab == run.folder else "no-code"),
        manifests=excerpts.manifest_fragments(lab / "deploy" / "kubernetes" / "base"),
        about=_about(run),
        student=student,
        finding=list(finding_lines(finding)) if (finding := finding_of(run)) else [],
        works=works(run),
        log_command=log_command(run),
    )


def who() -> dict[str, str]:
    """The five of a job's way, by their names in a sequence diagram."""
    return {name: _text(f"who.{name}") for name in WAY}


def _text(key: str, **facts: object) -> str:
    return say(f"report.{key}", **facts)


def _ms(value: float | None) -> str:
    return "—" if value is None else number(value, ".1f")


def request_of(job: ReportedJob, run: Run) -> str:
    """The request as anyone can send it again, from the report's folder."""
    url = str(run.demo["url"]) if run.demo else ""
    picture = f"pictures/{job.input.name}" if job.input else "picture.png"
    fields = [f"{name}={value}" for name, value in job.fields.items() if value]
    parts = ["curl", *(part for field in (f"image=@{picture}", *fields) for part in ("-F", field))]
    return " ".join(_quoted(part) for part in [*parts, f"{url}/job/submit"])


def _quoted(part: str) -> str:
    """In quotes where a shell would see more in it than a word; both POSIX's and PowerShell's."""
    plain = part.replace("'", "")
    return part if all(c.isalnum() or c in "-_./:=@," for c in part) else f"'{plain}'"


def _about(run: Run) -> dict[str, Any]:
    """When, on what, with which seed and versions; the demonstration and the verdict tell the
    same.
    """
    document = run.verdict or run.demo or {}
    return {
        "started": when(document["started"]),
        "seconds": document["seconds"],
        "runtime": document["runtime"],
        "seed": document["seed"],
        "versions": document.get("versions") or {},
        "again": _again(document),
    }


def _again(document: Document) -> str:
    """The command that runs the same once more. A work is named by its folder, the kit's own lab
    is not.
    """
    work = document.get("submission") or HOME.resolve().name
    named = [] if work == HOME.resolve().name else [str(work)]
    options = ["--runtime", str(document["runtime"]), "--seed", str(document["seed"])]
    return shlex.join(["lab6", "report", *named, *options])


def when(started: str) -> str:
    """A moment of a document, as people write it, where they are."""
    return datetime.fromisoformat(started).astimezone().strftime("%d.%m.%Y %H:%M:%S (UTC%z)")


def _place(cut: excerpts.Excerpt, lab: Path) -> str:
    """The excerpt's file and lines. No link: a report is moved, and handed in without the kit."""
    return say(
        "report.place",
        file=code(cut.file.relative_to(lab).as_posix()),
        first=cut.first,
        last=cut.last,
    )


def works(run: Run) -> bool:
    """Whether events were seen to pass through the queue: nothing is claimed otherwise."""
    if run.verdict is not None:
        checks = [check for check in run.verdict["checks"] if check["id"] == "queue-message"]
        if checks:
            return checks[0]["passed"] is True
    return bool(run.demo and run.demo["jobs"] and run.demo["trace"]["ok"] is not None)


_LOG_COMMANDS = {
    "embedded": "lab6 logs worker",
    "kubernetes": "kubectl logs -l app=worker --prefix --tail=-1",
}


def log_command(run: Run) -> str:
    """What shows the worker's log where this run was."""
    about = run.verdict or run.demo or {}
    return _LOG_COMMANDS.get(about["runtime"], "docker logs image_worker_service")


def null_lines(judged: Document) -> list[str]:
    """What is told of the points that were neither won nor lost, by their two kinds."""
    points: dict[str, float] = {}
    for check in judged["checks"]:
        if check["passed"] is None:
            points[outcome(check)] = points.get(outcome(check), 0) + check["max_points"]
    keys = {"not-checked": "unchecked", "not-judged": "unjudged"}
    return [_text(key, points=number(points[why])) for why, key in keys.items() if why in points]


def _copy(run: Run, place: Path) -> None:
    """Everything that the report shows or stands on."""
    place.mkdir(parents=True, exist_ok=True)
    for name in ("demo.json", "verdict.json", "worker.log", "api.log", "submitted.txt"):
        if (run.folder / name).is_file():
            shutil.copyfile(run.folder / name, place / name)
    (place / "pictures").mkdir(exist_ok=True)
    for job in jobs_of(run):
        for file in filter(None, (job.input, job.output)):
            shutil.copyfile(file, place / "pictures" / file.name)
