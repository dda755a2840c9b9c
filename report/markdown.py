"""Untrusted text in Markdown: what a log, an api or a file says can neither break out nor steer
anything.
"""

import re

_SPECIAL = re.compile(r"([\\`*_\[\]|~])")
_RUNS = re.compile(r"`+")
_KEPT = "\n\t"


def plain(text: object) -> str:
    """Without control, format (bidirectional, zero-width) and unassigned characters; line ends
    stay.
    """
    lines = str(text).replace("\r\n", "\n")
    return "".join(char for char in lines if char.isprintable() or char in _KEPT)


def one_line(text: object) -> str:
    """``plain``, with every run of white space one blank."""
    return " ".join(plain(text).split())


def words(text: object) -> str:
    """Text that shows as it is in a paragraph or a table's cell: no markup, no HTML, one line."""
    escaped = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", escaped)


def code(text: object) -> str:
    """A code span, also in a table's cell: its fence is longer than any run of backticks within."""
    inner = one_line(text).replace("|", "\\|")
    if not inner:
        return "—"
    marks = "`" * (_longest_run(inner) + 1)
    pad = " " if inner.startswith("`") or inner.endswith("`") else ""
    return f"{marks}{pad}{inner}{pad}{marks}"


def fence(text: object, language: str = "") -> str:
    """A fenced block whose fence is longer than any run of backticks within."""
    inner = plain(text).strip("\n")
    marks = "`" * max(3, _longest_run(inner) + 1)
    return f"{marks}{language}\n{inner}\n{marks}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in _RUNS.findall(text)), default=0)
