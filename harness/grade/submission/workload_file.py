"""An assignment's jobs: the object ``WORKLOAD`` of the ``workload.py`` in its folder.

The file is the teacher's own and is run as it is.
"""

import importlib.util
import sys
import traceback
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import ModuleType

from harness.grade.errors import GradeError
from harness.workload import Workload

NAME = "workload.py"
_OBJECT = "WORKLOAD"


@cache
def load_workload(folder: Path) -> Workload:
    """The assignment's jobs.

    ``GradeError``: ``assignment-file-missing``, ``workload-raised``, ``workload-incomplete``.
    """
    file = folder / NAME
    if not file.is_file():
        raise GradeError("assignment-file-missing", folder=folder, name=NAME)
    workload = getattr(_module(file), _OBJECT, None)
    if workload is None:
        raise GradeError("workload-incomplete", file=file, missing=_OBJECT)
    parts = [name for name in vars(Workload) if not name.startswith("_")]
    missing = [name for name in parts if not hasattr(workload, name)]
    if missing:
        raise GradeError("workload-incomplete", file=file, missing=", ".join(missing))
    return workload  # type: ignore[no-any-return]


def _module(file: Path) -> ModuleType:
    name = f"lab6_workload_{sha256(str(file.resolve()).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None, file  # noqa: S101 - by its ending it is Python
    assert spec.loader is not None, file  # noqa: S101
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # a dataclass looks its own module up
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise GradeError("workload-raised", file=file, line=_line(error, file), reason=_told(error)) from error  # fmt: skip
    return module


def _line(error: BaseException, file: Path) -> int:
    """Where in the file it happened."""
    if isinstance(error, SyntaxError) and error.filename == str(file):
        return error.lineno or 1
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno or 1 for frame in frames if frame.filename == str(file)]
    return lines[-1] if lines else 1


def _told(error: BaseException) -> str:
    words = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{type(error).__name__}: {words}".rstrip(": ")
