"""What the tests of a marker need of the machine, and why they cannot run where it is missing."""

import shutil
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec

from harness.stack.errors import StackError

#: The machine's own browsers, best first: none is downloaded.
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str | None:
    """The browser's program; None where there is none."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def _docker() -> str | None:
    from harness.stack.docker_door import engine

    return _complaint(engine)


def _embedded() -> str | None:
    from harness.stack.servers import find_postgres, find_redis

    return _complaint(find_postgres) or _complaint(find_redis)


def _browser() -> str | None:
    if find_spec("playwright") is None:
        return "no playwright"
    return None if chromium() else "no chromium on PATH"


def _kubernetes() -> str | None:
    """By the kit's own rule: a cluster that is neither local nor named is nobody's to test on."""
    from harness.stack.kubernetes.door import Cluster

    return _complaint(lambda: Cluster().version())


def _complaint(find: Callable[[], object]) -> str | None:
    """The reference of the error that it ends with."""
    try:
        find()
    except StackError as error:
        return error.reference
    return None


NEEDS: dict[str, Callable[[], str | None]] = {
    "docker": _docker,
    "embedded": _embedded,
    "browser": _browser,
    "kubernetes": _kubernetes,
}


@cache
def lacking(marker: str) -> str | None:
    """Why tests of this marker cannot run here; None where they can."""
    reason = NEEDS[marker]()
    return reason and f"{marker}: {reason}"
