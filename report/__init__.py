"""The lab's report in Markdown, made from what a run left behind: documents (dicts) and files, nothing else."""

from report.documents import Run, load_run
from report.errors import ReportError
from report.render import Written, write_report

__all__ = ["ReportError", "Run", "Written", "load_run", "write_report"]
