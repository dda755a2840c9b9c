"""``lab6 submit``: send one picture, as Postman does in the lab."""

import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from harness.cli.json_output import check_json, write_json
from harness.cli.problems import UsageProblem
from harness.cli.terminal import err, out, printable, working
from harness.lab6.requests import picture_job
from harness.texts import language, say

if TYPE_CHECKING:
    from harness.witness.http import Answer, Api

_ENDS = ("COMPLETED", "FAILED")
_SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg"}
_LONGEST_ID = 60  #: characters of one that is shown
_DEADLINE_S = 120.0  #: of --wait; the queue may hold others' jobs


@click.command(help=say("cli.submit.help"))
@click.argument("file", metavar="FILE", type=Path)
@click.option("--action", metavar="NAME", required=True, help=say("cli.submit.option-action"))
@click.option("--params", metavar="TEXT", default="", help=say("cli.submit.option-params"))
@click.option("--url", metavar="URL", help=say("cli.submit.option-url"))
@click.option("--wait", is_flag=True, help=say("cli.submit.option-wait"))
@click.option("--json", "json_file", metavar="FILE", help=say("cli.option-json"))
def submit(
    file: Path, action: str, params: str, url: str | None, wait: bool, json_file: str | None
) -> int:
    """0 where the job was accepted (with ``wait``: done), 1 where it was refused or failed."""
    from harness.cli.running_lab import api_url
    from harness.witness.http import Api

    picture = _picture(file)
    check_json(json_file)
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    with Api(api_url(url), language=language()) as api:
        answer = api.submit(
            picture_job(picture, action, params, name=file.name, media_type=media_type)
        )
        ok = _tell_answer(api, answer, quiet=json_file == "-")
        document: dict[str, Any] = {
            "schema": "lab6/submit/v1",
            "ok": ok,
            "url": api.url,
            "http_status": answer.status,
            "response": answer.document,
            "seconds": round(answer.seconds, 3),
        }
        if ok and wait:
            document |= _tell_end(api, answer.told_id or "", quiet=json_file == "-")
    if json_file is not None:
        write_json(json_file, document)
    return 0 if document["ok"] else 1


def _picture(file: Path) -> bytes:
    if file.is_dir():
        raise UsageProblem("picture-directory", file=file)
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        raise UsageProblem("picture-missing", file=file) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageProblem("picture-unreadable", file=file, reason=reason) from error


def _tell_answer(api: "Api", answer: "Answer", *, quiet: bool) -> bool:
    """Print what the api answered; whether it accepted the job."""
    document = answer.document
    if not isinstance(document, dict):
        reason = f"{answer.status} {answer.media_type or '—'}"
        raise UsageProblem("api-foreign", url=api.url, reason=reason)
    if answer.job_id is None or answer.status >= 400:
        reason = printable(str(document.get("error", "—")))
        err().print(
            f"✗ {say('cli.submit.refused', status=answer.status, reason=reason)}",
            style="red",
            markup=False,
        )
        return False
    if not quiet:
        waited = f"{answer.seconds * 1000:.0f}"
        err().print(f"✓ {say('cli.submit.accepted', seconds=waited)}", style="green")
        click.echo(f"{answer.status} {printable(answer.body.decode('utf-8', 'replace').strip())}")
    return True


def _tell_end(api: "Api", job_id: str, *, quiet: bool) -> dict[str, Any]:
    """Wait until the job has ended, fetch its picture; what there is to tell of it.

    Whoever answers at that address names nothing on this disk: a UUID and a known suffix, inside
    ``out/``.
    """
    from harness.stack.waiting import until

    name = _uuid(api, job_id)
    with working(say("cli.submit.waiting")):
        row = until(lambda: _ended(api, job_id), deadline_s=_DEADLINE_S, what=f"job {job_id}") or {}
    if row["status"] == "FAILED":
        reason = printable(str(row.get("error") or "—"))
        err().print(f"✗ {say('cli.submit.failed', reason=reason)}", style="red", markup=False)
        return {"ok": False, "row": row, "output": None}
    result = api.result(job_id)
    if result.status != 200:
        raise UsageProblem("api-foreign", url=api.url, reason=str(result.status))
    file = Path("out") / f"{name}{_SUFFIXES.get(result.media_type, '.bin')}"
    _save(file, result.body)
    console = err() if quiet else out()
    console.print(
        f"✓ {say('cli.submit.saved', file=file)}", style="green", markup=False, soft_wrap=True
    )
    return {"row": row, "output": str(file.resolve())}


def _uuid(api: "Api", job_id: str) -> UUID:
    try:
        return UUID(job_id)
    except ValueError as error:
        reason = f"job_id: {printable(job_id)[:_LONGEST_ID]}"
        raise UsageProblem("api-foreign", url=api.url, reason=reason) from error


def _ended(api: "Api", job_id: str) -> dict[str, Any] | None:
    """The job's row when it has ended; None while it has not."""
    row = api.row(job_id).document
    return row if isinstance(row, dict) and row.get("status") in _ENDS else None


def _save(file: Path, data: bytes) -> None:
    try:
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(data)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageProblem("folder-unwritable", folder=file.parent, reason=reason) from error
