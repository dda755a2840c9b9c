"""A table that a learning system gave as CSV, to be given back with a few cells changed and all
else as it was.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from report.errors import ReportError

_SEPARATORS = (",", ";", "\t")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LARGEST = 32 * 1024 * 1024  #: bytes; a course of ten thousand takes three


@dataclass(slots=True, kw_only=True)
class Sheet:
    """Rows of raw cells: quotes as they stood, so that what is not changed is given back byte
    by byte.
    """

    bom: bytes
    encoding: str
    separator: str
    rows: list[list[str]]
    ends: list[str]  #: of each line

    def value(self, row: int, column: int) -> str:
        """What a cell holds, without its quotes; "" where the row is short."""
        raw = self.rows[row][column] if column < len(self.rows[row]) else ""
        return raw[1:-1].replace('""', '"') if _quoted(raw) else raw

    def put(self, row: int, column: int, text: str) -> None:
        """Change a cell: quoted where it was, or has to be."""
        cells = self.rows[row]
        cells.extend([""] * (column + 1 - len(cells)))
        must = any(sign in text for sign in (self.separator, '"', "\r", "\n"))
        quoted = '"' + text.replace('"', '""') + '"'
        cells[column] = quoted if must or _quoted(cells[column]) else text

    def to_bytes(self) -> bytes:
        """The file."""
        lines = zip(self.rows, self.ends, strict=True)
        text = "".join(self.separator.join(cells) + end for cells, end in lines)
        return self.bom + text.encode(self.encoding, "replace")


def read_sheet(data: bytes, name: str) -> Sheet:
    """The table. UTF-8, UTF-16 by its mark, else the Windows-1251 of an old Excel.

    ``ReportError("sheet-unreadable")`` where it holds none.
    """
    if len(data) > _LARGEST:
        raise ReportError("sheet-unreadable", file=name, reason="> 32 MiB")
    bom, encoding = _encoding(data)
    text = data[len(bom) :].decode(encoding, "replace")
    if not text.strip() or "\0" in text:
        raise ReportError("sheet-unreadable", file=name, reason="no table")
    separator = _separator(text)
    pairs = list(_lines(text, separator))
    rows, ends = [cells for cells, _ in pairs], [end for _, end in pairs]
    return Sheet(bom=bom, encoding=encoding, separator=separator, rows=rows, ends=ends)


def _encoding(data: bytes) -> tuple[bytes, str]:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return bom, encoding
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return b"", "cp1251"
    return b"", "utf-8"


def _separator(text: str) -> str:
    """The one that stands oftenest outside quotes in the first lines; Excel's own ``sep=;``
    says it.
    """
    match = re.match(r"sep=(.)\r?\n", text)
    if match and match[1] in _SEPARATORS:
        return match[1]
    bare = re.sub(r'"(?:[^"]|"")*"', "", text[:65536])
    lines = "\n".join(bare.splitlines()[:5])
    return max(_SEPARATORS, key=lines.count)


def _lines(text: str, separator: str) -> Iterator[tuple[list[str], str]]:
    """Each line's raw cells, and what ended it."""
    sign = re.escape(separator)
    cell = re.compile(rf'("(?:[^"]|"")*"|[^{sign}\r\n]*)({sign}|\r\n|\n|\r|\Z|)')
    place = 0
    cells: list[str] = []
    while place < len(text) or cells:
        match = cell.match(text, place)
        raw, after = (match[1], match[2]) if match else ("", "")
        place += len(raw) + len(after)
        if not after and place < len(text):  # something follows a closing quote: part of the cell
            rest = re.compile(rf"[^{sign}\r\n]*").match(text, place)
            raw, place = raw + (rest[0] if rest else ""), rest.end() if rest else len(text)
            end = re.compile(rf"{sign}|\r\n|\n|\r|\Z").match(text, place)
            after = end[0] if end else ""
            place += len(after)
        cells.append(raw)
        if after != separator:
            yield cells, after
            cells = []


def _quoted(raw: str) -> bool:
    return len(raw) > 1 and raw[0] == raw[-1] == '"'
