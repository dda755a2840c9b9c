"""Works that share code: token fingerprints (copydetect, Schleimer's winnowing), what the lab
itself gives left out.

Names of variables, comments and layout do not count. What comes out is pairs to look at side by
side, never a verdict. copydetect is in the extra ``group``.
"""

import io
import os
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from time import monotonic
from typing import Any

from report.documents import Document

_LEFT_OUT = frozenset(
    {".git", ".venv", "venv", "node_modules", "__pycache__", "vendor", "dist", "target"}
)
_SUFFIXES = frozenset(
    [
        ".py",
        ".go",
        ".js",
        ".ts",
        ".java",
        ".kt",
        ".rs",
        ".rb",
        ".php",
        ".cs",
        ".c",
        ".cpp",
        ".pl",
        ".ex",
        ".scala",
    ]
)
_MOST_FILES, _MOST_BYTES = 60, 64 * 1024  #: of a work; what is larger is no source a student wrote
_TOKENS, _WINDOW = 25, 8  #: a fragment's length in characters of tokens; one of so many is kept
_FEWEST = 40  #: fragments that a work must have to be compared at all
_PAIRS, _LINES, _CONTEXT = 30, 60, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Prints:
    """A work's fragments: each hash with the file and the line where it stands first."""

    name: str
    places: Mapping[int, tuple[Path, int]]


def alike(
    works: Mapping[str, Path], lab: Path, *, percent: float, deadline_s: float
) -> list[Document] | None:
    """Pairs of works of which one shares ``percent`` of its own fragments with the other, the most
    alike first.

    None where copydetect is missing, or the time was not enough.
    """
    try:
        from copydetect import CodeFingerprint
    except ImportError:
        return None
    end = monotonic() + deadline_s
    given = set(_prints("", lab, CodeFingerprint).places)
    read = []
    for name, folder in works.items():
        if monotonic() > end:
            return None
        read.append(_without(_prints(name, folder, CodeFingerprint), given))
    return pairs([prints for prints in read if len(prints.places) >= _FEWEST], works, percent)


def pairs(read: Sequence[Prints], works: Mapping[str, Path], percent: float) -> list[Document]:
    """The pairs above that share, with what they have in common."""
    matches = []
    for one, other in combinations(read, 2):
        common = one.places.keys() & other.places.keys()
        shares = [round(100 * len(common) / len(work.places), 1) for work in (one, other)]
        if max(shares) >= percent:
            matches.append((sum(shares), one, other, common, shares))
    matches.sort(key=lambda pair: -pair[0])
    return [
        {
            "one": one.name,
            "other": other.name,
            "share_one": shares[0],
            "share_other": shares[1],
            "sides": [_side(work, common, works[work.name]) for work in (one, other)],
        }
        for _, one, other, common, shares in matches[:_PAIRS]
    ]


def _without(prints: Prints, given: set[int]) -> Prints:
    kept = {key: place for key, place in prints.places.items() if key not in given}
    return Prints(name=prints.name, places=kept)


def _prints(name: str, folder: Path, fingerprint: Any) -> Prints:
    places: dict[int, tuple[Path, int]] = {}
    for file in _sources(folder):
        text = _text(file)
        try:
            made = fingerprint(file.name, _TOKENS, _WINDOW, fp=io.StringIO(text))
            lines = {key: _line(made, int(where[0])) for key, where in made.hash_idx.items()}
        except (ValueError, IndexError, TypeError):
            continue  # a file that no lexer reads is not compared
        for key, line in lines.items():
            places.setdefault(int(key), (file, line))
    return Prints(name=name, places=places)


def _line(made: Any, where: int) -> int:
    """The line, from 0, of a place in the code without its names and comments."""
    if len(made.offsets):
        row = min(int(made.offsets[:, 0].searchsorted(where)), len(made.offsets) - 1)
        where += int(made.offsets[row, 1])
    return int(made.raw_code.count("\n", 0, where))


def _side(work: Prints, common: Collection[int], folder: Path) -> Document:
    """The file that has most of what is common, from where it begins."""
    places = [work.places[key] for key in common]
    file, _ = Counter(file for file, _ in places).most_common(1)[0]
    lines = sorted(line for where, line in places if where == file)
    first = max(lines[0] - _CONTEXT, 0)
    text = _text(file).split("\n")[first : min(lines[-1] + _CONTEXT, first + _LINES)]
    name = f"{file.relative_to(folder).as_posix()}:{first + 1}"
    return {"file": name, "text": "\n".join(line[:160] for line in text)}


def _sources(folder: Path) -> Iterator[Path]:
    """The work's own sources: no link is followed, nothing that was installed is read."""
    count = 0
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _LEFT_OUT)
        for file in (Path(place) / name for name in sorted(files)):
            if file.suffix.lower() not in _SUFFIXES or file.is_symlink() or not file.is_file():
                continue
            if file.stat().st_size <= _MOST_BYTES:
                count += 1
                yield file
            if count >= _MOST_FILES:
                return


def _text(file: Path) -> str:
    with file.open("rb") as opened:
        return opened.read(_MOST_BYTES).decode("utf-8", "replace").replace("\r\n", "\n")
