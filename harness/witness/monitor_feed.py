"""The lines of Redis's MONITOR, each cut where nobody reads on: a client may send as much as Redis
can hold, and Redis tells all of it, with four characters for a byte that is no letter.
"""

import re
import socket
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import NamedTuple

from harness.lateness import stretched
from harness.witness.connections import WITNESS_NAME

_ANSWER_S = 10.0
_BLOCK = 1 << 16
_LONGEST = 4 << 20  #: characters of a line: a message may hold the file of a small job
_LINE = re.compile(r"\+(\d+\.\d+) \[(\d+) (.*?)\] (.*)", re.DOTALL)
_WORD = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)(?:"|$)', re.DOTALL)  #: the last one may be cut


class ToldCommand(NamedTuple):
    """A command that Redis was sent."""

    time: float  #: by Redis's clock
    address: str  #: of the client, as CLIENT LIST has it; ``lua`` of a script's
    words: tuple[str, ...]  #: its name first
    database: int = 0  #: the server's, in which the client works


class MonitorFeed:
    """One connection that listens. Every method may raise ``OSError``."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._begun = bytearray()  # of a line whose end is not here yet
        self._lines = deque[bytes]()

    def tell(self, *words: str) -> None:
        """Send a command, which must be answered with OK."""
        encoded = [word.encode() for word in words]
        parts = [b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded]
        self._socket.sendall(b"*%d\r\n%s" % (len(parts), b"".join(parts)))
        answer = self._line(stretched(_ANSWER_S))
        if answer is None or not answer.startswith(b"+OK"):
            raise ConnectionError(f"{words[0]}: {(answer or b'')[:200].decode('utf-8', 'replace')}")

    def next(self, wait_s: float) -> ToldCommand | None:
        """The next command; None where for so many seconds none comes."""
        while (line := self._line(wait_s)) is not None:
            match = _LINE.match(line.decode("utf-8", "replace"))
            words = _WORD.findall(match[4]) if match else ()
            if match and words:
                plain = tuple(word.replace('\\"', '"') for word in words)
                return ToldCommand(float(match[1]), match[3], plain, int(match[2]))
        return None

    def _line(self, wait_s: float) -> bytes | None:
        end = monotonic() + wait_s
        while not self._lines:
            self._socket.settimeout(max(end - monotonic(), 0.0))
            try:
                data = self._socket.recv(_BLOCK)
            except (TimeoutError, BlockingIOError):
                return None
            if not data:
                raise ConnectionError("Redis closed the connection")
            self._take(data)
            if monotonic() >= end and not self._lines:
                return None
        return self._lines.popleft()

    def _take(self, data: bytes) -> None:
        first, *others = data.split(b"\n")
        self._begun += first[: max(_LONGEST - len(self._begun), 0)]
        for piece in others:
            self._lines.append(bytes(self._begun))
            self._begun = bytearray(piece)


@contextmanager
def feed(
    address: tuple[str, int], password: str | None, user: str | None = None
) -> Iterator[MonitorFeed]:
    """Listen to this Redis; ``OSError`` where it does not let us."""
    with socket.create_connection(address, timeout=stretched(_ANSWER_S)) as connection:
        listener = MonitorFeed(connection)
        if password is not None:
            listener.tell("AUTH", *([user] if user else []), password)
        listener.tell("CLIENT", "SETNAME", WITNESS_NAME)
        listener.tell("MONITOR")
        yield listener
