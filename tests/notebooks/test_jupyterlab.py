"""JupyterLab, started as `make notebooks` starts it, opens every notebook."""

import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from harness.lesson.recording import FOLDER, names, source
from harness.stack.ready import free_ports
from harness.stack.waiting import until

_READY_S = 60


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A client of a running JupyterLab on 127.0.0.1."""
    (port,) = free_ports(1)
    token = secrets.token_hex(16)
    command = [
        *(str(Path(sys.executable).with_name("jupyter")), "lab", f"{FOLDER}/00_overview.ipynb"),
        *("--no-browser", "--ip=127.0.0.1", f"--port={port}", f"--IdentityProvider.token={token}"),
        *(("--allow-root",) if getattr(os, "geteuid", lambda: 1)() == 0 else ()),
    ]
    private = tmp_path_factory.mktemp("jupyter")
    folders = {f"JUPYTER_{name}_DIR": str(private / name) for name in ("CONFIG", "RUNTIME")}
    server = subprocess.Popen(
        command, env=os.environ | folders, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    headers = {"Authorization": f"token {token}"}
    try:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False, timeout=_READY_S
        ) as client:
            until(lambda: answers(client), deadline_s=_READY_S, what="JupyterLab", interval_s=0.2)
            yield client
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(_READY_S)


def answers(client):
    """Whether it is there yet."""
    try:
        return client.get("/api/status").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("name", names())
def test_a_notebook_opens_as_it_is_committed(lab, name):
    """Whichever of notebook and source is newer on this disk."""
    opened = lab.get(f"/api/contents/{name}.ipynb", params={"type": "notebook"})
    assert opened.status_code == httpx.codes.OK, opened.text
    assert [cell["source"] for cell in opened.json()["content"]["cells"]] == [
        cell.source for cell in source(name).cells
    ]


def test_the_page_is_served(lab):
    """The lab itself, and not a list of files."""
    page = lab.get("/lab/tree/00_overview.ipynb")
    assert page.status_code == httpx.codes.OK
    assert "JupyterLab" in page.text
