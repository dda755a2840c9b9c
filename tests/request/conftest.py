"""The request's documents, and the real api that they are held against."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REQUEST = ROOT / "docs" / "request"
INSTALL_S = 180


@pytest.fixture(scope="session")
def newman() -> str:
    """The runner of Postman collections, as pinned in ``newman/package-lock.json``."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("NOT CHECKED HERE, the Postman collection: newman needs node and npm")
    pinned = Path(__file__).parent / "newman"
    prefix = Path(sys.prefix) / "share" / "lab6-newman"
    command = prefix / "node_modules" / ".bin" / "newman"
    lock = prefix / "package-lock.json"
    if not command.exists() or lock.read_bytes() != (pinned / lock.name).read_bytes():
        prefix.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", lock.name):
            shutil.copy(pinned / name, prefix)
        made = subprocess.run(
            [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=prefix,
            capture_output=True,
            text=True,
            timeout=INSTALL_S,
            check=False,
        )
        if made.returncode != 0:
            said = made.stderr.strip().splitlines()[-1:]
            pytest.skip(
                f"NOT CHECKED HERE, the Postman collection: npm could not install newman, {said}"
            )
    return str(command)
