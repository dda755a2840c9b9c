"""The two services as programs: where they lie in a lab's folder, and by what they are run without
containers.
"""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from harness.stack.errors import StackError

#: The lab's own layout: service → the program that is run, within the lab's folder.
PROGRAMS = MappingProxyType({"api": "lab6/api/main.py", "worker": "lab6/worker/main.py"})
#: The same in JavaScript; Node and the packages beside the programs are the student's to install.
NODE_PROGRAMS = MappingProxyType({"api": "lab6/api/main.js", "worker": "lab6/worker/main.js"})


def programs_of(lab: Path) -> Mapping[str, str]:
    """The programs of this lab; the usual ones where it holds neither layout whole."""
    for programs in (PROGRAMS, NODE_PROGRAMS):
        if all((lab / program).is_file() for program in programs.values()):
            return programs
    return PROGRAMS


def command_of(lab: Path, program: str) -> list[str]:
    """The command that runs the ``program``, a path within the lab's folder: this Python, or the
    machine's Node.

    ``StackError``: ``embedded-layout``: no such program; ``node-missing``: no Node on PATH;
    ``packages-missing``: what the program's ``package.json`` asks for was never installed.
    """
    file = lab / program
    if not file.is_file():
        raise StackError("embedded-layout")
    if file.suffix != ".js":
        return [sys.executable, str(file)]
    node = shutil.which("node")
    if node is None:
        raise StackError("node-missing")
    if (file.parent / "package.json").is_file() and not _packages_near(file.parent, lab):
        raise StackError("packages-missing", folder=Path(program).parent.as_posix())
    return [node, str(file)]


def _packages_near(folder: Path, lab: Path) -> bool:
    """Whether packages are installed where Node looks for them: in this folder, or in one above it
    up to the lab, where npm's workspaces put them.
    """
    above = (parent for parent in folder.parents if parent.is_relative_to(lab))
    return any((place / "node_modules").is_dir() for place in (folder, *above))
