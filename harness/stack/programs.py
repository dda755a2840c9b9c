"""The two services as programs: where they lie in a lab's folder, and by what they are run without
containers.
"""

import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from harness.stack.errors import StackError
from harness.stack.go_programs import built

#: The lab's own layout: service → the program that is run, within the lab's folder.
PROGRAMS = MappingProxyType({"api": "lab6/api/main.py", "worker": "lab6/worker/main.py"})
#: The same in JavaScript; Node and the packages beside the programs are the student's to install.
NODE_PROGRAMS = MappingProxyType({"api": "lab6/api/main.js", "worker": "lab6/worker/main.js"})
#: The same in Go, built anew for each run; Go and the libraries are the student's to install.
GO_PROGRAMS = MappingProxyType({"api": "lab6/api/main.go", "worker": "lab6/worker/main.go"})


def programs_of(lab: Path) -> Mapping[str, str]:
    """The programs of this lab; the usual ones where it holds none of the layouts whole."""
    for programs in (PROGRAMS, NODE_PROGRAMS, GO_PROGRAMS):
        if all((lab / program).is_file() for program in programs.values()):
            return programs
    return PROGRAMS


def must_be_built(programs: Mapping[str, str]) -> bool:
    """Whether one of them is compiled before it runs, which takes a while."""
    return any(program.endswith(".go") for program in programs.values())


def command_of(
    lab: Path, program: str, folder: Path, started: Callable[[int], None] = lambda _: None
) -> list[str]:
    """The command that runs the ``program``, a path within the lab's folder: by this Python, by the
    machine's Node, or the program itself, which its Go builds into ``folder``; ``started`` is told
    the ids of processes that do so.

    ``StackError``: ``embedded-layout``: no such program; ``node-missing``: no Node on PATH;
    ``packages-missing``: what the program's ``package.json`` asks for was never installed; for a
    program in Go what ``go_programs.built`` raises.
    """
    file = lab / program
    if not file.is_file():
        raise StackError("embedded-layout")
    if file.suffix == ".go":
        return [str(built(lab, program, folder, started))]
    return [_node(lab, program), str(file)] if file.suffix == ".js" else [sys.executable, str(file)]


def _node(lab: Path, program: str) -> str:
    """The machine's Node, where it has what the program needs."""
    node = shutil.which("node")
    if node is None:
        raise StackError("node-missing")
    folder = (lab / program).parent
    if (folder / "package.json").is_file() and not _packages_near(folder, lab):
        raise StackError("packages-missing", folder=Path(program).parent.as_posix())
    return node


def _packages_near(folder: Path, lab: Path) -> bool:
    """Whether packages are installed where Node looks for them: in this folder, or in one above it
    up to the lab, where npm's workspaces put them.
    """
    above = (parent for parent in folder.parents if parent.is_relative_to(lab))
    return any((place / "node_modules").is_dir() for place in (folder, *above))
