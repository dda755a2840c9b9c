"""The starters that ``lab6 new`` gives, made of whole solutions: ``python -m tests.skeletons.peel``
writes them.

A solution marks what is the student's to write::

    # <завдання 1.3>
    rdb.rpush(queue_name, job_data)
    # <інакше>
    # return error(501, "…")
    # </завдання>

Of a task that is done the lines above ``<інакше>`` stay; of one that is not, those below it,
uncommented.
"""

import re
import shutil
from collections.abc import Container, Iterator
from pathlib import Path

SOLUTIONS = Path(__file__).parent
STARTERS = SOLUTIONS.parents[1] / "harness" / "starters"
LANGUAGES = ("python", "go", "node")
TASKS = ("4.1", "4.2", "4.3", "1.1", "1.2", "1.3", "1.4", "2.1", "2.2", "2.3", "2.4")

_MARK = re.compile(r"^\s*(?:#|//) <(?:завдання (?P<task>[\d.]+)|(?P<otherwise>інакше)|/завдання)>$")
_COMMENT = re.compile(r"^(?P<indent>\s*)(?:#|//) ?")


def peeled(text: str, done: Container[str] = ()) -> str:
    """The solution's text with only these tasks done."""
    return "".join(_lines(text, done))


def _lines(text: str, done: Container[str]) -> Iterator[str]:
    task, otherwise = None, False
    for line in text.splitlines(keepends=True):
        mark = _MARK.match(line)
        if mark:
            task, otherwise = (
                mark["task"] or (task if mark["otherwise"] else None),
                bool(mark["otherwise"]),
            )
        elif task is None or (task in done and not otherwise):
            yield line
        elif task not in done and otherwise:
            yield _COMMENT.sub(r"\g<indent>", line, count=1)


def build(language: str, folder: Path, done: Container[str] = ()) -> Path:
    """A work in that language with only these tasks done; the folder."""
    for source in (SOLUTIONS / "common", SOLUTIONS / language):
        for file in sorted(source.rglob("*")):
            if file.is_file():
                place = folder / file.relative_to(source)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(peeled(file.read_text(encoding="utf-8"), done), encoding="utf-8")
    return folder


if __name__ == "__main__":
    for language in LANGUAGES:
        shutil.rmtree(STARTERS / language, ignore_errors=True)
        build(language, STARTERS / language)
