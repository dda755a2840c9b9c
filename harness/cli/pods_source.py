"""The log of pods, read from the cluster by itself: all of them, whole, each line with its
pod's name.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Self

from harness.stack.errors import StackError

NAMESPACE = "lab6"


class PodsLog:
    """The lines of all pods with a label: an iterator that ends when it is closed; with ``follow``
    it goes on as pods come and go. ``StackError``: ``kube-no-pods``, and whatever keeps the cluster
    from answering."""

    def __init__(self, selector: str, namespace: str | None, *, follow: bool) -> None:
        from harness.stack.kubernetes.door import Cluster
        from harness.stack.kubernetes.logs import PodLogs

        cluster, place = Cluster(), namespace or NAMESPACE
        pods = cluster.ask(cluster.core.list_namespaced_pod, place, label_selector=selector)
        if not pods.items and not follow:
            raise StackError("kube-no-pods", namespace=place, selector=selector)
        self._folder = Path(tempfile.mkdtemp(prefix="lab6-"))
        self._logs = PodLogs(cluster, place, selector, self._folder)
        self._lines = self._logs.lines(
            follow=follow, timestamps=True, ended=lambda: self._logs.failure is not None
        )

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        return next(self._lines)

    def close(self) -> None:
        """No more."""
        self._lines.close()
        self._logs.close()
        shutil.rmtree(self._folder, ignore_errors=True)
