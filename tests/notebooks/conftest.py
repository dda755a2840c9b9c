"""Notebooks are executed from clean, each once a runtime, by the same code that records them."""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import Any

import pytest

from harness.lesson.recording import executed, source

#: All notebooks that were executed for their tests, by runtime.
TOOK_S: dict[str, float] = defaultdict(float)
RUNTIMES = {"compose": pytest.mark.docker, "embedded": pytest.mark.embedded}
#: One notebook on one runtime shows whether they work at all; the others are slow.
QUICK = ("test_02_consumer.py", "embedded")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """How long a class that runs them all has to wait; twelve minutes are thought to be enough
    for both.
    """
    if TOOK_S:
        terminalreporter.section("notebooks executed from clean")
        told = [f"{runtime} {took:.0f} s" for runtime, took in TOOK_S.items()]
        terminalreporter.line(", ".join([*told, f"together {sum(TOOK_S.values()):.0f} s"]))


def value(told: str) -> float:
    """The number that a table or a sentence writes as Ukrainian does."""
    return inf if told == "∞" else float(told.replace(",", "."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """An executed notebook, to be asked for what its cells show."""

    notebook: Any
    runtime: str

    def cells(self, part: str) -> list[Any]:
        """The code cells whose source holds ``part``; it is a fault if there is none."""
        found = [
            cell for cell in self.notebook.cells if cell.cell_type == "code" and part in cell.source
        ]
        assert found, f"no cell with {part!r}"
        return found

    def shown(self, part: str) -> str:
        """All that the cells with ``part`` show as text: printed, tables, Markdown."""
        told = []
        for cell in self.cells(part):
            for output in cell.outputs:
                data = output.get("data", {})
                told.append(
                    output.get("text") or data.get("text/markdown") or data.get("text/plain", "")
                )
        return "\n".join(told)

    def html(self, part: str) -> str:
        """The tables that the cells with ``part`` show, as HTML."""
        outputs = [output for cell in self.cells(part) for output in cell.outputs]
        return "\n".join(output.get("data", {}).get("text/html", "") for output in outputs)

    def pictures(self, part: str) -> list[str]:
        """The pictures (JPEG or PNG, base64; SVG) that the cells with ``part`` show."""
        outputs = [output for cell in self.cells(part) for output in cell.outputs]
        data = [output.get("data", {}) for output in outputs]
        kinds = ("image/jpeg", "image/png", "image/svg+xml")
        return [one[kind] for one in data for kind in kinds if kind in one]

    def number(self, part: str, pattern: str) -> float:
        """The number that the one group of ``pattern`` finds in what is shown."""
        found = re.search(pattern, self.shown(part))
        assert found, f"{pattern} is not in {self.shown(part)!r}"
        return value(found[1])


@pytest.fixture(scope="session")
def run() -> Callable[[Any, str], Ran]:
    """Executes a notebook from clean on a runtime."""

    def timed(notebook: Any, runtime: str) -> Ran:
        began = monotonic()
        done = executed(notebook, runtime=runtime)
        TOOK_S[runtime] += monotonic() - began
        return Ran(notebook=done, runtime=runtime)

    return timed


@pytest.fixture(scope="module")
def ran(request: pytest.FixtureRequest, run: Callable[[Any, str], Ran], runtime: str) -> Ran:
    """The notebook that the test module names as ``NOTEBOOK``, executed on ``runtime``."""
    return run(source(request.module.NOTEBOOK), runtime)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whatever asks for ``runtime`` runs on both; all tests of one run before the other's."""
    if "runtime" in metafunc.fixturenames:
        file = metafunc.definition.path.name
        both = [
            pytest.param(name, marks=mark if (file, name) == QUICK else (mark, pytest.mark.slow))
            for name, mark in RUNTIMES.items()
        ]
        metafunc.parametrize("runtime", both, scope="module")
