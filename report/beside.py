"""The reports that lie beside one run's verdict: Markdown, a page, JUnit."""

from pathlib import Path

from report.documents import load_run
from report.errors import ReportError
from report.exports.junit import junit
from report.html import render_html
from report.render import Student, write_report


def write_reports(folder: Path) -> None:
    """``report.md``, ``report.html`` and ``junit.xml`` into the run's folder.

    The code that a stranger handed in is not quoted. ``ReportError``: ``report-source``,
    ``report-document``, ``report-unwritable``.
    """
    run = load_run(folder)
    write_report(run, folder, lab=folder)
    write_html(folder)
    if run.verdict is not None:
        _write(folder / "junit.xml", junit(run.verdict))


def write_html(folder: Path, *, lab: Path | None = None, student: Student | None = None) -> Path:
    """``report.html`` of the run in ``folder``; the same errors. For ``lab``, ``student`` see
    ``render_html``.
    """
    file = folder / "report.html"
    _write(file, render_html(load_run(folder), lab=lab, student=student))
    return file


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        reason = error.strerror or str(error)
        raise ReportError("report-unwritable", file=file, reason=reason) from error
