"""How much an archive may hold: the assignment's table ``[intake]``."""

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeLimits:
    """Of one work, and of the archive that holds the group."""

    work_mb: float = 300
    work_files: int = 20_000
    ratio: float = 200  #: unpacked to packed, of archives above a megabyte unpacked
    depth: int = 4  #: archives within archives
    group_mb: float = 8_000
    group_files: int = 400_000


def load_limits(assignment: Path) -> IntakeLimits:
    """The limits of an assignment's file."""
    table = tomllib.loads(assignment.read_text(encoding="utf-8"))
    return IntakeLimits(**table.get("intake", {}))
