"""What the Node skeleton needs to run without containers: the machine's own Node and npm, and the
packages beside each service.
"""

import shutil
import subprocess
from pathlib import Path

_LIMIT_S = 300


def lacking() -> str | None:
    """Which of the programs is not on PATH; None where both are."""
    missing = [one for one in ("node", "npm") if shutil.which(one) is None]
    return f"no {' and no '.join(missing)} on PATH" if missing else None


def install(work: Path) -> None:
    """As the task sheet has the student do it, once for each service."""
    for service in ("api", "worker"):
        subprocess.run(
            [shutil.which("npm") or "npm", "install", "--prefix", str(work / "lab6" / service)],
            check=True,
            capture_output=True,
            timeout=_LIMIT_S,
        )


def borrow(installed: Path, work: Path) -> None:
    """Let the work use packages that were installed for another: hundreds of files, once."""
    for service in ("api", "worker"):
        packages = Path("lab6", service, "node_modules")
        shutil.copytree(installed / packages, work / packages, symlinks=True)
