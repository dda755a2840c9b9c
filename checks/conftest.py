"""How the suite grades: the lab under test, its experiments as fixtures, and the verdict of the
outcomes.

An experiment is a fixture: it runs once, when the first check asks for it, and what it saw is
frozen. A check judges that. In pytest's words a check that does not hold has failed, one that could
not be judged is an error (the kit's, the Engine's, a witness's fault) or skipped (what it rests on
does not hold).
"""

import inspect
import json
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import psutil
import pytest

from harness.grade.demonstration.record import Demonstration
from harness.grade.demonstration.record import to_document as demonstration_document
from harness.grade.demonstration.run import new_seed
from harness.grade.experiments import quiet_run
from harness.grade.experiments.apart import apart as producer_and_consumer_apart
from harness.grade.experiments.cold_start import ColdStart
from harness.grade.experiments.cold_start import cold_start as start_everything
from harness.grade.experiments.discovery import discover
from harness.grade.experiments.idle import idleness
from harness.grade.experiments.killed import killed as worker_killed
from harness.grade.experiments.lab_under_test import LabUnderTest
from harness.grade.experiments.large import large as large_picture
from harness.grade.experiments.malformed import malformed as rubbish_in_the_queue
from harness.grade.experiments.outage import postgres_outage as postgres_restarted
from harness.grade.experiments.outage import redis_outage as redis_away
from harness.grade.experiments.several import burst as many_at_once
from harness.grade.experiments.several import pair as two_workers
from harness.grade.submission.assignment import Assignment, load_assignment
from harness.grade.submission.composefile import ComposeFile
from harness.grade.submission.handed_in import Submission, open_submission, stack_of
from harness.grade.submission.workload_file import load_workload
from harness.grade.verdict.grading import Grading, Note
from harness.grade.verdict.results import require, to_document
from harness.grade.verdict.rubric import load_rubric
from harness.lateness import Spell
from harness.lateness.clock import LatenessClock, measured
from harness.lateness.use import OwnUse, groups_of
from harness.stack import docker_door
from harness.stack.base import CountedUse, Stack
from harness.texts import say
from harness.texts.three_values import WhyNull
from harness.witness.command_counts import commands_so_far
from harness.workload import Workload

HERE = Path(__file__).parent
ROOT = HERE.parent
PUBLISHING = frozenset(
    [
        "rpush",
        "lpush",
        "rpushx",
        "lpushx",
        "linsert",
        "xadd",
        "zadd",
        "publish",
        "eval",
        "evalsha",
        "fcall",
    ]
)
GRADING = pytest.StashKey[Grading]()
CLOCK = pytest.StashKey[LatenessClock]()
RAN = pytest.StashKey[frozenset[str]]()  #: experiments that had been run when a check began


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("lab6", say("checks.options"))
    runtimes = ("auto", "compose", "embedded", "kubernetes")
    for name, settings in {
        "--runtime": {"choices": runtimes, "default": "auto", "help": say("checks.option-runtime")},
        "--seed": {"type": int, "help": say("checks.option-seed")},
        "--submission": {"type": Path, "help": say("checks.option-submission")},
        "--assignment": {
            "type": Path,
            "default": HERE,
            "help": say("checks.option-assignment"),
        },
        "--profile": {"type": Path, "help": say("checks.option-profile")},
        "--rubric": {"type": Path, "help": say("checks.option-rubric")},
        "--leash": {"type": int, "metavar": "PID", "help": say("checks.option-leash")},
        "--lab6-out": {"type": Path, "help": say("checks.option-out")},
    }.items():
        group.addoption(name, **settings)


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--leash"):
        hold_leash(config.getoption("--leash"))
    config.addinivalue_line("markers", "check(id, depends_on=()): one check of the rubric")
    seed, asked = config.getoption("--seed"), config.getoption("--assignment")
    reference = asked / "reference"
    own = reference if reference.is_dir() else ROOT
    config.stash[CLOCK] = LatenessClock()
    config.stash[GRADING] = Grading(
        lab=config.getoption("--submission") or own,
        seed=new_seed() if seed is None else seed,
        rubric=load_rubric(config.getoption("--rubric") or asked / "rubric.toml"),
    )


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


@pytest.fixture(scope="session")
def assignment(request: pytest.FixtureRequest) -> Assignment:
    """What is asked."""
    return load_assignment(request.config.getoption("--assignment") / "assignment.toml")


@pytest.fixture(scope="session")
def workload(request: pytest.FixtureRequest) -> Workload:
    """The assignment's jobs."""
    return load_workload(request.config.getoption("--assignment"))


@pytest.fixture(scope="session")
def submission(request: pytest.FixtureRequest, assignment: Assignment) -> Submission:
    """What was handed in."""
    grading = request.config.stash[GRADING]
    profile = request.config.getoption("--profile")
    grading.submission = opened = open_submission(grading.lab, assignment, profile)
    return opened


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest, submission: Submission) -> Iterator[Stack]:
    """The stack of this session, not up yet; it is gone at the session's end."""
    grading = request.config.stash[GRADING]
    grading.stack = stack = stack_of(submission, request.config.getoption("--runtime"))
    clock = request.config.stash[CLOCK]
    if isinstance(stack, CountedUse):  # what its containers use is the work's own doing
        groups = partial(groups_of, stack.processes)
        clock.own, clock.ask = OwnUse(groups), lambda: docker_door.client().ping()
    elif stack.runtime == "embedded":  # its services run below this process
        clock.own = OwnUse(tree=True)
    try:
        with measured(clock):
            yield stack
    finally:
        stack.down()


@pytest.fixture(scope="session")
def cold_start(request: pytest.FixtureRequest, stack: Stack) -> ColdStart:
    """Everything started at once."""
    clock, grading = request.config.stash[CLOCK], request.config.stash[GRADING]
    with timed(request) as began:

        def told(line: str) -> None:
            if line == "start":  # what a build makes of the machine excuses nobody
                began[:] = [clock.look()]

        started = start_everything(stack, told)
    if started.failure is not None:
        grading.look_at_start(started.failure.facts)
    return started


@pytest.fixture(scope="session")
def lab(
    request: pytest.FixtureRequest,
    stack: Stack,
    cold_start: ColdStart,
    submission: Submission,
    workload: Workload,
    tmp_path_factory: pytest.TempPathFactory,
) -> LabUnderTest:
    """The lab, up, with every witness in place."""
    require(cold_start.error is None, "not-up", actual=cold_start.error)
    grading = request.config.stash[GRADING]
    grading.versions = dict(stack.versions())
    folder = request.config.getoption("--lab6-out") or tmp_path_factory.mktemp("lab6")
    limits = grading.rubric.limits
    with timed(request), looked_at(grading):
        job = workload.job(np.random.default_rng(grading.seed), 0)
        discovery = discover(stack, submission, job, limits)
    return LabUnderTest(
        stack,
        workload,
        discovery.dialect,
        seed=grading.seed,
        folder=folder,
        limits=limits,
        probes=discovery.probes,
        tried=discovery.tried,
        begun=discovery.begun,
    )


@pytest.fixture(scope="session")
def demonstration(request: pytest.FixtureRequest, lab: LabUnderTest) -> Demonstration:
    """The lab's task 3, before anything else touches the log."""
    from harness.texts.violations import violation_message

    grading = request.config.stash[GRADING]
    before = published(lab)
    with timed(request):
        try:
            seen = quiet_run.demonstration(lab, grading.lab)
            grading.found(seen.finding)
        finally:
            lab.revive()
    grading.crossed = published(lab) - before
    if request.config.getoption("--lab6-out"):
        write_json(lab.folder / "demo.json", demonstration_document(seen, violation_message))
    return seen


@pytest.fixture(scope="session")  # before the experiment, which is one of the session, too
def enough(request: pytest.FixtureRequest, demonstration: Demonstration) -> None:
    """Nobody passes for work that did not come through the queue: with fewer events published than
    jobs accepted, what rests on them cannot be judged."""
    crossed = request.config.stash[GRADING].crossed
    jobs = len([job for job in demonstration.jobs if job.job_id])
    if crossed < jobs or not jobs:
        pytest.skip(say("checks.too-few", crossed=crossed, jobs=jobs))


@pytest.fixture(scope="session")  # before the experiment, which is one of the session, too
def working(demonstration: Demonstration) -> None:
    """Where no job is completed even in a quiet run, nobody can tell what an outage or a crowd
    would spoil."""
    if not any(job.row and job.row.status == "COMPLETED" for job in demonstration.jobs):
        pytest.skip(say("checks.none-completed"))


def published(lab: LabUnderTest) -> int:
    """How many events Redis was given so far, by whatever command."""
    stack = lab.stack
    sent = commands_so_far(stack.redis_address, stack.redis_password, stack.redis_user)
    return sum(calls for name, calls in sent.items() if name in PUBLISHING)


@pytest.fixture(scope="session")
def results(lab: LabUnderTest, demonstration: Demonstration) -> Iterator[Any]:
    """Where the demonstration's results lie."""
    with TemporaryDirectory(prefix="lab6-results-") as folder:
        yield quiet_run.results(lab, demonstration, Path(folder))


@contextmanager
def looked_at(grading: Grading) -> Iterator[None]:
    """Where the lab cannot even be asked, see what its services say of that."""
    try:
        yield
    except Exception:
        grading.look_for_the_ended()
        raise


@contextmanager
def timed(request: pytest.FixtureRequest) -> Iterator[list[Spell]]:
    """Keep how long this experiment took, and how slow the machine was meanwhile, from the reading
    in the list on."""
    grading, clock = request.config.stash[GRADING], request.config.stash[CLOCK]
    whole, name = clock.look(), str(request.fixturename)
    began = [whole]
    try:
        yield began
    except BaseException:
        grading.broken.add(name)
        raise
    finally:
        now = clock.look()
        grading.spells[name], grading.took[name] = now.since(began[0]), now.since(whole).seconds
        grading.lateness = now


def experiment(run: Callable[[LabUnderTest], object]) -> Any:
    """A fixture that runs an experiment once, after the demonstration."""

    @pytest.fixture(scope="session")
    def seen(
        request: pytest.FixtureRequest, lab: LabUnderTest, demonstration: Demonstration
    ) -> object:
        with timed(request):
            try:
                return run(lab)
            finally:
                try:
                    request.config.stash[GRADING].look_for_the_ended()
                finally:
                    lab.revive()

    return seen


large = experiment(large_picture)
burst = experiment(many_at_once)
pair = experiment(two_workers)
apart = experiment(producer_and_consumer_apart)
idle = experiment(idleness)
malformed = experiment(rubbish_in_the_queue)
redis_outage = experiment(redis_away)
postgres_outage = experiment(postgres_restarted)
killed = experiment(worker_killed)


@pytest.fixture(scope="session")
def compose(submission: Submission) -> ComposeFile:
    """The compose file of the lab under test."""
    return submission.compose


@pytest.fixture
def note(request: pytest.FixtureRequest) -> Note:
    """Keeps evidence of this check."""
    return request.config.stash[GRADING].note(check_of(request.node)[0])


@pytest.fixture(scope="session")
def limits(request: pytest.FixtureRequest) -> Any:
    """What is too much, from the rubric."""
    return request.config.stash[GRADING].rubric.limits


@pytest.fixture(scope="session")
def pace(request: pytest.FixtureRequest) -> Callable[[str], float]:
    """How many times slower others made the machine during an experiment, as far as a bound grows
    for it."""
    spells = request.config.stash[GRADING].spells
    return lambda name: spells.get(name, Spell()).pace


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
) -> Iterator[pytest.TestReport]:
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
    from harness.cli.points_view import points_lines

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


def hold_leash(pid: int) -> None:
    """Clean up and end when the process that started this session is gone, however it went."""

    # A shell's background job begins with SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)

    def wait() -> None:
        with suppress(psutil.NoSuchProcess):
            psutil.Process(pid).wait()
        end_main_thread()

    threading.Thread(target=wait, name="leash", daemon=True).start()


def end_main_thread() -> None:
    """As Ctrl-C does. A signal that this thread raises does not wake the main one from a blocking
    read, and it may stand in one for as long as a build takes."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        signal.raise_signal(signal.SIGINT)


def is_check(item: pytest.Item) -> bool:
    """Whether this test grades."""
    return item.get_closest_marker("check") is not None


def uses_of(item: pytest.Item) -> frozenset[str]:
    """The experiments that decided a check."""
    grading, function = item.config.stash[GRADING], getattr(item, "function", None)
    return grading.experiments_of(
        named=inspect.signature(function).parameters if function else (),
        needed=getattr(item, "fixturenames", ()),
        ran_before=item.stash.get(RAN, frozenset()),
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
    file.write_text(text, encoding="utf-8")
