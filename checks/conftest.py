"""The grading session: one lab, its experiments, and a verdict made of the checks' outcomes.

A check that raises ``Failure`` is false, one that passes is true, and one that cannot tell (the kit's, the
Engine's or a witness's fault, or a check that it rests on did not hold) is null.
"""

import json
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from harness.grade.composefile import ComposeFile, load_compose
from harness.grade.demonstrate import new_seed
from harness.grade.demonstration import to_document as demonstration_document
from harness.grade.experiments import Experiments
from harness.grade.rubric import load_rubric
from harness.grade.verdict import (
    Cause,
    CheckResult,
    Evidence,
    Failure,
    GradeVerdict,
    by_task,
    points_of,
    to_document,
)
from harness.texts import explain, has, say

HERE = Path(__file__).parent
ROOT = HERE.parent


class Session:
    """What one grading session gathers; becomes the verdict at its end."""

    def __init__(self, config: pytest.Config) -> None:
        seed = config.getoption("--seed")
        self.seed: int = new_seed() if seed is None else seed
        self.out: Path | None = config.getoption("--lab6-out")
        self.lab: Path = config.getoption("--lab") or ROOT
        self.started = datetime.now(UTC)
        self.clock = monotonic()
        self.runtime = "none"
        self.versions: dict[str, str] = {}
        self.results: dict[str, CheckResult] = {}
        self.notes: dict[str, list[Evidence]] = {}
        self.shares: dict[str, float] = {}

    def verdict(self) -> GradeVerdict:
        return GradeVerdict(
            submission=self.lab.resolve().name,
            runtime=self.runtime,
            seed=self.seed,
            started=self.started,
            seconds=monotonic() - self.clock,
            versions=self.versions,
            checks=tuple(
                self.results[name] for name in load_rubric().items if name in self.results
            ),
        )


SESSION = pytest.StashKey[Session]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("lab6", say("checks.options"))
    runtimes = ("auto", "compose", "embedded")
    group.addoption(
        "--runtime", choices=runtimes, default="auto", help=say("checks.option-runtime")
    )
    group.addoption("--seed", type=int, default=None, help=say("checks.option-seed"))
    group.addoption("--lab", type=Path, default=None, help=say("checks.option-lab"))
    group.addoption("--lab6-out", type=Path, default=None, help=say("checks.option-out"))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "check(id, depends_on=()): grades one check of the rubric")
    config.stash[SESSION] = Session(config)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What others rest on runs first; apart from that the order of the files stays."""
    rests_on = {
        name: depends_on
        for item in items
        if item.get_closest_marker("check")
        for name, depends_on in [_check_of(item)]
    }

    def depth(name: str) -> int:
        return max((1 + depth(needed) for needed in rests_on.get(name, ())), default=0)

    def key(item: pytest.Item) -> int:
        return depth(_check_of(item)[0]) if item.get_closest_marker("check") else -1

    items.sort(key=key)


@pytest.fixture(scope="session")
def experiments(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Experiments]:
    """The experiments on a lab of this session's own, which is gone at its end."""
    from harness.stack import open_stack

    session = request.config.stash[SESSION]
    folder = session.out or tmp_path_factory.mktemp("lab6")
    stack = open_stack(request.config.getoption("--runtime"), lab=session.lab)
    session.runtime = stack.runtime
    done = Experiments(stack, seed=session.seed, folder=folder, progress=lambda _: None)
    try:
        yield done
        if session.out and "demonstration" in vars(done):
            from harness.cli.verdict_view import violation_message

            document = demonstration_document(done.demonstration, violation_message)
            session.versions = dict(done.demonstration.versions)
            _write_json(session.out / "demo.json", document)
    finally:
        stack.down()


@pytest.fixture(scope="session")
def compose(request: pytest.FixtureRequest) -> ComposeFile:
    """The compose file of the lab under test."""
    return load_compose(request.config.stash[SESSION].lab / "docker-compose.yml")


class Note:
    """Keeps what a witness saw as evidence of the check that runs, and its share of the points."""

    def __init__(self, session: Session, check: str) -> None:
        self._session = session
        self._check = check

    def __call__(self, witness: str, text: object, where: str = "") -> None:
        evidence = Evidence(witness=witness, text=str(text)[:500], where=where)
        self._session.notes.setdefault(self._check, []).append(evidence)

    def partly(self, share: float) -> None:
        """The check holds, for this share of its points."""
        self._session.shares[self._check] = share


@pytest.fixture
def note(request: pytest.FixtureRequest) -> Note:
    """Evidence of this check."""
    return Note(request.config.stash[SESSION], _check_of(request.node)[0])


def pytest_runtest_setup(item: pytest.Item) -> None:
    """What a check rests on must hold, or nobody can judge it."""
    if item.get_closest_marker("check") is None:
        return
    session = item.config.stash[SESSION]
    for needed in _check_of(item)[1]:
        result = session.results.get(needed)
        if result is not None and result.passed is not True:
            pytest.skip(say("checks.depends", title=result.item.title))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
    report = yield
    if item.get_closest_marker("check") is not None:
        passed = report.when == "call" and report.passed
        if passed or (report.when != "teardown" and not report.passed):
            _record(item, call, report)
    return report


def _record(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
    session = item.config.stash[SESSION]
    name, depends_on = _check_of(item)
    entry = load_rubric().items[name]
    passed, cause = _judged(call, report)
    if cause is not None:
        cause = Cause(
            rationale=cause.rationale,
            help=entry.hint if passed is False else "",
            expected=cause.expected,
            actual=cause.actual,
            error=cause.error,
        )
    session.results[name] = CheckResult(
        item=entry,
        passed=passed,
        points=points_of(entry, passed, session.shares.get(name, 1.0)),
        seconds=report.duration,
        depends_on=depends_on,
        cause=cause,
        evidence=tuple(session.notes.get(name, ())),
    )


def _judged(
    call: pytest.CallInfo[None], report: pytest.TestReport
) -> tuple[bool | None, Cause | None]:
    if report.passed:
        return True, None
    error = call.excinfo.value if call.excinfo else None
    if isinstance(error, Failure):
        return False, Cause(
            rationale=error.rationale,
            expected=None if error.expected is None else str(error.expected),
            actual=None if error.actual is None else str(error.actual),
        )
    if report.skipped:
        return None, Cause(rationale=str(getattr(error, "msg", error)))
    told = "".join(traceback.format_exception(error)) if error else ""
    reference = getattr(error, "reference", None)
    known = reference is not None and has(f"errors.{reference}.what")
    rationale = explain(error)[0] if known else say("checks.own-fault")  # type: ignore[arg-type]
    return None, Cause(rationale=rationale, error=told)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    session = config.stash[SESSION]
    verdict = session.verdict()
    if not verdict.checks:
        return
    terminalreporter.section(say("checks.title", runtime=verdict.runtime, seed=verdict.seed))
    marks = {True: "✓", False: "✗", None: "?"}
    for number, (title, checks) in by_task(verdict, load_rubric()).items():
        if not checks:
            continue
        points = sum(check.points for check in checks)
        most = sum(check.item.points for check in checks)
        heading = f"{number}. {title}"
        terminalreporter.write_line(f"{heading:<60} {points:>6g} / {most:g}", bold=True)
        for check in checks:
            line = f"   {marks[check.passed]} {check.item.title:<55} {check.points:>6g} / {check.item.points:g}"
            colour = {True: "green", False: "red", None: "yellow"}[check.passed]
            terminalreporter.write_line(
                line, **{colour: check.points == check.item.points or check.passed is not True}
            )
            if check.cause:
                terminalreporter.write_line(f"       {check.cause.rationale}")
    total = say("checks.total")
    terminalreporter.write_line(
        f"{total:<60} {verdict.score:>6g} / {verdict.max_score:g}", bold=True
    )


def pytest_sessionfinish(session: pytest.Session) -> None:
    grading = session.config.stash[SESSION]
    if grading.out and grading.results:
        _write_json(grading.out / "verdict.json", to_document(grading.verdict()))


def _check_of(item: pytest.Item) -> tuple[str, tuple[str, ...]]:
    marker = item.get_closest_marker("check")
    if marker is None:
        raise LookupError(f"{item.nodeid} is no check")
    return marker.args[0], tuple(marker.kwargs.get("depends_on", ()))


def _write_json(file: Path, document: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    file.write_text(text, encoding="utf-8")
