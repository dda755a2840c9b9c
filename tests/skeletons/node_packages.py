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


def install(work: Path) -> str | None:
    """As the task sheet has the student do it, once for each service. What npm says where it cannot,
    as without a registry; None where all is installed."""
    for service in ("api", "worker"):
        try:
            subprocess.run(
                [shutil.which("npm") or "npm", "install", "--prefix", str(work / "lab6" / service)],
                check=True,
                capture_output=True,
                timeout=_LIMIT_S,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
        except subprocess.TimeoutExpired:
            return f"npm install took longer than {_LIMIT_S} s"
        except subprocess.CalledProcessError as error:
            return _said(error.stderr)
    return None


def _said(text: str) -> str:
    """The line with npm's code of the error, else its last line (which names a log file)."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    last = lines[-1] if lines else "npm install failed"
    return next((line for line in lines if " code " in line), last)[:300]


def borrow(installed: Path, work: Path) -> None:
    """Let the work use packages that were installed for another: hundreds of files, once."""
    for service in ("api", "worker"):
        packages = Path("lab6", service, "node_modules")
        shutil.copytree(installed / packages, work / packages, symlinks=True)
