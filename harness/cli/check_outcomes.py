"""How pytest's outcomes become a verdict: in its words a check that does not hold has failed, one
that could not be judged is an error (the kit's, the Engine's, a witness's fault) or skipped (what
it rests on does not hold).
"""

import inspect
import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from harness.cli.points_view import points_lines
from harness.grade.verdict.grading import Grading
from harness.grade.verdict.results import to_document
from harness.texts import say
from harness.texts.three_values import WhyNull

GRADING = pytest.StashKey[Grading]()
RAN = pytest.StashKey[frozenset[str]]()  #: experiments that had been run when a check began


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The checks of this rubric. What others rest on runs first; apart from that the order of
    the files stays.
    """
    listed = config.stash[GRADING].rubric.items
    left = [item for item in items if is_check(item) and check_of(item)[0] not in listed]
    items[:] = [item for item in items if item not in left]
    needs = dict(check_of(item) for item in items if is_check(item))

    def depth(name: str) -> int:
        return 1 + max((depth(needed) for needed in needs.get(name, ())), default=0)

    items.sort(key=lambda item: depth(check_of(item)[0]) if is_check(item) else 0)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """What a check rests on must hold, or nobody can judge it."""
    if is_check(item):
        item.stash[RAN] = frozenset(item.config.stash[GRADING].spells)
        reason = item.config.stash[GRADING].broken_dependency(check_of(item)[1])
        if reason:
            pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, Any, Any]:
    """Keep the check's result; the report carries what its line on the screen needs."""
    report = yield
    if is_check(item) and (report.when == "call" or (report.when == "setup" and not report.passed)):
        name, depends_on = check_of(item)
        result = item.config.stash[GRADING].record(
            name,
            error=call.excinfo.value if call.excinfo else None,
            skipped=report.skipped,
            seconds=report.duration,
            depends_on=depends_on,
            uses=uses_of(item),
        )
        grading = item.config.stash[GRADING]
        report.lab6_passed = result.passed
        report.lab6_rests = result.why_null is WhyNull.NOT_CHECKED
        report.lab6_line = (
            f"[{len(grading.results)}/{len(grading.rubric.items)}] {result.item.title}"
        )
    return report


def pytest_report_teststatus(
    report: Any, config: pytest.Config
) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    """A check's outcome in three words of our own; a check that nobody could judge is no
    failure. Where pytest itself is silent, as under ``lab6 checks``, each check is a line with its
    title."""
    if not hasattr(report, "lab6_passed"):
        return None
    category, letter, word, colour = {
        True: ("passed", ".", "holds", "green"),
        False: ("failed", "F", "fails", "red"),
        None: ("skipped", "?", "not-checked", "cyan")
        if report.lab6_rests
        else ("error", "?", "unknown", "yellow"),
    }[report.lab6_passed]
    text = say(f"checks.{word}")
    if config.get_verbosity() < 0:
        letter = f"{report.lab6_line}: {text}\n"
    return category, letter, (text, {colour: True})


def pytest_terminal_summary(
    terminalreporter: Any, exitstatus: int | pytest.ExitCode, config: pytest.Config
) -> None:
    """The table of tasks and points; half of one would be taken for a score."""
    grading = config.stash[GRADING]
    if exitstatus == pytest.ExitCode.INTERRUPTED:
        terminalreporter.write_line(say("checks.interrupted"), yellow=True)
        terminalreporter._report_keyboardinterrupt = _silent  # where pytest stood, nobody asked
        return
    if not grading.results:
        return
    verdict = grading.verdict()
    key = "checks.title-none" if grading.stack is None else "checks.title"
    title = say(key, runtime=verdict.runtime, seed=verdict.seed)
    terminalreporter.section(title)
    for line, style in points_lines(verdict):
        terminalreporter.write_line(line, **dict.fromkeys(style, True))


def _silent() -> None:
    """Says nothing."""


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write the verdict, unless the session was interrupted: half a verdict is none."""
    out = session.config.getoption("--lab6-out")
    grading = session.config.stash[GRADING]
    if out and grading.results and exitstatus != pytest.ExitCode.INTERRUPTED:
        write_json(out / "verdict.json", to_document(grading.verdict()))


def is_check(item: pytest.Item) -> bool:
    """Whether this test grades."""
    return item.get_closest_marker("check") is not None


def uses_of(item: pytest.Item) -> frozenset[str]:
    """The experiments that decided a check."""
    grading, function = item.config.stash[GRADING], getattr(item, "function", None)
    ran_before: frozenset[str] = item.stash.get(RAN, frozenset[str]())
    return grading.experiments_of(
        named=inspect.signature(function).parameters if function else (),
        needed=getattr(item, "fixturenames", ()),
        ran_before=ran_before,
    )


def check_of(item: pytest.Item) -> tuple[str, tuple[str, ...]]:
    """The check's id, and the ids of those that it rests on."""
    marker = item.get_closest_marker("check")
    if marker is None:
        raise LookupError(f"{item.nodeid} is no check")
    return marker.args[0], tuple(marker.kwargs.get("depends_on", ()))


def write_json(file: Path, document: dict[str, Any]) -> None:
    """Keep a document, readable by people too."""
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    # A folder's name may be in another encoding: half a character cannot be written down.
    file.write_text(text, encoding="utf-8", errors="replace")
