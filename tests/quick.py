"""Which of many alike cases `make test` runs; the others wait for `make test-all`."""

from collections.abc import Collection, Iterable

import pytest
from _pytest.mark import ParameterSet


def mostly_slow(names: Iterable[str], quick: Collection[str]) -> list[ParameterSet]:
    """All of them as parameters; those not among ``quick``, each of which must be there, are
    slow.
    """
    names = list(names)
    assert set(quick) <= set(names), set(quick) - set(names)
    return [
        pytest.param(name, id=name, marks=() if name in quick else pytest.mark.slow)
        for name in names
    ]
