"""The pure core: log lines → events → one trace a job → rules → violations. Imports nothing of
the kit.
"""

from harness.trace.document import as_document
from harness.trace.errors import TraceError
from harness.trace.events import Event, Message
from harness.trace.judge import Judge, Seen, Verdict, Violation
from harness.trace.lines import read_lines
from harness.trace.markdown import log_blocks
from harness.trace.profile import Kind, Profile, lab_profile, load_profile
from harness.trace.rules import RULES, Rule, Sees
from harness.trace.submitted import load_submitted

__all__ = [
    "RULES",
    "Event",
    "Judge",
    "Kind",
    "Message",
    "Profile",
    "Rule",
    "Seen",
    "Sees",
    "TraceError",
    "Verdict",
    "Violation",
    "as_document",
    "lab_profile",
    "load_profile",
    "load_submitted",
    "log_blocks",
    "read_lines",
]
