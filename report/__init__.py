"""The lab's report in Markdown, made from what a run left behind: documents (dicts) and files, nothing else."""

from report.documents import Run, load_run
from report.errors import ReportError
from report.exports import write_exports, write_html
from report.gradebook import gradebook
from report.render import Written, write_report

__all__ = [
    "ReportError",
    "Run",
    "Written",
    "gradebook",
    "load_run",
    "write_exports",
    "write_html",
    "write_report",
]
