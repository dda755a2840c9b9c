"""The group's marks as a table that a spreadsheet and Moodle can read."""

import csv
import io
from collections.abc import Sequence

from harness.texts import number, say
from report.documents import Document
from report.markdown import one_line

_LONGEST = 1000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def gradebook(rows: Sequence[tuple[str, Document | None, str]]) -> str:
    """CSV with a header: ``rows`` are the submission's name, its verdict (None where nobody could judge)
    and why there is none. Comma-separated, with a byte order mark so that Excel reads the letters."""
    tasks = sorted(
        {one["task"] for _, verdict, _ in rows for one in (verdict or {}).get("tasks", ())}
    )
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    head = ["submission", "score", "max_score", "unjudged", "ok"]
    writer.writerow([*head, *(f"task_{number}" for number in tasks), "feedback"])
    for name, verdict, problem in rows:
        writer.writerow([_cell(name), *_row(verdict, tasks), _cell(_feedback(verdict, problem))])
    return "\ufeff" + out.getvalue()


def _row(verdict: Document | None, tasks: Sequence[int]) -> list[object]:
    if verdict is None:
        return [""] * (4 + len(tasks))
    points = {task["task"]: task["points"] for task in verdict["tasks"]}
    ok = {True: "yes", False: "no", None: "unknown"}[verdict["ok"]]
    marks = [verdict["score"], verdict["max_score"], verdict["unjudged"], ok]
    return [*marks, *(points.get(number, "") for number in tasks)]


def _feedback(verdict: Document | None, problem: str) -> str:
    """What did not hold, and why: a line a check."""
    if verdict is None:
        return problem
    told = [
        f"{check['title']}: {(check['cause'] or {}).get('rationale', '')}"
        for check in verdict["checks"]
        if check["passed"] is False
    ]
    if verdict["unjudged"]:
        told.append(say("report.unjudged", points=number(verdict["unjudged"])))
    return " · ".join(told)


def _cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    kept = one_line(text)[:_LONGEST]
    return f"'{kept}" if kept.startswith(_FORMULA) else kept
