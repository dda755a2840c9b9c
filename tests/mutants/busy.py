"""What a test makes of a machine that was too busy for a check to be judged: it grades again, alone
among its own; and where that is of no use, it says by name what it has not checked."""

import threading
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

import pytest

from harness.texts import LANGUAGES, catalogue

ATTEMPTS = 3
#: How the reason of such a check begins, in every language.
_BEGINS = tuple(catalogue(language)["checks.too-busy"].partition("{")[0] for language in LANGUAGES)
_ALONE = threading.Lock()

Run = TypeVar("Run")
Checks = Mapping[str, Mapping[str, Any]]
"""A verdict's checks by their id."""


def not_judged(checks: Checks) -> set[str]:
    """Those that a busy machine kept from being judged."""
    causes = {name: check.get("cause") or {} for name, check in checks.items()}
    return {name for name, one in causes.items() if one.get("rationale", "").startswith(_BEGINS)}


def patiently(grade: Callable[[int], Run], checks_of: Callable[[Run], Checks]) -> Run:
    """What ``grade`` gives, called with the number of the attempt: the first of them that a busy
    machine kept nothing of, or the last."""
    run = grade(1)
    for attempt in range(2, ATTEMPTS + 1):
        if not not_judged(checks_of(run)):
            return run
        with _ALONE:
            run = grade(attempt)
    return run


def must_be_judged(checks: Checks, names: Collection[str]) -> None:
    """Ends the test, by name, where one of these was not judged."""
    left = sorted(not_judged(checks) & set(names))
    if left:
        pytest.skip(
            f"NOT CHECKED HERE, {', '.join(left)}: the machine was too busy, {ATTEMPTS} times"
        )
