"""What pyproject.toml cannot say: a wheel carries the lab, its checks and its manifests inside the
package, so that ``lab6`` works in an empty folder. ``harness.home`` finds them.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

CARRIED = ("lab6", "checks", "deploy", "docs/request", "docker-compose.yml", "pyproject.toml")


class BuildWithTheLab(build_py):
    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            _carry(Path(self.build_lib, "harness", "carried"))


def _carry(place: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
    for name in CARRIED:
        target = place / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if Path(name).is_dir():
            shutil.copytree(name, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(name, target)


setup(cmdclass={"build_py": BuildWithTheLab})
