"""Which machines grade: this one, or those of a cluster."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from harness.cli.assignment_option import CHECKS
from harness.cli.batch import Machines
from harness.cli.terminal import err

Opener = Callable[[float], AbstractContextManager[Machines]]  #: by the deadline of a work, s


def here(
    jobs: int, runtime: str, seed: int | None, profile: Path | None, assignment: Path
) -> Opener:
    """This one, ``jobs`` works at a time."""
    from harness.cli.attempt import Here
    from harness.cli.suite import assignment_argument

    arguments = [f"--runtime={runtime}", *assignment_argument(assignment)]
    arguments += [] if profile is None else [f"--profile={profile.resolve()}"]
    arguments += [] if seed is None else [f"--seed={seed}"]
    return lambda deadline_s: nullcontext(
        Here(arguments=arguments, deadline_s=deadline_s, at_once=jobs)
    )


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
        on_told=lambda told: err().print(told, markup=False, soft_wrap=True),
    ).opened
