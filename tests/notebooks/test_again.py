"""Whatever a reader does with a notebook's cells, it works, and nothing is left running."""

import os
import signal
from copy import deepcopy
from pathlib import Path

import psutil
import pytest
from jupyter_client import KernelManager

from harness.lesson.recording import executed, names, source
from harness.stack.waiting import until

_CELL_S = 120
_GONE_S = 60

#: Opens the lab and tells what runs for it: a JSON line of pids, and its folder or project.
OPEN = """
import json
from harness.lesson import open_lab, sample_photo
lab = open_lab("{runtime}")
stack = lab.stack
pids = [one.pid for service in ("redis", "postgres", "api", "worker") for one in stack.state(service)]
print("PIDS", json.dumps({{"pids": pids, "name": stack.name}}))
"""


@pytest.mark.slow
@pytest.mark.embedded
@pytest.mark.parametrize("name", [one for one in names() if one != "07_kubernetes"])
def test_every_cell_may_be_run_twice(name):
    """Each cell twice in a row, and so the whole notebook twice in one kernel: no error."""
    assert "Спосіб запуску: без Docker" in run_twice(name, "embedded")


@pytest.mark.slow
@pytest.mark.docker
@pytest.mark.parametrize("name", ["02_consumer", "04_failures"])
def test_every_cell_may_be_run_twice_in_containers(name):
    """Those that look deepest, and that break most."""
    assert "Спосіб запуску: docker compose" in run_twice(name, "compose")


@pytest.mark.slow
@pytest.mark.embedded
def test_without_an_engine_a_notebook_says_so_and_runs(monkeypatch):
    """The lab is chosen by itself: the same services without Docker."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    notebook = executed(source("00_overview"))
    assert "Docker Engine не відповів" in cells_text(notebook)
    assert "COMPLETED" in cells_text(notebook)


def run_twice(name, runtime):
    """What is printed by a notebook whose every cell is run twice, and then all of it again."""
    notebook = source(name)
    notebook.cells = [one for cell in notebook.cells for one in (cell, deepcopy(cell))]
    cells = notebook.cells + deepcopy(source(name).cells)
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    notebook.cells = cells
    executed(notebook, runtime=runtime)
    return cells_text(notebook)


def cells_text(notebook):
    """All that the code cells printed."""
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", ())]
    return "".join(out.get("text", "") for out in outputs)


class Kernel:
    """A kernel of the tests' own, as JupyterLab starts one."""

    def __init__(self):
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel()
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=_CELL_S)

    def run(self, code):
        """What the cell prints; it must end within the time limit."""
        told = []

        def hear(message):
            told.append(message["content"].get("text", ""))

        self.client.execute_interactive(code, timeout=_CELL_S, output_hook=hear)
        return "".join(told)

    @property
    def pid(self):
        """Of the kernel's process."""
        return self.manager.provisioner.pid

    def close(self):
        """End it, however it is."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()


@pytest.fixture
def kernel():
    """A kernel that ends with the test."""
    made = Kernel()
    yield made
    made.close()


@pytest.fixture
def opened(kernel, runtime):
    """An open lab in the kernel, its worker paused: its processes' ids and the lab's name."""
    import json

    told = kernel.run(OPEN.format(runtime=runtime))
    return json.loads(told.split("PIDS ")[1])


def remains(runtime, opened):
    """What of the lab is still there."""
    left = [pid for pid in opened["pids"] if psutil.pid_exists(pid)]
    if runtime == "embedded":
        folder = Path("/tmp") / opened["name"]  # noqa: S108
        return [*left, *([folder] if folder.exists() else [])]
    from harness.stack import docker_door as door

    mine = {"label": f"com.docker.compose.project={opened['name']}"}
    client = door.client()
    return [
        *client.containers.list(all=True, filters=mine, ignore_removed=True),
        *client.networks.list(filters=mine),
        *client.volumes.list(filters=mine),
    ]


def gone(runtime, opened):
    """Wait until nothing of it is left."""
    until(lambda: not remains(runtime, opened), deadline_s=_GONE_S, what="the lab's end")


def test_a_killed_kernel_leaves_nothing(kernel, opened, runtime):
    """kill -9 while the worker is frozen: processes, containers, networks, volumes, files, all
    gone.
    """
    kernel.run('lab.pause("worker")')
    assert remains(runtime, opened)
    os.kill(kernel.pid, signal.SIGKILL)
    gone(runtime, opened)


def begin_to_wait(kernel):
    """Run a cell that does not end by itself; the id of its request, when it is under way."""
    message = kernel.client.execute(
        "print('be' + 'gun', flush=True); lab.redis.blpop('nothing', 0)"
    )
    while "begun" not in str(kernel.client.get_iopub_msg(timeout=_CELL_S)["content"]):
        pass
    return message


def test_an_interrupted_cell_closes_the_lab(kernel, opened, runtime):
    """Kernel → Interrupt in the middle of a cell: it is told, nothing is left, and the next
    cell says why.
    """
    message = begin_to_wait(kernel)
    kernel.manager.interrupt_kernel()
    while (reply := kernel.client.get_shell_msg(timeout=_CELL_S))["parent_header"].get(
        "msg_id"
    ) != message:
        pass
    assert reply["content"]["status"] == "error"
    gone(runtime, opened)
    failed = kernel.client.execute_interactive("lab.url", timeout=_CELL_S, output_hook=str)
    assert failed["content"]["ename"] == "LessonError"
    assert "open_lab()" in failed["content"]["traceback"][-1]
    assert "Спосіб запуску" in kernel.run(f'lab = open_lab("{runtime}")')


def test_an_impatient_second_interrupt_does_not_cut_the_cleaning_short(kernel, opened, runtime):
    """Sent to the kernel and all its children, as JupyterLab does, when the first of them is
    gone.
    """
    begin_to_wait(kernel)
    kernel.manager.interrupt_kernel()
    until(
        lambda: not all(psutil.pid_exists(pid) for pid in opened["pids"]),
        deadline_s=_GONE_S,
        what="the cleaning's begin",
        interval_s=0.002,
    )
    kernel.manager.interrupt_kernel()
    gone(runtime, opened)


def test_a_lab_that_somebody_removed_is_opened_anew(kernel, opened, runtime):
    """The first cell, run again, finds that out by itself."""
    kernel.run("lab.stack.down()")
    gone(runtime, opened)
    again = kernel.run(
        OPEN.format(runtime=runtime)
        + "print(lab.finished(lab.submit(sample_photo(), 'grayscale')))"
    )
    assert "COMPLETED" in again


def test_a_kernel_that_is_shut_down_leaves_nothing(kernel, opened, runtime):
    """As when JupyterLab is closed without the last cell."""
    kernel.manager.shutdown_kernel()
    gone(runtime, opened)
