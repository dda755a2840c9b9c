"""How the suite grades: the lab under test, its experiments as fixtures, and the verdict of the
outcomes.

An experiment is a fixture: it runs once, when the first check asks for it, and what it saw is
frozen. A check judges that; what pytest says of a check becomes its result in
``harness/cli/check_outcomes.py``.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest

from harness.cli import check_outcomes
from harness.cli.check_outcomes import GRADING, check_of, write_json
from harness.cli.leash import hold_leash
from harness.grade.demonstration.record import Demonstration, JobRecord
from harness.grade.demonstration.record import to_document as demonstration_document
from harness.grade.demonstration.run import new_seed
from harness.grade.experiments import quiet_run
from harness.grade.experiments.apart import apart as producer_and_consumer_apart
from harness.grade.experiments.barred import barred as at_locked_rows
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
from harness.grade.experiments.taken_back import taken_back as event_taken_back
from harness.grade.submission.assignment import Assignment, load_assignment
from harness.grade.submission.composefile import ComposeFile
from harness.grade.submission.handed_in import Submission, open_submission, stack_of
from harness.grade.submission.workload_file import load_workload
from harness.grade.verdict.grading import Grading, Note
from harness.grade.verdict.results import require
from harness.grade.verdict.rubric import load_rubric
from harness.lateness import Spell
from harness.lateness.clock import LatenessClock, measured
from harness.lateness.use import OwnUse, groups_of
from harness.stack import docker_door
from harness.stack.base import CountedUse, Stack
from harness.texts import say
from harness.workload import Workload

HERE = Path(__file__).parent
ROOT = HERE.parent
CLOCK = pytest.StashKey[LatenessClock]()


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.register(check_outcomes)
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
    before = lab.published()
    with timed(request):
        try:
            seen = quiet_run.demonstration(lab, grading.lab)
            grading.found(seen.finding)
        finally:
            lab.revive()
    grading.crossed = lab.published() - before
    lab.leave_out(quiet_run.failing(lab, seen))
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


@pytest.fixture(scope="session")
def results(lab: LabUnderTest, demonstration: Demonstration) -> Iterator[Any]:
    """Where the demonstration's results lie."""
    with TemporaryDirectory(prefix="lab6-results-") as folder:
        yield quiet_run.results(lab, demonstration, Path(folder))


@pytest.fixture(scope="session")
def usual(lab: LabUnderTest, demonstration: Demonstration, results: Any) -> bool:
    """Whether the quiet run's results look as they should, where the row says that they lie: what
    never does is the matter of the checks about results alone."""
    found = [(job, results[job.job_id or ""]) for job in completed(demonstration)]
    return all(
        result.path == job.row.output_path
        and result.data is not None
        and lab.workload.looks_done(job.planned.request, result.data)
        for job, result in found
    )


@pytest.fixture(scope="session")
def right(demonstration: Demonstration, usual: bool) -> bool:
    """Whether each result of the quiet run is the right one: else that is judged already."""
    done = completed(demonstration)
    return usual and all(job.judged is not None and job.judged.ok for job in done)


def completed(demonstration: Demonstration) -> list[JobRecord]:
    """The whole jobs of the quiet run that were COMPLETED."""
    return [
        job
        for job in demonstration.jobs
        if not job.planned.broken and job.row and job.row.status == "COMPLETED"
    ]


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


barred = experiment(at_locked_rows)
large = experiment(large_picture)
burst = experiment(many_at_once)
pair = experiment(two_workers)
apart = experiment(producer_and_consumer_apart)
idle = experiment(idleness)
malformed = experiment(rubbish_in_the_queue)
redis_outage = experiment(redis_away)
postgres_outage = experiment(postgres_restarted)
killed = experiment(worker_killed)
taken_back = experiment(event_taken_back)


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
