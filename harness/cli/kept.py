"""The results folder as the run's own record: which verdicts still stand, and who writes there."""

import hashlib
import json
import sqlite3
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.cli.assignment_option import CHECKS
from harness.cli.batch import BatchTask, Verdict
from harness.cli.problems import UsageProblem
from harness.grade.folders import named_folder
from harness.grade.submission.workload_file import NAME as WORKLOAD
from harness.grade.verdict.rubric import Rubric
from report import ReportError
from report.documents import read_document
from report.group import sound
from report.names import spelt
from report.owners import owner_of

_KIT = Path(__file__).parents[1]
_JUDGES = (
    "grade",
    "lab6",
    "lateness",
    "stack",
    "trace",
    "witness",
)  #: what judges
_RULES = (".py", ".toml")  #: what they judge by: code, log profiles, patterns of findings
_BESIDE = ("mark", "alike", "intake", "texts")  #: tables of the assignment that judge nothing


def results_folder(folder: Path) -> Path:
    """The folder: new, empty, or one that a group's results are in already.

    ``GradeError``: ``folder-not-empty``, ``folder-unwritable``.
    """
    return folder if (folder / "group.json").is_file() else named_folder(folder)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder against a second run. The system frees it when this process ends, however it
    does.

    ``UsageProblem("results-busy")``.
    """
    lock = sqlite3.connect(folder / ".lock", timeout=0, isolation_level=None)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        raise UsageProblem("results-busy", folder=folder) from error
    try:
        yield
    finally:
        lock.close()


def judged_by(runtime: str, profile: Path | None, lab: Path = CHECKS) -> str:
    """A hash of everything that a verdict rests on besides the work: limits, requirements, the
    judges' code.

    Points and texts are not in it: a kept verdict is scored anew. Neither is where anything lies:
    the same files judge the same on every machine.
    """
    assignment = tomllib.loads((lab / "assignment.toml").read_text(encoding="utf-8"))
    rubric = tomllib.loads((lab / "rubric.toml").read_text(encoding="utf-8"))
    asked = {key: value for key, value in assignment.items() if key not in _BESIDE}
    text = json.dumps([asked, rubric["limit"], runtime], sort_keys=True, default=str)
    whole = hashlib.sha256(text.encode())
    suite = [file for file in CHECKS.glob("*.py") if file.name != WORKLOAD]
    ran = {file.name for file in suite}  # a lab's own file of such a name is never run
    own = [file for file in lab.glob("*.py") if file.name not in ran]
    for root, files in (
        (_KIT, judging_files()),
        (CHECKS, suite),
        (lab, [*own, *lab.glob("*.profile.toml")]),
    ):
        whole.update(_hash(root, files))
    whole.update(hashlib.sha256(profile.read_bytes()).digest() if profile else b"")
    return whole.hexdigest()


def judging_files() -> list[Path]:
    """The kit's own: whatever lab is graded, they judge it."""
    rooms = [file for room in _JUDGES for file in (_KIT / room).rglob("*")]
    return [*(file for file in rooms if file.suffix in _RULES), _KIT / "workload.py"]


def _hash(root: Path, files: Iterable[Path]) -> bytes:
    """Of their names below the root and of what is in them."""
    named = sorted((file.relative_to(root).as_posix(), file.read_bytes()) for file in files)
    whole = hashlib.sha256()
    for name, content in named:
        whole.update(f"{name}\0{len(content)}\0".encode() + content)
    return whole.digest()


def kept_verdicts(folder: Path) -> dict[str, Verdict]:
    """Verdicts of earlier runs by their folder's name: whole ones that say what they are of."""
    kept = {}
    for file in folder.glob("*/verdict.json"):
        try:
            verdict = read_document(file, "lab6/verdict/v1")
        except ReportError:
            continue
        if verdict is not None and sound(verdict) and isinstance(verdict.get("intake"), dict):
            kept[file.parent.name] = verdict
    return kept


def still_stands(verdict: Verdict, task: BatchTask, judges: str, seed: int | None) -> bool:
    """Whether it is of the same content, by the same judges, and nothing but the work decided
    it.
    """
    intake = verdict["intake"]
    same = (intake.get("content"), intake.get("judges")) == (task.content, judges)
    in_the_way = any(check["cause"] and check["cause"]["error"] for check in verdict["checks"])
    return same and bool(task.content) and not in_the_way and seed in (None, verdict["seed"])


def wanted_again(task: BatchTask, names: tuple[str, ...]) -> bool:
    """Whether the teacher named it: by folder, by what was handed in, or by its owner."""
    own = {spelt(task.name), spelt(task.given), spelt(owner_of(task.given).name)}
    return any(spelt(name) in own for name in names)


def scored_anew(verdict: Verdict, rubric: Rubric) -> Verdict | None:
    """The verdict with today's points and titles; None where a check of today was never run."""
    held = {check["id"]: check for check in verdict["checks"]}
    if set(rubric.items) - set(held):
        return None
    checks = [_scored(held[name], item) for name, item in rubric.items.items()]
    tasks = [
        {
            "task": number,
            "title": title,
            "points": round(sum(c["points"] for c in checks if c["task"] == number), 2),
            "max_points": sum(c["max_points"] for c in checks if c["task"] == number),
        }
        for number, title in sorted(rubric.tasks.items())
    ]
    return {
        **verdict,
        "checks": checks,
        "tasks": tasks,
        "score": round(sum(check["points"] for check in checks), 2),
        "max_score": sum(check["max_points"] for check in checks),
        "unjudged": sum(check["max_points"] for check in checks if check["passed"] is None),
    }


def _scored(check: dict[str, Any], item: Any) -> dict[str, Any]:
    share = check["points"] / check["max_points"] if check["max_points"] else 1.0
    points = round(item.points * share, 2) if check["passed"] is True else 0.0
    facts = {"task": item.task, "title": item.title, "visibility": item.visibility}
    return {**check, **facts, "points": points, "max_points": item.points}
