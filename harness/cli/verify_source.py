"""Where the log of ``lab6 verify`` comes from: a file, plain or packed or a report, or standard
input; and the judge reads it.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from harness.cli.terminal import err, printable
from harness.cli.verify_again import CopiedInput, Reopened
from harness.texts import say

if TYPE_CHECKING:
    from harness.trace import Judge, Profile
    from harness.trace.packed import Part

BULK = 512 * 1024  #: bytes of a log from which the bulk path's start-up pays
_WIDE = 1 << 20  #: bytes that a pipe may hold
_LOOK_AGAIN_S = 0.05  #: a followed file is asked this often for more
_LARGE = 16 * 1024 * 1024  #: bytes; more than that takes over a second, and shows a bar
_PARTS = 20  #: files of an archive that are named
_MARKDOWN = (".md", ".markdown")


class Read(NamedTuple):
    """What was read: its first bytes, all of them where they are fewer than ``BULK``, how to read
    it again, and whether it may hold crashes.
    """

    head: bytes
    again: Reopened | None
    may_hold_crashes: bool = True


def read_at_once(judge: "Judge", log: str) -> Read:
    """A file or standard input as a whole: the bulk path, where there is enough to pay for it."""
    if log == "-":
        return _read_kept(judge, sys.stdin.buffer)
    with opened(Path(log)) as file:
        if not Path(log).is_file():  # a named pipe
            return _read_kept(judge, file)
        if (inner := _unpacked(file, log, judge.profile)) is not None:
            head, crashes = _feed_stream(judge, inner[0])
            _tell_parts(inner[1])
        else:
            with _watched(file) as stream:
                head, crashes = _feed_stream(judge, stream)
    if len(head) < BULK:
        return Read(head, lambda: nullcontext(BytesIO(head)))
    return Read(head, partial(log_stream, log, judge.profile), crashes)


def _widen(pipe: BinaryIO) -> None:
    """Let a pipe hold more, where the system can: who writes into a narrow one, and who reads it,
    wait for each other again and again.
    """
    with suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _WIDE)


def _read_kept(judge: "Judge", stream: BinaryIO) -> Read:
    _widen(stream)
    kept = CopiedInput(stream)
    # read and readinto are all it needs
    head, crashes = _feed_stream(judge, kept)  # type: ignore[arg-type]
    if len(head) < BULK:
        return Read(head, lambda: nullcontext(BytesIO(head)))
    whole = kept.whole
    return Read(head, None if whole is None else partial(_kept_log, whole, judge.profile), crashes)


@contextmanager
def _kept_log(whole: bytes, profile: "Profile") -> Iterator[BinaryIO]:
    from harness.trace.sheets import laid_out

    yield laid_out(BytesIO(whole), profile)[0]


@contextmanager
def log_stream(log: str, profile: "Profile") -> Iterator[BinaryIO]:
    """The log's bytes, out of whatever it is packed in."""
    from harness.trace.sheets import laid_out

    if log == "-":
        yield laid_out(sys.stdin.buffer, profile)[0]
        return
    with opened(Path(log)) as file:
        inner = _unpacked(file, log, profile)
        yield laid_out(inner[0] if inner else file, profile)[0]


def _unpacked(
    file: BinaryIO, log: str, profile: "Profile"
) -> "tuple[BinaryIO, Sequence[Part]] | None":
    """The log in a file that is no plain text, and which of its lines came from where."""
    from harness.trace import read_lines
    from harness.trace.packed import stream_of, unpacked

    if Path(log).suffix.lower() in _MARKDOWN:
        return stream_of(_report_lines(read_lines(file), profile)), ()
    contents = unpacked(file, Path(log))
    if contents is None:
        return None
    if contents.stream is not None:
        return contents.stream, ()
    lines = _report_lines(contents.lines, profile) if contents.is_report else contents.lines
    return stream_of(lines), contents.parts


def _report_lines(lines: Iterable[bytes], profile: "Profile") -> Iterator[bytes]:
    from harness.trace.reading.report import report_lines

    return report_lines(lines, profile)


def _tell_parts(parts: "Sequence[Part]") -> None:
    for part in parts[:_PARTS]:
        text = say("verify.part", name=printable(part.name), first=part.first, last=part.last)
        err().print(text, style="dim", markup=False, highlight=False)
    if len(parts) > _PARTS:
        err().print(say("verify.more", count=len(parts) - _PARTS), style="dim")


def _feed_stream(judge: "Judge", stream: BinaryIO) -> tuple[bytes, bool]:
    """Let the judge read it; its first bytes, and whether it may hold crashes."""
    from harness.trace.lines import read_ahead, read_lines
    from harness.trace.reading.survey import survey
    from harness.trace.sheets import laid_out

    stream, _ = laid_out(stream, judge.profile)
    head, stream = read_ahead(stream, BULK)
    judge.wear(survey(read_lines(BytesIO(head)), judge.profile))
    if len(head) < BULK:
        judge.feed_all(read_lines(stream))
        return head, True
    from harness.trace.bulk import feed_log

    return head, feed_log(judge, stream)


def opened(path: Path) -> BinaryIO:
    """The file, for reading; a TraceError says why it cannot be read."""
    from harness.trace import TraceError

    if path.is_dir():
        raise TraceError("log-directory", file=str(path))
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise TraceError("log-missing", file=str(path)) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise TraceError("log-unreadable", file=str(path), reason=reason) from error


@contextmanager
def followed(judge: "Judge", log: str) -> "Iterator[tuple[Iterable[bytes], Awaited]]":
    """The lines of a file, or of standard input, as they come, and what they come from; what a
    file holds by now the judge reads at once, where it is much.
    """
    from harness.trace import read_lines

    if log == "-":
        piped = Awaited(sys.stdin.buffer, grows=False)
        yield read_lines(piped), piped  # type: ignore[arg-type]  # read1 is all that it asks for
        return
    with opened(Path(log)) as file:
        growing = Awaited(file)
        is_report = Path(log).suffix.lower() in _MARKDOWN
        if not is_report:
            _catch_up(judge, file)
        lines = read_lines(growing)  # type: ignore[arg-type]  # read1 is all that it asks for
        yield (_report_lines(lines, judge.profile) if is_report else lines), growing


@contextmanager
def _watched(file: BinaryIO) -> Iterator[BinaryIO]:
    """The file, behind a progress bar where it is large."""
    size = os.fstat(file.fileno()).st_size
    if size < _LARGE or not sys.stderr.isatty():
        yield file
    else:
        from rich.progress import wrap_file

        text = say("verify.reading")
        with wrap_file(file, size, description=text, console=err(), transient=True) as reader:
            yield reader


def _catch_up(judge: "Judge", file: BinaryIO) -> None:
    """The whole lines that a large log holds by now; the file then stands behind them."""
    from harness.trace.lines import first_bytes, last_line_end
    from harness.trace.utf16 import is_utf16

    if not file.seekable():
        return
    end = last_line_end(file)
    file.seek(0)
    if end < BULK or is_utf16(file.read(2)):
        file.seek(0)
        return
    file.seek(0)
    _feed_stream(judge, first_bytes(file, end))
    file.seek(end)


class Awaited:
    """What may be waited for: a pipe, or (``grows``) a file that is still being written, at whose
    end it waits for more. Before it reads it calls ``before_reading``.
    """

    def __init__(self, file: BinaryIO, *, grows: bool = True) -> None:
        self._file: Any = file
        self._grows = grows
        self.before_reading: Callable[[], None] = lambda: None
        self._pause = threading.Event()

    def read1(self, size: int) -> bytes:
        self.before_reading()
        data: bytes = self._file.read1(size)  # what is there: a pipe may never be full
        while not data and self._grows:
            self._pause.wait(_LOOK_AGAIN_S)
            data = self._file.read1(size)
        return data
