"""Texts in a table's cell: no spreadsheet takes one for a formula, and what was changed for it
can be taken back.
"""

from report.markdown import one_line

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "|", "%")
LONGEST = 2000  #: characters of a stranger's text


def cell(text: str, longest: int = LONGEST) -> str:
    """The text, with an apostrophe before one that a spreadsheet could run, and before an
    apostrophe.
    """
    kept = one_line(text)[:longest]
    return f"'{kept}" if kept.startswith((*_FORMULA, "'")) else kept


def uncell(text: str) -> str:
    """What ``cell`` was given."""
    return text.removeprefix("'")
