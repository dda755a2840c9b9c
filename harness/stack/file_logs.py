"""Reading the stamped log files of a service's replicas, together and in order of arrival."""

from collections.abc import Callable
from os import SEEK_END
from pathlib import Path

from harness.stack.waiting import let_pass

_LOOK_AGAIN_S = 0.02
_PIECE = 64 * 1024  #: bytes of a file's end, read at once


class LogTail:
    """The lines of some growing files: an iterator that another thread may close.

    ``files`` gives name and path of each replica's log; it is asked again, as replicas come.
    ``tail``: of those that are there now, the last so many lines and what comes after them.
    """

    def __init__(
        self,
        files: Callable[[], list[tuple[str, Path]]],
        *,
        follow: bool,
        timestamps: bool,
        ended: Callable[[], bool],
        tail: int | None = None,
    ) -> None:
        self._files = files
        self._follow = follow
        self._timestamps = timestamps
        self._ended = ended
        # No Event: Ctrl-C in the middle of its wait may leave its lock taken, and close() would
        # never end.
        self._closed = False
        begun = [] if tail is None else [path for _, path in files()]
        self._at = {path: _tail_at(path, tail or 0) for path in begun}
        self._ready: list[bytes] = []

    def __iter__(self) -> "LogTail":
        return self

    def __next__(self) -> bytes:
        while not self._closed:
            if self._ready:
                return self._ready.pop()
            last_look = self._ended()
            if self._fetch():
                continue
            if last_look or not self._follow:
                break
            let_pass(_LOOK_AGAIN_S)
        raise StopIteration

    def close(self) -> None:
        """End the iteration, from whichever thread."""
        self._closed = True

    def _fetch(self) -> bool:
        """Read what is new, oldest last in ``_ready``; whether there was anything."""
        files = self._files()
        lines: list[tuple[bytes, bytes]] = []
        for name, path in files:
            prefix = f"{name}  | ".encode() if len(files) > 1 else b""
            for line in self._new_lines(path):
                stamp, _, text = line.partition(b" ")
                shown = line if self._timestamps else text
                lines.append((stamp, prefix + shown))
        lines.sort(key=lambda pair: pair[0], reverse=True)
        self._ready = [line for _, line in lines]
        return bool(lines)

    def _new_lines(self, path: Path) -> list[bytes]:
        try:
            with path.open("rb") as file:
                file.seek(self._at.get(path, 0))
                data = file.read()
        except FileNotFoundError:
            return []
        whole = data[: data.rfind(b"\n") + 1]
        self._at[path] = self._at.get(path, 0) + len(whole)
        return [line + b"\n" for line in whole.split(b"\n")[:-1]]  # CR ends no line


def _tail_at(path: Path, lines: int) -> int:
    """Where the last so many whole lines of a file begin: found from its end, piece by piece."""
    try:
        with path.open("rb") as file:
            at = file.seek(0, SEEK_END)
            ends = 0  # of lines, from the file's end on; one more of them than lines is wanted
            while at:
                start = max(at - _PIECE, 0)
                file.seek(start)
                piece = file.read(at - start)
                count = piece.count(b"\n")
                if ends + count > lines:
                    return start + len(piece.rsplit(b"\n", lines + 1 - ends)[0]) + 1
                at, ends = start, ends + count
    except FileNotFoundError:
        pass
    return 0
