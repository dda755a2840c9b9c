"""The logs of pods, kept: each line once and in its pod's order, across restarts and after the pod
is gone.

A deleted pod's log is gone, and ``kubectl logs`` of a restarted container begins anew. So the pods
that a selector finds are followed from the moment this begins, each by a thread of its own, into a
file each.
"""

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from harness.stack.errors import StackError
from harness.stack.file_logs import LogTail
from harness.stack.kubernetes.door import CONNECT_S, Cluster, ObjectGone
from harness.stack.kubernetes.facts import Pod, pod_of

_LOOK_S = 0.5  #: for pods that come and go
_AGAIN_S = 0.3  #: after a stream has ended
_SILENCE_S = 30.0  #: then the stream is asked anew: a connection may be dead without a word
_GONE_S = 4.0  #: no pod for so long: nobody will write here any more
#: Every true line has one; the complaint at the end of a deleted pod's stream ("rpc error: …") has
#: none.
_STAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(?:Z|[+-]\d\d:\d\d) ")


class Kept:
    """A pod's lines in a file. A line is known by its stamp, and by its number among those of
    the same stamp.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._lock = threading.Lock()
        self._last: tuple[bytes, int] = (b"", 0)
        file.touch()

    def reading(self) -> Callable[[bytes], None]:
        """A function that takes the lines of one reading, from the log's beginning; what is
        known is left out.
        """
        stamp, number = b"", 0

        def take(line: bytes) -> None:
            nonlocal stamp, number
            if not _STAMP.match(line):
                return
            now = line.partition(b" ")[0]
            number = number + 1 if now == stamp else 1
            stamp = now
            self._keep((stamp, number), line)

        return take

    def reaches(self, line: bytes) -> bool:
        """Whether this line is older than the last one kept: then a reading may begin at it, as
        nothing before it is missed.
        """
        return b"" < line.partition(b" ")[0] < self._last[0]

    def _keep(self, place: tuple[bytes, int], line: bytes) -> None:
        with self._lock:
            if place > self._last:
                self._last = place
                # Closed meanwhile, its folder may be gone.
                with suppress(FileNotFoundError), self.file.open("ab") as file:
                    file.write(line.rstrip(b"\n") + b"\n")


class PodLogs:
    """The logs of all pods with a label. ``folder`` takes the files, and is the caller's to
    remove.
    """

    def __init__(self, cluster: Cluster, namespace: str, selector: str, folder: Path) -> None:
        self._cluster, self._namespace, self._selector = cluster, namespace, selector
        self._folder = folder
        self._over = threading.Event()
        self._kept: dict[str, Kept] = {}  # by the pod's name
        self._readers: dict[str, threading.Thread] = {}  # by its uid
        self._empty_s = 0.0
        self._begun = threading.Event()
        self.failure: StackError | None = None
        folder.mkdir(parents=True, exist_ok=True)
        threading.Thread(target=self._attend, name=f"logs-{selector}", daemon=True).start()

    def lines(
        self,
        *,
        follow: bool,
        timestamps: bool,
        ended: Callable[[], bool] = lambda: False,
        tail: int | None = None,
    ) -> LogTail:
        """What was kept, and what is there now; ``follow`` goes on until ``ended``, or nobody
        is left. ``tail``: of each pod, the last so many lines and what comes after them.
        """
        self.catch_up(tail)
        return LogTail(
            self._files,
            follow=follow,
            timestamps=timestamps,
            ended=lambda: ended() or self._over.is_set() or self._empty_s > _GONE_S,
            tail=tail,
        )

    def catch_up(self, tail: int | None = None) -> None:
        """Keep everything that the pods have written by now. ``StackError`` where the cluster
        is silent. Where the last ``tail`` lines reach what is kept, no more is read.
        """
        for pod in self._pods():
            kept = self._kept_of(pod)
            with suppress(ObjectGone):
                self._read_once(pod, kept, previous=True, tail=tail) if pod.restarts else None
                self._read_once(pod, kept, previous=False, tail=tail)

    def close(self) -> None:
        """Follow no more."""
        self._over.set()

    def _files(self) -> list[tuple[str, Path]]:
        return [(name, kept.file) for name, kept in list(self._kept.items())]

    def _attend(self) -> None:
        """A reader for every pod that has none."""
        while not self._over.is_set():
            try:
                pods = self._pods()
            except StackError as error:
                self.failure = error  # perhaps it answers again
                self._over.wait(_LOOK_S)
                continue
            self.failure = None
            for pod in pods:
                if pod.uid not in self._readers:
                    reader = threading.Thread(target=self._read, args=(pod,), daemon=True)
                    self._readers[pod.uid] = reader
                    reader.start()
            alive = bool(pods) or any(reader.is_alive() for reader in self._readers.values())
            self._empty_s = 0.0 if alive else self._empty_s + _LOOK_S
            self._over.wait(_LOOK_S)

    def _read(self, pod: Pod) -> None:
        """Follow one pod until it is gone."""
        kept, restarts = self._kept_of(pod), 0
        while not self._over.is_set():
            now = self._now(pod)
            if now is None:
                return
            with suppress(StackError):
                if now.restarts != restarts:  # what its container wrote last, before it ended
                    self._read_once(now, kept, previous=True)
                    restarts = now.restarts
                take = kept.reading()
                for line in self._stream(pod.name, follow=True, previous=False):
                    take(line)
            self._over.wait(_AGAIN_S)

    def _read_once(self, pod: Pod, kept: Kept, *, previous: bool, tail: int | None = None) -> None:
        try:
            take = kept.reading()
            for line in self._unread(pod, kept, previous=previous, tail=tail):
                take(line)
        except StackError as error:
            # "container is waiting to start", "previous terminated container not found": nothing to
            # read
            if error.reference not in ("kube-refused", "kube-gone"):
                raise

    def _unread(self, pod: Pod, kept: Kept, *, previous: bool, tail: int | None) -> Iterable[bytes]:
        """The log, or its last ``tail`` lines where nothing unknown stands before them."""
        read = partial(self._stream, pod.name, follow=False, previous=previous)
        if tail is None:
            return read()
        ends = list(read(tail=tail))
        return ends if len(ends) < tail or kept.reaches(ends[0]) else read()

    def _stream(
        self, name: str, *, follow: bool, previous: bool, tail: int | None = None
    ) -> Iterator[bytes]:
        from kubernetes.client import CoreV1Api
        from urllib3.exceptions import HTTPError

        api = CoreV1Api(self._cluster.client())
        answer: Any = self._cluster.ask(
            api.read_namespaced_pod_log,
            name,
            self._namespace,
            follow=follow,
            previous=previous,
            timestamps=True,
            **({} if tail is None else {"tail_lines": tail}),
            _preload_content=False,
            _request_timeout=(CONNECT_S, _SILENCE_S),
        )
        try:
            yield from _lines(answer, self._over)
        except (HTTPError, OSError, ValueError):
            return  # cut, or silent for long: asked anew, where it follows
        finally:
            answer.close()
            api.api_client.close()

    def _pods(self) -> list[Pod]:
        listed = self._cluster.ask(
            self._cluster.core.list_namespaced_pod,
            self._namespace,
            label_selector=self._selector,
        )
        return sorted(map(pod_of, listed.items), key=lambda pod: (pod.created, pod.name))

    def _now(self, pod: Pod) -> Pod | None:
        """The pod as it is; None where it is gone, or another has its name. A silent cluster
        says nothing.
        """
        try:
            current = self._cluster.ask(
                self._cluster.core.read_namespaced_pod, pod.name, self._namespace
            )
        except ObjectGone:
            return None
        except StackError:
            return pod
        return pod_of(current) if current.metadata.uid == pod.uid else None

    def _kept_of(self, pod: Pod) -> Kept:
        if pod.name not in self._kept:
            self._kept.setdefault(pod.name, Kept(self._folder / f"{pod.name}.log"))
        return self._kept[pod.name]


def _lines(answer: Any, over: threading.Event) -> Iterator[bytes]:
    """Whole lines as they come; a last one without its end is told, too."""
    rest = b""
    while not over.is_set():
        chunk = answer.read1(65536)
        if not chunk:
            break
        *lines, rest = (rest + chunk).split(b"\n")
        yield from (line + b"\n" for line in lines)
    if rest and not over.is_set():
        yield rest + b"\n"
