"""What a run left in its folder: ``demo.json``, ``verdict.json``, the worker's log, pictures."""

import json
import re
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any

from report.errors import ReportError
from report.markdown import plain

_LARGEST = 64 * 1024 * 1024  #: bytes of one file that are read
_STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*(Z|[+-]\d\d:\d\d) ")

_LONGEST_LINE = 1000  #: characters of a line of the log

Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run as its folder tells it. What it did not come to is None."""

    folder: Path
    demo: Document | None  #: lab6/demo/v1
    verdict: Document | None  #: lab6/verdict/v1
    log: tuple[str, ...]  #: the worker's lines, without the times at which they came

    def picture(self, named: str | None) -> Path | None:
        """A picture of this run, by the path that the document gives: its name counts, in this
        folder.
        """
        if not named:
            return None
        name = PureWindowsPath(named).name  # takes both kinds of slashes
        file = self.folder / "pictures" / name
        return file if file.is_file() and not file.is_symlink() else None


def load_run(folder: Path) -> Run:
    """The run in ``folder``; ``ReportError`` ``report-source`` where it holds none."""
    demo = read_document(folder / "demo.json", "lab6/demo/v1")
    verdict = read_document(folder / "verdict.json", "lab6/verdict/v1")
    if demo is None and verdict is None:
        raise ReportError("report-source", folder=folder)
    return Run(folder=folder, demo=demo, verdict=verdict, log=_lines(folder / "worker.log"))


def read_document(file: Path, schema: str) -> Document | None:
    """The document of that schema; None where there is no file.
    ``ReportError("report-document")``.
    """
    if not file.is_file():
        return None
    try:
        document = json.loads(_read(file))
    except (ValueError, RecursionError) as error:
        raise ReportError("report-document", file=file, reason=str(error)) from error
    if not isinstance(document, dict) or document.get("schema") != schema:
        raise ReportError("report-document", file=file, reason=f"not {schema}")
    return document


def _lines(file: Path) -> tuple[str, ...]:
    if not file.is_file():
        return ()
    text = _read(file).decode("utf-8", "replace").removesuffix("\n")
    lines = (_STAMP.sub("", line, count=1) for line in text.split("\n"))
    return tuple(plain(line[:_LONGEST_LINE]) for line in lines)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            data = opened.read(_LARGEST + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ReportError("report-document", file=file, reason=reason) from error
    if len(data) > _LARGEST:
        raise ReportError("report-document", file=file, reason="> 64 MiB")
    return data
