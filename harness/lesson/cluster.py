"""What the notebook on Kubernetes shows of a cluster: its objects, kubectl's words, pods over
time.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import cast

import pandas as pd
from IPython.display import Image as Shown
from matplotlib.figure import Figure

from harness.lesson.errors import LessonError
from harness.lesson.lab import LessonLab
from harness.lesson.pictures import jpeg
from harness.lesson.tables import columns
from harness.stack.base import SERVICES
from harness.stack.errors import StackError
from harness.stack.kubernetes.lab import KubernetesLab
from harness.stack.kubernetes.stack import KubernetesStack
from harness.stack.waiting import looking
from harness.texts import say
from harness.witness.redis import QUEUE

_LOOK_S = 0.25
_ASK_S = 60


def cluster(lab: LessonLab) -> KubernetesStack:
    """The lab's own runtime, for what only a cluster can do."""
    if lab.runtime != "kubernetes":
        raise LessonError("lesson-runtime", wanted=lab.runtime, variable="LAB6_RUNTIME")
    return cast(KubernetesStack, lab.stack)


def kubectl(lab: LessonLab, words: str) -> list[str]:
    """What ``kubectl WORDS`` prints for the lab's namespace, line by line, errors among it."""
    beside = Path(sys.executable).with_name("kubectl")
    program = shutil.which("kubectl") or (str(beside) if beside.is_file() else None)
    if program is None:
        raise LessonError("kube-no-kubectl")
    place = cluster(lab)
    command = [program, "--context", place.cluster.context, "-n", place.name, *words.split()]
    done = subprocess.run(  # noqa: S603 - a tool of the reader's own
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=_ASK_S, check=False
    )
    return done.stdout.decode("utf-8", "replace").splitlines()


def pods_table(lab: LessonLab) -> pd.DataFrame:
    """Every pod of the lab that stays: its service, its name, whether it is ready, how often it
    was started again.
    """
    rows = [
        (pod.service, pod.name, pod.ready, pod.restarts)
        for service in SERVICES
        for pod in cluster(lab).pods(service)
        if not pod.leaving
    ]
    return pd.DataFrame(rows, columns=columns("service", "pod", "ready", "restarts"))


@contextmanager
def watched(lab: LessonLab) -> Iterator[list[tuple[float, int, int]]]:
    """While it lasts, several times a second: seconds, length of the queue, workers that run."""
    seen: list[tuple[float, int, int]] = []
    began = monotonic()

    def look() -> None:
        seen.append((monotonic() - began, lab.redis.llen(QUEUE), _workers(cluster(lab))))

    with looking(look, every_s=_LOOK_S, name="pods"):
        yield seen


def draw_scaling(seen: list[tuple[float, int, int]]) -> Shown:
    """The queue's length and the number of workers over time, one above the other."""
    table = pd.DataFrame(seen, columns=["s", "queue", "workers"])
    figure = Figure(figsize=(7.5, 4), dpi=100)
    above, below = figure.subplots(2, 1, sharex=True)
    above.fill_between(table["s"], table["queue"], step="post", color="#b8c4d6")
    above.set_ylabel(say("lesson-kubernetes.plot.queue"))
    below.step(table["s"], table["workers"], where="post", color="#1f3d7a", lw=2)
    below.set_ylabel(say("lesson-kubernetes.plot.workers"))
    below.set_xlabel(say("lesson-kubernetes.plot.seconds"))
    below.set_yticks(range(int(table["workers"].max()) + 2))
    for axes in (above, below):
        axes.set_ylim(bottom=0)
        axes.grid(axis="y", alpha=0.4)
        axes.spines[["top", "right"]].set_visible(False)
    return jpeg(figure, alt=say("lesson-kubernetes.plot.alt"))


def _workers(lab: KubernetesLab) -> int:
    try:
        return sum(state.status == "running" for state in lab.state("worker"))
    except StackError:
        return 0
