"""The command ``lab6`` as people run it: to its end, with what it said caught."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

LAB6 = (sys.executable, "-m", "harness.cli")


def ran(
    *command: object,
    place: Path,
    limit_s: float,
    given: str | None = None,
    settings: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Any command, run in the folder ``place`` and to its end. ``given`` is its standard input,
    empty where None; ``settings`` are its whole environment, this process's where None.
    """
    return subprocess.run(
        [str(word) for word in command],
        cwd=place,
        input=given or "",
        env=settings,
        capture_output=True,
        timeout=limit_s,
        check=False,
        text=True,
        encoding="utf-8",
    )


def lab6(
    *words: object, place: Path, limit_s: float, given: str | None = None, **changes: str
) -> subprocess.CompletedProcess[str]:
    """This checkout's command, in the folder ``place`` and in Ukrainian; ``changes`` go over the
    environment.
    """
    settings = {**os.environ, "LAB6_LANG": "uk", **changes}
    return ran(*LAB6, *words, place=place, limit_s=limit_s, given=given, settings=settings)
