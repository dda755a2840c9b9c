"""Reports of what a run left behind, of one work and of a group: documents (dicts) and files,
nothing else.
"""

from report.beside import write_html, write_reports
from report.documents import Run, load_run
from report.errors import ReportError
from report.render import Student, Written, write_report
from report.story import finding_of

__all__ = [
    "ReportError",
    "Run",
    "Student",
    "Written",
    "finding_of",
    "load_run",
    "write_html",
    "write_report",
    "write_reports",
]
