"""What a log is laid out as, told by its first bytes."""

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import BinaryIO

from harness.trace.errors import TraceError
from harness.trace.lines import read_ahead, read_lines
from harness.trace.packed.bounded import stream_of
from harness.trace.profile import Profile
from harness.trace.reading.reader import Reader
from harness.trace.sheets.batches import batch_lines, has_batches
from harness.trace.sheets.boxes import BoxTable, box_table_of
from harness.trace.sheets.casts import cast_lines, is_cast
from harness.trace.sheets.contexts import context_lines, has_contexts
from harness.trace.sheets.cut_up import CutUp, cut_up
from harness.trace.sheets.documents import document_lines, is_document
from harness.trace.sheets.headers import has_headers, has_headings, under_headers, under_headings
from harness.trace.sheets.journal import has_fields, journal_lines
from harness.trace.sheets.letters import is_letter, letter_lines
from harness.trace.sheets.line_ends import OtherEnds
from harness.trace.sheets.printed import is_printed, printed_lines
from harness.trace.sheets.tables import LogTable, table_of
from harness.trace.sheets.yaml_documents import documents_lines, has_documents

_HEAD = 64 * 1024  #: bytes by which it is told
_LARGEST = 32 << 20  #: bytes of a document, which is read as a whole

Lines = Iterator[bytes]

#: What tells a sheet by a log's first lines, and what gives the lines that it holds.
_SHEETS: tuple[tuple[Callable[[list[bytes]], bool], Callable[[Lines], Lines]], ...] = (
    (has_headers, under_headers),
    (has_headings, under_headings),
    (has_contexts, context_lines),
    (is_cast, cast_lines),
    (has_fields, journal_lines),
    (has_documents, documents_lines),
    (is_printed, printed_lines),
    (is_letter, letter_lines),
)


def laid_out(stream: BinaryIO, profile: Profile) -> tuple[BinaryIO, bool]:
    """The log line by line, and whether it was laid out otherwise. Raises TraceError where it is
    too large.
    """
    head, stream = read_ahead(stream, _HEAD)
    if is_document(head, whole=len(head) < _HEAD):
        return stream_of(document_lines(_all(stream))), True
    first = list(read_lines(BytesIO(head)))
    if len(head) == _HEAD:
        first = first[:-1] or first  # it may go on
    if (made := _by_line(first, profile)) is None:
        return stream, False
    return stream_of(made(read_lines(stream))), True


def _by_line(first: list[bytes], profile: Profile) -> Callable[[Lines], Lines] | None:
    for begins_so, lines in _SHEETS:
        if begins_so(first):
            return lines
    if has_batches(first, profile):
        return batch_lines
    if (ends := OtherEnds(Reader(profile))).are_in(first):
        return ends.lines
    table: LogTable | BoxTable | CutUp | None = (
        table_of(first, profile) or box_table_of(first) or cut_up(first, profile)
    )
    return table.lines if table else None


def _all(stream: BinaryIO) -> bytes:
    parts, left = [], _LARGEST
    while data := _some(stream):
        parts.append(data)
        left -= len(data)
        if left < 0:
            raise TraceError("log-packed-large", file="JSON")
    return b"".join(parts)


def _some(stream: BinaryIO) -> bytes:
    return stream.read1(1 << 20) if hasattr(stream, "read1") else stream.read(1 << 20)
