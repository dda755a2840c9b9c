"""The log lines of containers, told once and in order, across restarts."""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from time import monotonic
from typing import Any

from harness.stack import docker_door as door
from harness.stack.errors import StackError

_LOOK_AGAIN_S = 0.1  #: for lines
_ATTEND_S = 0.5  #: for another replica: the Engine is asked about each of them
_LONGEST = 1024 * 1024  #: bytes of a line; of a longer one its head is told
_WAITING = 64  #: lines that were read and not yet asked for; the Engine keeps all others
_CUT = b"lab6: more was written to this log than is read of one\n"


def container_logs(name: str, *, follow: bool = False, timestamps: bool = False) -> "ContainerLogs":
    """The log of the container of this name; ``StackError("container-missing")``."""
    door.engine()
    containers = _by_name(name)
    return ContainerLogs(lambda: containers, follow=follow, timestamps=timestamps)


def _by_name(name: str) -> list[Any]:
    try:
        with door.named_errors(name):
            return [door.client().containers.get(name)]
    except StackError as error:
        if error.reference == "engine-silent":
            raise
        raise StackError("container-missing", name=name) from error


class ContainerLogs:
    """The log lines of some containers: an iterator that goes on across restarts, and may be closed
    from another thread.

    ``containers`` is asked again while it follows, as replicas come. Each container is read by a
    thread of its own; a line is told once, by the daemon's timestamp. After ``most`` bytes a last
    line says that the log is cut there. ``tail``: of each container, the last so many lines and
    what comes after them.
    """

    def __init__(
        self,
        containers: Callable[[], list[Any]],
        *,
        follow: bool,
        timestamps: bool,
        ended: Callable[[], bool] = lambda: False,
        most: int | None = None,
        tail: int | None = None,
    ) -> None:
        self._containers = containers
        self._tail: int | str = "all" if tail is None else tail
        self._left, self._cut = most, False
        self._follow = follow
        self._timestamps = timestamps
        self._ended = ended
        self._closed = threading.Event()
        self._lines: queue.Queue[tuple[str, bytes]] = queue.Queue(_WAITING)
        self._readers: dict[str, threading.Thread] = {}
        self._streams: dict[str, Any] = {}
        self._names: set[str] = set()
        self._attended = -_ATTEND_S
        self._told = self._all_at_once() if not follow else None

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._cut:
            raise StopIteration
        name, line = self._next()
        if self._left is not None:
            self._left -= len(line)
            if self._left < 0:
                self._cut, line = True, line.partition(b" ")[0] + b" " + _CUT
                self.close()
        return self._shown(name, line)

    def _next(self) -> tuple[str, bytes]:
        if self._told is not None:
            return next(self._told)
        while not self._closed.is_set():
            self._attend()
            with suppress(queue.Empty):
                return self._lines.get(timeout=_LOOK_AGAIN_S)
            if self._ended() or not any(thread.is_alive() for thread in self._readers.values()):
                break
        raise StopIteration

    def close(self) -> None:
        """End the iteration, from whichever thread."""
        self._closed.set()
        for stream in list(self._streams.values()):
            with suppress(Exception):
                stream.close()

    def _all_at_once(self) -> Iterator[tuple[str, bytes]]:
        containers = self._containers()
        self._names = {container.name for container in containers}
        lines = [
            (container.name, line)
            for container in containers
            for line in _whole_lines(container.logs(timestamps=True, tail=self._tail))
        ]
        if len(containers) > 1:
            lines.sort(key=lambda pair: pair[1].partition(b" ")[0])
        return iter(lines)

    def _shown(self, name: str, line: bytes) -> bytes:
        text = line if self._timestamps else line.partition(b" ")[2]
        return (f"{name}  | ".encode() + text) if len(self._names) > 1 else text

    def _attend(self) -> None:
        """A reader for every container that has none yet."""
        if monotonic() < self._attended + _ATTEND_S:
            return
        self._attended = monotonic()
        for container in self._containers():
            if container.name not in self._readers:
                self._names.add(container.name)
                reader = threading.Thread(target=self._read, args=(container,), daemon=True)
                self._readers[container.name] = reader
                reader.start()

    def _read(self, container: Any) -> None:
        last = b""
        while not self._closed.is_set() and not self._ended():
            try:
                with door.named_errors(container.name):
                    for line in self._stream(container, last):
                        stamp = line.partition(b" ")[0]
                        if stamp > last:  # what an earlier stream told is told
                            last = stamp
                            self._put(container.name, line)
                    container.reload()
            except StackError as error:
                if self._closed.is_set() or error.reference != "engine-silent":
                    return  # removed
            except Exception:  # noqa: BLE001 - whatever a stream raises when it is closed under a reader
                if self._closed.is_set():
                    return
            self._closed.wait(_LOOK_AGAIN_S)  # it has stopped; it may be started again

    def _put(self, name: str, line: bytes) -> None:
        while not self._closed.is_set():
            with suppress(queue.Full):
                self._lines.put((name, line), timeout=_LOOK_AGAIN_S)
                return

    def _stream(self, container: Any, last: bytes) -> Iterator[bytes]:
        """The container's lines from the second of the stamp ``last`` on, until it stops."""
        tail = "all" if last else self._tail
        stream = container.logs(
            stream=True, follow=True, timestamps=True, since=_since(last), tail=tail
        )
        self._streams[container.name] = stream
        return _lines_of(stream)


def _since(stamp: bytes) -> int | None:
    """The second of a stamp, which is as exact as the API's client asks; None for the beginning."""
    if not stamp:
        return None
    return int(datetime.fromisoformat(stamp[:19].decode() + "+00:00").timestamp())


def _lines_of(chunks: Any) -> Iterator[bytes]:
    rest = bytearray()
    for chunk in chunks:
        *ends, begun = chunk.split(b"\n")
        for end in ends:
            yield bytes(rest + end[: _LONGEST - len(rest)]) + b"\n"
            rest.clear()
        rest += begun[: _LONGEST - len(rest)]


def _whole_lines(data: bytes) -> list[bytes]:
    *lines, rest = data.split(b"\n")
    return [line + b"\n" for line in lines] + ([rest] if rest else [])
