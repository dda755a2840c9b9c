"""``lab6 verify``: judge a log, from wherever it comes."""

import os
import shlex
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext, suppress
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from harness.cli.json_output import check_json, write_json
from harness.cli.runtime_option import context_option
from harness.cli.terminal import err, out, printable
from harness.cli.verify_again import looked_again, tell_crashes, tell_mended, whole_log
from harness.texts import say
from harness.texts.three_values import EXIT_STATUS
from harness.trace import RULES

if TYPE_CHECKING:
    from rich.console import Console

    from harness.trace import Judge, Profile, Verdict
    from harness.trace.packed import Part
    from harness.trace.registry import Places

_LOOK_AGAIN_S = 0.2  #: a followed file is asked this often for more
_LARGE = 16 * 1024 * 1024  #: bytes; more than that takes over a second, and shows a bar
_BULK = 512 * 1024  #: bytes of a log from which the bulk path's start-up pays
_PACKED = 256 * 1024  #: the same for submitted ids
_PARTS = 20  #: files of an archive that are named
_MARKDOWN = (".md", ".markdown")


@click.command(help=say("verify.help", rules=len(RULES)))
@click.argument("log", required=False)
@click.option("--container", metavar="NAME", help=say("verify.option-container"))
@click.option("--pods", metavar="LABEL", help=say("verify.option-pods"))
@click.option("-n", "--namespace", metavar="NAME", help=say("verify.option-namespace"))
@context_option
@click.option("--follow", is_flag=True, help=say("verify.option-follow"))
@click.option("--submitted", metavar="FILE", type=Path, help=say("verify.option-submitted"))
@click.option("--profile", metavar="FILE", type=Path, help=say("verify.option-profile"))
@click.option(
    "--propose-profile", "proposal", metavar="FILE", type=Path, help=say("verify.option-propose")
)
@click.option("--json", "json_file", metavar="FILE", help=say("verify.option-json"))
def verify(
    log: str | None,
    container: str | None,
    pods: str | None,
    namespace: str | None,
    follow: bool,
    submitted: Path | None,
    profile: Path | None,
    proposal: Path | None,
    json_file: str | None,
) -> int:
    """Judge the log; 0 where the rules hold, 1 where one is broken, 2 where nobody can tell."""
    from harness.trace import Judge, TraceError, lab_profile, load_profile

    check_json(json_file)

    if [log, container, pods].count(None) != 2:
        raise TraceError("verify-source")
    wording = load_profile(profile) if profile else lab_profile()
    if proposal is not None:
        if log is None:
            raise TraceError("verify-proposal")
        return _propose(log, wording, proposal)
    judge = Judge(wording, _submitted(submitted) if submitted else None)
    started, head = time.perf_counter(), b""
    if pods is not None:
        from harness.cli.pods_source import PodsLog

        with closing(PodsLog(pods, namespace, follow=follow)) as lines:
            _read(judge, lines, follow)
    elif log is not None and not follow and Path(log).suffix.lower() not in _MARKDOWN:
        head = _read_at_once(judge, log)
    else:
        with _lines(judge, log, container, follow) as lines:
            _read(judge, lines, follow)
    verdict = judge.finish()
    if (data := whole_log(log, head, _BULK)) is not None:
        verdict = looked_again(
            verdict, data, lambda: Judge(wording, _submitted(submitted) if submitted else None)
        )
        tell_crashes(_console(json_file), data)
    tell_mended(_console(json_file), verdict)
    if not verdict.mended:
        _refuse_paste(head, verdict, wording, submitted)
    name = shlex.quote(log) if log else "LOG"
    return _tell(verdict, time.perf_counter() - started, json_file, name)


def _propose(log: str, wording: "Profile", target: Path) -> int:
    """Write the profile that would read this log."""
    from harness.cli.problems import UsageProblem
    from harness.trace import read_lines
    from harness.trace.reading.survey import proposed_profile

    source = nullcontext(sys.stdin.buffer) if log == "-" else _opened(Path(log))
    with source as file:
        inner = _unpacked(file, log, wording) if log != "-" else None
        text = proposed_profile(read_lines(inner[0] if inner else file), wording)
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageProblem("json-unwritable", file=str(target), reason=reason) from error
    out().print(say("verify.proposed", file=target, log=log), markup=False, highlight=False)
    return EXIT_STATUS[True]


def _refuse_paste(
    head: bytes, verdict: "Verdict", wording: "Profile", submitted: Path | None
) -> None:
    """A log that ``kubectl logs`` mixed or cut is told of: what it breaks, the worker may not
    have broken.
    """
    from harness.cli.kubectl_paste import complaint
    from harness.cli.problems import UsageProblem
    from harness.trace import load_submitted

    if verdict.ok is False and head and len(head) < _BULK:
        ids = load_submitted(submitted) if submitted else []
        if (reference := complaint(head, verdict, wording, ids)) is not None:
            raise UsageProblem(reference)


def _submitted(file: Path) -> "Iterable[str] | Places":
    """The submitted ids; many of them packed."""
    from harness.trace import load_submitted

    if file.is_file() and file.stat().st_size >= _PACKED:
        from harness.trace.bulk.submitted import packed_file

        packed = packed_file(file)
        if packed is not None:
            return packed
    return load_submitted(file)


def _read_at_once(judge: "Judge", log: str) -> bytes:
    """A file or standard input as a whole: the bulk path, where there is enough to pay for it.
    Its beginning.
    """
    if log == "-":
        return _feed_stream(judge, sys.stdin.buffer)
    with _opened(Path(log)) as file:
        if (inner := _unpacked(file, log, judge.profile)) is not None:
            stream, parts = inner
            _feed_stream(judge, stream)
            _tell_parts(parts)
            return b""
        with _watched(file, follow=False) as stream:
            return _feed_stream(judge, stream)


def _unpacked(
    file: BinaryIO, log: str, profile: "Profile"
) -> "tuple[BinaryIO, Sequence[Part]] | None":
    """The log in a file that is no plain text, and which of its lines came from where."""
    from harness.trace.packed import stream_of, unpacked
    from harness.trace.reading.report import report_lines

    found = unpacked(file, Path(log))
    if found is None:
        return None
    if found.stream is not None:
        return found.stream, ()
    lines = report_lines(found.lines, profile) if found.is_report else found.lines
    return stream_of(lines), found.parts


def _tell_parts(parts: "Sequence[Part]") -> None:
    for part in parts[:_PARTS]:
        told = say("verify.part", name=printable(part.name), first=part.first, last=part.last)
        err().print(told, style="dim", markup=False, highlight=False)
    if len(parts) > _PARTS:
        err().print(say("verify.more", count=len(parts) - _PARTS), style="dim")


def _feed_stream(judge: "Judge", stream: BinaryIO) -> bytes:
    from harness.trace.lines import read_ahead, read_lines
    from harness.trace.reading.survey import survey

    head, stream = read_ahead(stream, _BULK)
    judge.wear(survey(read_lines(BytesIO(head)), judge.profile))
    if len(head) < _BULK:
        judge.feed_all(read_lines(stream))
        return head
    from harness.trace.bulk import feed_log

    feed_log(judge, stream)
    return head


@contextmanager
def _lines(
    judge: "Judge", log: str | None, container: str | None, follow: bool
) -> Iterator[Iterable[bytes]]:
    """The log's lines from a container, standard input, a report or a file; what a file that is
    followed holds by now the judge reads at once, where it is much."""
    from harness.trace import read_lines
    from harness.trace.reading.report import report_lines

    if container is not None:
        from harness.cli.container_source import container_log

        with closing(container_log(container, follow=follow)) as told:
            yield told
    elif log == "-":
        yield read_lines(sys.stdin.buffer)
    elif log is not None:
        with _opened(Path(log)) as file, _watched(file, follow) as stream:
            if follow and Path(log).suffix.lower() not in _MARKDOWN:
                _catch_up(judge, file)
            lines = read_lines(stream)
            is_report = Path(log).suffix.lower() in _MARKDOWN
            yield report_lines(lines, judge.profile) if is_report else lines


def _opened(path: Path) -> BinaryIO:
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
def _watched(file: BinaryIO, follow: bool) -> Iterator[BinaryIO]:
    """The file: endless where it is followed, behind a progress bar where it is large."""
    size = os.fstat(file.fileno()).st_size
    if follow:
        yield _Growing(file)  # type: ignore[misc]  # read1 is all that read_lines asks for
    elif size < _LARGE or not sys.stderr.isatty():
        yield file
    else:
        from rich.progress import wrap_file

        text = say("verify.reading")
        with wrap_file(file, size, description=text, console=err(), transient=True) as reader:
            yield reader


def _catch_up(judge: "Judge", file: BinaryIO) -> None:
    """The whole lines that a large log holds by now; the file then stands behind them."""
    from harness.trace.lines import first_bytes, is_utf16, last_line_end

    if not file.seekable():
        return
    end = last_line_end(file)
    file.seek(0)
    if end < _BULK or is_utf16(file.read(2)):
        file.seek(0)
        return
    file.seek(0)
    _feed_stream(judge, first_bytes(file, end))
    file.seek(end)


class _Growing:
    """A file that is still being written: at its end it waits for more."""

    def __init__(self, file: BinaryIO) -> None:
        self._file: Any = file
        self._pause = threading.Event()

    def read1(self, size: int) -> bytes:
        data = b""
        while not data:  # what is there: a named pipe would be waited for until it is full
            data = self._file.read1(size)
            if not data:
                self._pause.wait(_LOOK_AGAIN_S)
        return data


def _read(judge: "Judge", lines: Iterable[bytes], follow: bool) -> None:
    """Feed the whole log; a followed one is shown as it comes, and ends with Ctrl-C."""
    if not follow:
        judge.feed_all(lines)
        return
    from harness.cli.verdict_view import live_line

    with suppress(KeyboardInterrupt):
        if judge.line:
            err().print(say("verify.caught-up", lines=judge.line), style="dim")
        err().print(say("verify.following"), style="dim")
        for line in lines:
            seen = judge.feed(line)
            if seen.event:
                err().print(live_line(seen))


def _tell(verdict: "Verdict", seconds: float, json_file: str | None, log: str) -> int:
    """Write and print the verdict; the exit status."""
    from harness.cli.verdict_view import print_verdict
    from harness.texts.violations import violation_message
    from harness.trace import as_document

    if json_file is not None:
        write_json(json_file, as_document(verdict, seconds=seconds, message=violation_message))
    print_verdict(_console(json_file), verdict, log)
    return EXIT_STATUS[verdict.ok]


def _console(json_file: str | None) -> "Console":
    """Where people read: not among a document that goes to standard output."""
    return err() if json_file == "-" else out()
