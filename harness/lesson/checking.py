"""The reader's own lab checked by the kit's commands, and what they found as tables."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from IPython.display import Image as Shown

from harness.lesson.errors import LessonError
from harness.lesson.plots import draw_points
from harness.lesson.tables import columns
from harness.texts import say
from harness.texts.three_values import MARK

_ROOT = Path(__file__).parents[2]
_MOST_S = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedExpectation:
    """A run of the checks that left its verdict."""

    folder: Path
    verdict: dict[str, Any]

    @property
    def place(self) -> str:
        """The folder, as seen from the kit's own."""
        return self.folder.relative_to(_ROOT).as_posix()

    def tasks(self) -> pd.DataFrame:
        """A line a task: points got, and possible ones."""
        rows = [
            (task["task"], task["title"], task["points"], task["max_points"])
            for task in self.verdict["tasks"]
        ]
        return pd.DataFrame(rows, columns=columns("task", "title", "points", "most"))

    def draw_tasks(self) -> Shown:
        """The same as bars: points got, of those possible."""
        return draw_points(self.tasks())

    def checks(self) -> pd.DataFrame:
        """A line a check: how it ended, points, on which others it rests."""
        rows = [
            (check["id"], MARK[check["passed"]], check["points"], ", ".join(check["depends_on"]))
            for check in self.verdict["checks"]
        ]
        return pd.DataFrame(rows, columns=columns("check", "held", "points", "rests"))

    def lost(self) -> pd.DataFrame:
        """The checks that cost points: how many, why, and what to do. Empty where all holds."""
        rows = [
            (check["title"], check["max_points"] - check["points"], *_cause(check))
            for check in self.verdict["checks"]
            if check["points"] < check["max_points"]
        ]
        return pd.DataFrame(rows, columns=columns("check", "lost", "wrong", "advice"))

    def report(self, chapter: str | None = None) -> str:
        """The report in Markdown, or one chapter of it by its number: "2.1"."""
        text = (self.folder / "report.md").read_text(encoding="utf-8")
        if chapter is None:
            return text
        match = re.search(
            rf"^#+ {re.escape(chapter)}\.? .*?(?=^#|\Z)", text, re.MULTILINE | re.DOTALL
        )
        if match is None:
            raise LessonError("lesson-no-chapter", chapter=chapter)
        return match[0]

    def headings(self) -> list[str]:
        """The report's chapters."""
        without_code = re.sub(r"^```.*?^```", "", self.report(), flags=re.MULTILINE | re.DOTALL)
        return re.findall(r"^#{2,} (.*)$", without_code, re.MULTILINE)


def check_lab(runtime: str, mine: str | Path | None = None) -> CheckedExpectation:
    """Check the kit's lab, or the one in the folder ``mine``, with the commands that the reader
    has.

    Results go to a new folder under ``out/``. ``LessonError("lesson-unchecked")`` where no verdict
    was left.
    """
    out = _ROOT / "out" / f"notebook-{datetime.now().astimezone():%Y%m%d-%H%M%S-%f}"
    if mine is None:
        words, place = ["report", "--runtime", runtime], out
    else:
        source = Path(mine).expanduser().resolve()
        words, place = ["grade", str(source), "--runtime", runtime], out / source.name
        words += ["--trust"] if runtime == "embedded" else []
    ran = subprocess.run(  # noqa: S603 - the kit's own command
        [sys.executable, "-m", "harness.cli", *words, "--out", str(out)],
        cwd=_ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_MOST_S,
        check=False,
    )
    verdict = place / "verdict.json"
    if not verdict.is_file():
        output = ran.stderr.decode("utf-8", "replace").strip()[-500:]
        raise LessonError("lesson-unchecked", code=ran.returncode, told=output)
    return CheckedExpectation(folder=place, verdict=json.loads(verdict.read_text(encoding="utf-8")))


def _cause(check: dict[str, Any]) -> tuple[str, str]:
    """What is wrong with a check, and what to do about it."""
    if check["passed"] is True:
        return say("checks.partly"), ""
    cause = check["cause"] or {}
    return cause.get("rationale") or "", cause.get("help") or ""
