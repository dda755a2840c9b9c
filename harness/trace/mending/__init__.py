"""Logs that were spoilt on their way from the worker: recognised and mended, where that is certain.

A second look at a log that many jobs seem to break: each mending gives the lines as the worker
wrote them, every one at its place (what was joined or dropped leaves empty lines), or says that
nobody can tell.
"""

from harness.trace.mending.again import is_suspect, looked_again
from harness.trace.mending.gaps import but_for_gaps
from harness.trace.mending.look import Mended, second_look
from harness.trace.mending.tracebacks import Crash, crashes, crashes_in

__all__ = [
    "Crash",
    "Mended",
    "but_for_gaps",
    "crashes",
    "crashes_in",
    "is_suspect",
    "looked_again",
    "second_look",
]
