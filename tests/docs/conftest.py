"""A copy of the checkout to follow the documents in: its labs and results meet no other's."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT

_NOT_COPIED = (".git", ".venv", ".lab6", "out", "node_modules", "__pycache__", ".*_cache")
_LIMIT_S = 600  # a hang; idle, the longest block takes a minute


class Checkout:
    """Where a reader of the documents stands: the kit's folder, a shell, a port of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    def shell(self, text: str, *, docker: bool = False, check: bool = True) -> str:
        """Run the lines as typed, each of which must succeed; what they printed."""
        text = text.replace("8080", str(self.port)).replace("8081", str(self.port))
        changes = {
            "LAB6_PORT": str(self.port),
            "LAB6_LANG": "uk",
            "PYTHONPATH": str(self.folder),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONIOENCODING": "utf-8",
        }
        if not docker:
            changes["DOCKER_HOST"] = f"unix://{self.folder}/no-engine.sock"
        done = subprocess.run(
            ["/bin/bash", "-euo", "pipefail", "-c", text],
            cwd=self.folder,
            env={**os.environ, **changes},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            timeout=_LIMIT_S,
            check=False,
        )
        assert not check or done.returncode == 0, (
            f"{text}\n--- exit {done.returncode}\n{done.stdout}"
        )
        return done.stdout


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """One copy for all pages; whatever a failed page left running is stopped."""
    if sys.platform == "win32" or shutil.which("bash") is None:
        pytest.skip("NOT CHECKED HERE, the commands of the documents: no bash")
    environment = Path(sys.prefix)
    if not (environment / ".ready").exists():
        pytest.skip(
            "NOT CHECKED HERE, the commands of the documents: not in the .venv that make made"
        )
    folder = tmp_path_factory.mktemp("docs") / "lab6-docs"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*_NOT_COPIED))
    (folder / ".venv").symlink_to(environment)
    for name in ("requirements.txt", "pyproject.toml"):
        os.utime(folder / name, (0, 0))  # the environment is ready; make must not install into it
    made = Checkout(folder)
    where = made.shell("python -c 'import harness; print(harness.__file__)'")
    assert Path(where.strip()).is_relative_to(folder)
    yield made
    made.shell("lab6 down", check=False)
