"""Logs that are laid out as something else: a JSON document, a table, ``tail`` of several files, a
value that a program printed, a letter's body.

``laid_out`` tells by a log's first bytes what it is, and gives lines that say the same, each as
near to its place in the file as can be.
"""

from harness.trace.sheets.layout import laid_out

__all__ = ["laid_out"]
