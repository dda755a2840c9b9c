"""When a file was made, as its file system knows it: nobody can set that."""

import shutil
import subprocess
from contextlib import suppress
from datetime import UTC, datetime

_LIMIT_S = 5


def born(path: str) -> datetime | None:
    """UTC; None where the file system does not tell, or this machine has no ``stat`` of GNU's.
    (Python's own tells it from 3.15 on.)"""
    command = [shutil.which("stat") or "stat", "--format=%w", "--", path]
    with suppress(OSError, ValueError, subprocess.SubprocessError):
        run = subprocess.run(  # noqa: S603 - no shell, and the path is one argument
            command,
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
            check=True,
            env={"LC_ALL": "C"},
        )
        day, clock, zone = run.stdout.split()  # 2026-11-29 09:03:32.123456789 +0000
        return datetime.fromisoformat(f"{day}T{clock[:15]}{zone}").astimezone(UTC)
    return None
