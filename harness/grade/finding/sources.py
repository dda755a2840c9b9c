"""The student's own code: which file a log means, and the line itself.

The folder is a stranger's: so many files, so many bytes, no links.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from harness.grade.finding.patterns import patterns
from harness.grade.finding.traces import Frame, shown

_MOST_FILES = 2000
_LARGEST = 512 * 1024  #: bytes of one source file
_CODE = frozenset(
    [".py", ".go", ".js", ".mjs", ".cjs", ".ts", ".rb", ".pl", ".java", ".cs", ".php"]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A line of the student's code."""

    file: str  #: within the work's folder, with forward slashes
    line: int
    code: str  #: the line itself, without its indent


class StudentCode:
    """The code files of one work. ``folder`` None: nobody knows where the code is, and no place
    is found.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._files = sorted(_code_files(folder)) if folder else []

    def own(self, frames: Iterable[Frame], service: str) -> Place | None:
        """The first of these places that is in the student's own code."""
        return next(filter(None, (self._found(frame, service) for frame in frames)), None)

    def landmark(self, name: str, service: str) -> Place | None:
        """The first line of the service where that is done (``patterns.toml``); comments do not
        count.
        """
        expressions = patterns().landmarks[name]
        return self._first(
            service, lambda code: any(expression.search(code) for expression in expressions)
        )

    def word(self, word: str, service: str) -> Place | None:
        """The first line of the service that holds this word."""
        return self._first(service, lambda code: word in code) if word.strip() else None

    def _first(self, service: str, wanted: Callable[[str], bool]) -> Place | None:
        for file in self._of(service):
            for number, line in enumerate(self._lines(file), 1):
                code = shown(line).strip()
                if wanted(code) and not code.startswith(("#", "//", "*", '"""')):
                    return Place(file=file, line=number, code=code)
        return None

    def _of(self, service: str) -> list[str]:
        """The service's files, those that carry its name or lie in a folder of its name."""
        own = [file for file in self._files if service in file.lower()]
        return own or self._files

    def _found(self, frame: Frame, service: str) -> Place | None:
        named = PurePosixPath(frame.file.replace("\\", "/"))
        if patterns().foreign & set(named.parts):
            return None
        same = [file for file in self._files if PurePosixPath(file).name == named.name]
        best = max(same, key=lambda file: _likeness(file, named, service), default=None)
        lines = self._lines(best) if best else []
        if best is None or not 0 < frame.line <= len(lines):
            return None
        return Place(file=best, line=frame.line, code=shown(lines[frame.line - 1]).strip())

    def _lines(self, file: str) -> list[str]:
        if self._folder is None:
            return []
        try:
            with (self._folder / file).open("rb") as opened:
                return opened.read(_LARGEST).decode("utf-8", "replace").splitlines()
        except OSError:
            return []


def _likeness(file: str, named: PurePosixPath, service: str) -> tuple[int, bool, int]:
    """How well a file of the work fits a path of a log: its last parts, its service, the
    shortest.
    """
    ours, theirs = PurePosixPath(file).parts[::-1], named.parts[::-1]
    alike = next(
        (at for at, pair in enumerate(zip(ours, theirs, strict=False)) if pair[0] != pair[1]),
        min(len(ours), len(theirs)),
    )
    return (alike if alike == len(ours) else min(alike, 2), service in file.lower(), -len(ours))


def _code_files(folder: Path) -> Iterator[str]:
    """Paths of the code files within the folder; hidden folders and other people's code are
    left out.
    """
    count = 0
    for place, folders, files in os.walk(folder):
        folders[:] = [
            name for name in folders if not name.startswith(".") and name not in patterns().foreign
        ]
        for name in files:
            count += 1
            if count > _MOST_FILES:
                return
            file = Path(place) / name
            if file.suffix.lower() in _CODE and not file.is_symlink():
                yield file.relative_to(folder).as_posix()
