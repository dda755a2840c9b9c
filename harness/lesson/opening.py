"""Opening the lab in a notebook: once, found again, and never left running.

Who cleans up: the notebook's last cell; an interrupted cell (Kernel → Interrupt); the kernel's end;
and when the kernel is killed, the stack's own reaper.
"""

import atexit
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from harness.lesson.errors import LessonError
from harness.lesson.lab import LessonLab, restore
from harness.lesson.tables import show_for_people
from harness.stack import choose, open_stack
from harness.stack.base import OwnStack
from harness.stack.errors import StackError
from harness.texts import say

VARIABLE = "LAB6_RUNTIME"
_RUNTIMES = ("auto", "compose", "embedded", "kubernetes")

Build = Callable[[Path], object]
"""Writes another lab into this folder, which is not there yet: ``lab6/``,
``docker-compose.yml``."""


class _Open:
    """The one lab of this kernel."""

    lab: LessonLab | None = None
    built = ""  #: the name of the function that built it; none: the kit's own lab
    folder: Path | None = (
        None  #: of a lab that was built, and that its stack reads as long as it lives
    )
    hooked = False


def open_lab(runtime: str | None = None, *, build: Build | None = None) -> LessonLab:
    """The running lab of this kernel, as new: the same one where a cell is run again, else a fresh
    one.

    ``runtime``: auto, compose, embedded or kubernetes; without it the environment variable
    ``LAB6_RUNTIME`` decides, else whether a Docker Engine answers. ``build`` makes another lab than
    the kit's own; a function of the same name is taken for the same lab. Prints one line: which it
    is, and why.
    """
    wanted = _wanted(runtime)
    _hook()
    built = "" if build is None else getattr(build, "__name__", repr(build))
    lab = _Open.lab
    if lab is not None and not (built == _Open.built and _is_fit(lab, wanted)):
        close_lab()
        lab = None
    if lab is None:
        lab = _Open.lab = _opened(wanted, build)
        _Open.built = built
    _tell(lab.runtime, wanted)
    return lab


def name_runtime(runtime: str | None = None) -> Literal["compose", "embedded", "kubernetes"]:
    """The runtime that ``open_lab`` would take; the same line is printed, nothing is opened."""
    wanted = _wanted(runtime)
    try:
        chosen = choose(wanted)
    except StackError as error:
        raise LessonError.of(error) from None
    _hook()
    _tell(chosen, wanted)
    return chosen


def _wanted(runtime: str | None) -> str:
    wanted = (runtime or os.environ.get(VARIABLE) or "auto").strip().lower()
    if wanted not in _RUNTIMES:
        raise LessonError("lesson-runtime", wanted=wanted, variable=VARIABLE)
    return wanted


def _tell(runtime: str, wanted: str) -> None:
    why = "asked" if wanted != "auto" else "found"
    print(say(f"lesson.opened.{runtime}-{why}"))  # noqa: T201 - a notebook's output


def current_lab() -> LessonLab | None:
    """This kernel's lab, if one is open."""
    return _Open.lab


def close_lab() -> None:
    """Stop and remove this kernel's lab, if there is one."""
    lab, _Open.lab = _Open.lab, None
    try:
        if lab is not None:
            lab.close()
    finally:
        _drop_folder()


def _is_fit(lab: LessonLab, wanted: str) -> bool:
    """Whether the lab that is open is what is wanted, and as good as new now."""
    return not lab.closed and wanted in ("auto", lab.runtime) and restore(lab)


def _opened(wanted: str, build: Build | None) -> LessonLab:
    if build is not None:
        _Open.folder = Path(tempfile.mkdtemp(prefix="lab6-lesson-"))
        build(_Open.folder / "lab")
    try:
        lab = None if _Open.folder is None else _Open.folder / "lab"
        stack = open_stack(choose(wanted), lab=lab)
        stack.up()
        return _seen(stack)
    except BaseException as error:
        _drop_folder()
        if isinstance(error, StackError):
            raise LessonError.of(error) from None
        raise


def _seen(stack: OwnStack) -> LessonLab:
    """The lab of a stack that is up."""
    try:
        if _Open.folder is not None:
            stack.remove_with(_Open.folder)
        return LessonLab(stack)
    except BaseException:
        stack.down()
        raise


def _drop_folder() -> None:
    folder, _Open.folder = _Open.folder, None
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


def _hook() -> None:
    """Once a kernel: close the lab with it, and when a cell is interrupted; show tables whole."""
    if _Open.hooked:
        return
    _Open.hooked = True
    show_for_people()
    atexit.register(close_lab)
    if "IPython" in sys.modules:
        from IPython import get_ipython

        shell: Any = get_ipython()
        if shell is not None:
            shell.events.register("post_run_cell", _after_cell)


def _after_cell(result: Any) -> None:
    """An interrupted notebook leaves nothing running."""
    if isinstance(result.error_in_exec, KeyboardInterrupt) and _Open.lab is not None:
        with _deaf():
            close_lab()
        print(say("lesson.interrupted"))  # noqa: T201 - a notebook's output


@contextmanager
def _deaf() -> Iterator[None]:
    """Within it another Ctrl-C changes nothing: what is being cleaned up has its own deadlines."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
