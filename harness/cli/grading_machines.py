"""Which machines grade: this one, or those of a cluster."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from harness.cli.assignment_option import CHECKS
from harness.cli.batch import Machines
from harness.cli.terminal import err

Opener = Callable[[float], AbstractContextManager[Machines]]  #: by the deadline of a work, s


def here(
    jobs: int, runtime: str, seed: int | None, profile: Path | None, assignment: Path
) -> Opener:
    """This one, ``jobs`` works at a time, ``AUTO``: as many as it bears."""
    from harness.cli.attempt import Here, works_clock
    from harness.cli.jobs_at_once import AUTO
    from harness.cli.slots import Slots, governed, slots_by_machine
    from harness.cli.suite import assignment_argument
    from harness.lateness.clock import measured

    arguments = [f"--runtime={runtime}", *assignment_argument(assignment)]
    arguments += [] if profile is None else [f"--profile={profile.resolve()}"]
    arguments += [] if seed is None else [f"--seed={seed}"]

    @contextmanager
    def opened(deadline_s: float) -> Iterator[Machines]:
        slots = slots_by_machine() if jobs == AUTO else Slots(jobs)
        watched = governed(slots) if jobs == AUTO else nullcontext()
        with watched, measured(works_clock()):
            yield Here(arguments=arguments, deadline_s=deadline_s, slots=slots)

    return opened


def there(
    address: str,
    tls: Path | None,
    without_tls: bool,
    runtime: str,
    seed: int | None,
    profile: Path | None,
    assignment: Path,
) -> Opener:
    """Those behind a scheduler. ``UsageProblem`` where it may not be spoken to so, or the extra
    is missing.
    """
    from harness.cli.cluster.door import dask_is_there, security

    dask_is_there()
    secured = security(address, tls, without=without_tls)
    from harness.cli.cluster.open import ClusterRun

    return ClusterRun(
        address=address,
        security=secured,
        runtime=runtime,
        seed=seed,
        profile=profile,
        assignment=None if assignment == CHECKS else assignment,
        on_told=lambda text: err().print(text, markup=False, soft_wrap=True),
    ).opened
