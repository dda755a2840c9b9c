"""``csv``: the group's marks as a table of our own columns."""

import csv
import io
from collections.abc import Iterator, Sequence

from report.cells import cell
from report.exports.made import Made, Wanted
from report.feedback import feedback
from report.group import GradedWork, Group
from report.numbers import number

_HEAD = (
    "name",
    "id",
    "folder",
    "mark",
    "out_of",
    "score",
    "max_score",
    "unjudged",
    "ok",
    "days_late",
)
_WORDS = {True: "yes", False: "no", None: "unknown"}


def export(group: Group, wanted: Wanted) -> Made:
    """``gradebook.csv``."""
    table = gradebook(group, wanted.separator, wanted.decimal)
    return Made(files={"gradebook.csv": table.encode("utf-8", "replace")})


def gradebook(group: Group, separator: str = ",", decimal: str = ".") -> str:
    """CSV with a header, a row a work, a column a task and a check; begins with a byte order mark,
    by which Excel knows the letters. A Ukrainian Excel wants ``;`` and a decimal comma."""
    tasks, checks = _known(group.works)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\r\n")
    writer.writerow([*_HEAD, *(f"task_{task}" for task in tasks), *checks, "feedback"])
    for work in group.works:
        writer.writerow([_shown(value, decimal) for value in _row(work, tasks, checks)])
    return "\ufeff" + out.getvalue()


def _known(works: Sequence[GradedWork]) -> tuple[list[int], list[str]]:
    """Tasks and checks of any work, in the verdicts' own order."""
    verdicts = [work.verdict for work in works if work.verdict]
    tasks = {task["task"]: None for verdict in verdicts for task in verdict["tasks"]}
    checks = {check["id"]: None for verdict in verdicts for check in verdict["checks"]}
    return sorted(tasks), list(checks)


def _row(work: GradedWork, tasks: Sequence[int], checks: Sequence[str]) -> Iterator[object]:
    yield from (work.owner.name, work.owner.id, work.name)
    verdict, mark = work.verdict, work.mark
    if verdict is None or mark is None:
        yield from [""] * (len(_HEAD) - 3 + len(tasks) + len(checks))
    else:
        yield from (mark.value, mark.out_of)
        yield from (verdict["score"], verdict["max_score"], verdict["unjudged"])
        yield from (_WORDS[verdict["ok"]], mark.days_late)
        points = {task["task"]: task["points"] for task in verdict["tasks"]}
        yield from (points.get(task, "") for task in tasks)
        held = {check["id"]: check for check in verdict["checks"]}
        yield from ("" if check not in held else _points(held[check]) for check in checks)
    yield feedback(work, separator=" · ")


def _points(check: dict[str, object]) -> object:
    return "?" if check["passed"] is None else check["points"]


def _shown(value: object, decimal: str) -> str:
    if isinstance(value, int | float):
        return number(value, decimal)
    return cell(str(value))
