"""``lab6 verify``: a worker's log, judged: from a file, standard input, a container, pods, or the
blocks of a report.
"""

import os
import shlex
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.json_output import check_json, write_json
from harness.cli.runtime_option import context_option
from harness.cli.terminal import err, out
from harness.cli.verify_again import tell_crashes, tell_mended, whole_of
from harness.cli.verify_source import BULK, Awaited, Read, followed, log_stream, read_at_once
from harness.texts import say
from harness.texts.three_values import EXIT_STATUS
from harness.trace import RULES

if TYPE_CHECKING:
    from rich.console import Console

    from harness.cli.container_source import ContainerLines
    from harness.trace import Judge, Profile, Verdict
    from harness.trace.registry import Places

_PACKED = 256 * 1024  #: bytes of submitted ids from which they are packed


@click.command(help=say("verify.help", rules=len(RULES)))
@click.argument("log", metavar="[LOG]", required=False)
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
    # The bulk path multiplies no matrices: threads that could would only slow numpy's start.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

    if [log, container, pods].count(None) != 2:
        raise TraceError("verify-source")
    wording = load_profile(profile) if profile else lab_profile()
    if proposal is not None:
        if log is None:
            raise TraceError("verify-proposal")
        return _propose(log, wording, proposal)

    def new_judge() -> Judge:
        return Judge(wording, _submitted(submitted) if submitted else None)

    judge = new_judge()
    started, read = time.perf_counter(), Read(b"", None)
    if log is not None and not follow:
        read = read_at_once(judge, log)
    elif log is not None:
        with followed(judge, log) as (lines, awaited):
            _follow(judge, lines, awaited)
    else:
        with closing(_spoken(container, pods, namespace, follow)) as lines:
            if follow:
                _follow(judge, lines, None)
            else:
                judge.feed_all(lines)
    verdict = judge.finish()
    del judge  # what it remembers of millions of jobs is not needed to tell of some
    verdict = _second_look(read, verdict, new_judge, json_file)
    verdict = _last_words(read, verdict, wording)
    if not verdict.mended:
        _refuse_paste(read.head, verdict, wording, submitted)
    name = shlex.quote(log) if log else "LOG"
    if submitted is not None:  # a command that is printed asks the same
        name += f" --submitted {shlex.quote(str(submitted))}"
    return _tell(verdict, time.perf_counter() - started, json_file, name)


def _spoken(
    container: str | None, pods: str | None, namespace: str | None, follow: bool
) -> "ContainerLines":
    """The lines of a container, or of pods."""
    if pods is not None:
        from harness.cli.pods_source import PodsLog

        return PodsLog(pods, namespace, follow=follow)
    from harness.cli.container_source import container_log

    return container_log(container or "", follow=follow)


def _second_look(
    read: Read, verdict: "Verdict", judge: "Callable[[], Judge]", json_file: str | None
) -> "Verdict":
    """The verdict on the log as it was before it was spoilt on its way; its crashes are told of."""
    if read.again is None or (verdict.ok is True and len(read.head) >= BULK):
        return verdict
    from harness.trace.mending.again import is_suspect, looked_again

    if is_suspect(verdict, read.head) and (data := whole_of(read.again)) is not None:
        verdict = looked_again(verdict, data, judge)
    console = _console(json_file)
    if read.may_hold_crashes:
        tell_crashes(console, read.again)
    tell_mended(console, verdict)
    return verdict


def _last_words(read: Read, verdict: "Verdict", wording: "Profile") -> "Verdict":
    """The verdict but for what may stand in a piece that was cut out of the log, with what that
    says last of jobs that do not end; where it is read quickly.
    """
    if read.again is None or not 0 < len(read.head) < BULK or verdict.mended:
        return verdict
    from harness.trace import read_lines
    from harness.trace.last_words import with_last_words
    from harness.trace.mending import but_for_gaps

    with read.again() as stream:
        lines = list(read_lines(stream))
    return with_last_words(but_for_gaps(verdict, lines, wording), lines)


def _propose(log: str, wording: "Profile", target: Path) -> int:
    """Write the profile that would read this log."""
    from harness.cli.problems import UsageProblem
    from harness.trace import read_lines
    from harness.trace.reading.survey import proposed_profile

    with log_stream(log, wording) as stream:
        text = proposed_profile(read_lines(stream), wording)
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
    if verdict.ok is not False or not 0 < len(head) < BULK:
        return
    from harness.cli.kubectl_paste import complaint
    from harness.cli.problems import UsageProblem
    from harness.trace import load_submitted

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


def _follow(judge: "Judge", lines: Iterable[bytes], awaited: Awaited | None) -> None:
    """Show a followed log as it comes, until Ctrl-C; ``awaited`` says when there is no more of it
    for now, where anything does."""
    from harness.cli.verdict_view import LiveView

    view = LiveView(err())
    if awaited is not None:
        awaited.before_reading = view.flush
    with suppress(KeyboardInterrupt):
        if judge.line:
            err().print(say("verify.caught-up", lines=judge.line), style="dim")
        err().print(say("verify.following"), style="dim")
        for line in lines:
            view.show(judge.feed(line))
            if awaited is None:  # nobody says when the next line will come
                view.flush()
    view.flush()


def _tell(verdict: "Verdict", seconds: float, json_file: str | None, log: str) -> int:
    """Write and print the verdict; the exit status."""
    from harness.texts.violations import verdict_sentence, violation_message
    from harness.trace import as_document

    if json_file is not None:
        write_json(json_file, as_document(verdict, seconds=seconds, message=violation_message))
    to_stderr = json_file == "-"
    if verdict.ok is True and not (sys.stderr if to_stderr else sys.stdout).isatty():
        click.echo(verdict_sentence(verdict, log), err=to_stderr)  # one line needs no rich
        return EXIT_STATUS[True]
    from harness.cli.verdict_view import print_verdict

    print_verdict(_console(json_file), verdict, log)
    return EXIT_STATUS[verdict.ok]


def _console(json_file: str | None) -> "Console":
    """Where people read: not among a document that goes to standard output."""
    return err() if json_file == "-" else out()
