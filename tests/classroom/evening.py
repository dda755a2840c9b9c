"""A teacher's evening with a class's archive, from the download to the gradebook: graded, killed at
a third, gone on with, graded again after a change of points and after one work was handed in anew,
and written into Moodle's worksheet.

``python -m tests.classroom.evening`` runs it with 40 works, about half an hour, and prints what each
step took.
"""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import Any

import click

from harness.stack.waiting import until
from tests.classroom.archive import Pupil, pupils, write_archive, write_worksheet
from tests.mutants.variants import ROOT, variants

LAB6 = (sys.executable, "-m", "harness.cli")
LIMIT_S = 3 * 3600.0
#: One point goes from the one to the other.
POORER, RICHER = "fifo", "once-each"


@dataclass(slots=True, kw_only=True)
class Evening:
    """One run of the story, in a folder of its own."""

    folder: Path
    group: list[Pupil]
    runtime: str
    options: Sequence[str] = ()
    took: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.lab.mkdir(parents=True)
        for name in ("assignment.toml", "rubric.toml", "workload.py"):
            shutil.copy(ROOT / "checks" / name, self.lab)
        write_archive(self.archive, self.group)
        write_worksheet(self.sheet, self.group)

    @property
    def lab(self) -> Path:
        """The assignment's folder, whose points are changed."""
        return self.folder / "assignment"

    @property
    def archive(self) -> Path:
        """What Moodle gave."""
        return self.folder / "Лабораторна 6.zip"

    @property
    def sheet(self) -> Path:
        """Moodle's worksheet."""
        return self.folder / "Оцінки.csv"

    @property
    def out(self) -> Path:
        """The results."""
        return self.folder / "out"

    def killed_at(self, works: int) -> dict[str, str]:
        """Grade, and kill the command by -9 when so many works are done; what stands then."""
        run = subprocess.Popen(self._command(), cwd=ROOT, stderr=subprocess.DEVNULL)
        began = monotonic()
        try:
            what = f"{works} verdicts"
            until(lambda: len(self.started()) >= works, deadline_s=LIMIT_S, what=what)
        finally:
            run.kill()
            run.wait()
        self.took[f"until it was killed ({works} verdicts)"] = monotonic() - began
        return self.started()

    def graded(self, step: str) -> int:
        """Grade by the same command; its exit status."""
        began = monotonic()
        run = subprocess.run(
            self._command(), cwd=ROOT, timeout=LIMIT_S, check=False, stderr=subprocess.DEVNULL
        )
        self.took[step] = monotonic() - began
        return run.returncode

    def change_points(self) -> None:
        """A point less for one check, and more for another."""
        rubric = self.lab / "rubric.toml"
        text = rubric.read_text(encoding="utf-8")
        for name, by in ((POORER, -1), (RICHER, 1)):
            check = rf"(\[check\.{name}\]\ntask = \d+\npoints = )(\d+)"
            text, times = re.subn(check, lambda m, by=by: f"{m[1]}{int(m[2]) + by}", text)
            assert times == 1, name
        rubric.write_text(text, encoding="utf-8")

    def hand_in_anew(self, at: int) -> None:
        """Somebody's honest second attempt."""
        self.group[at] = replace(self.group[at], variant=variants("honest")["another-hand"])
        write_archive(self.archive, self.group)

    def exported(self) -> dict[int, str]:
        """The grades of the worksheet that is given back to Moodle, by the participant's number."""
        command = [*LAB6, "export", str(self.out), "--to", "moodle", "--sheet", str(self.sheet)]
        subprocess.run(command, cwd=ROOT, check=False, capture_output=True, timeout=120)
        (file,) = (self.out / "exports" / "moodle").glob("*.csv")
        with file.open(encoding="utf-8-sig", newline="") as opened:
            rows = list(csv.DictReader(opened))
        return {int(row["Identifier"].split()[-1]): row["Grade"] for row in rows}

    def verdicts(self) -> dict[str, dict[str, Any]]:
        """By whoever handed the work in."""
        found = {}
        for file in self.out.glob("*/verdict.json"):
            verdict = json.loads(file.read_text(encoding="utf-8"))
            name = verdict["submission"].split("_")[0]
            found[name] = verdict
        return found

    def started(self) -> dict[str, str]:
        """When the grading of each work that ran began: as long as it is the same, it did not run
        again."""
        verdicts = self.verdicts().items()
        return {name: one["started"] for name, one in verdicts if one["seconds"]}

    def _command(self) -> list[str]:
        trust = ["--trust"] if self.runtime == "embedded" else []
        return [
            *(*LAB6, "grade", str(self.archive), "--out", str(self.out), "--seed", "7"),
            *("--assignment", str(self.lab), "--runtime", self.runtime, *trust, *self.options),
        ]


def story(evening: Evening) -> dict[str, Any]:
    """The whole evening; what came of it, as numbers that somebody else judges."""
    works = [one for one in evening.group if one.variant is not None]
    kept = evening.killed_at(max(len(works) // 3, 1))
    evening.graded("gone on with")
    first = evening.started()
    before = {name: one["score"] for name, one in evening.verdicts().items()}
    evening.change_points()
    evening.graded("after a change of points")
    moved, scores = evening.started(), evening.verdicts()
    at = evening.group.index(next(one for one in works if one.variant.check is not None))
    evening.hand_in_anew(at)
    evening.graded("with one work handed in anew")
    last, verdicts = evening.started(), evening.verdicts()
    again = [name for name, moment in last.items() if moved.get(name) != moment]
    grades = evening.exported()
    return {
        "works": len(works),
        "of the class": len(evening.group),
        "graded before the kill, and again after it": _changed(kept, first),
        "graded again for a change of points": _changed(first, moved),
        "whose score the points moved": sum(before[n] != scores[n]["score"] for n in before),
        "graded again when one was handed in anew": again,
        "that one": evening.group[at].name,
        "told wrongly": wrong(evening.group, verdicts),
        "grades that the worksheet lacks or has otherwise": [
            one.name
            for one in evening.group
            if one.name in verdicts and float(grades[one.number] or "nan") != _mark(verdicts, one)
        ],
        "seconds": {step: round(seconds, 1) for step, seconds in evening.took.items()},
    }


def wrong(group: Sequence[Pupil], verdicts: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Works whose verdict is not what their variant is known for."""
    found = {}
    for pupil in group:
        verdict = verdicts.get(pupil.name)
        if verdict is None:
            if pupil.variant is not None:
                found[pupil.name] = "no verdict"
            continue
        if pupil.variant is None:
            continue
        checks = {one["id"]: one["passed"] for one in verdict["checks"]}
        check = pupil.variant.check
        false = sorted(name for name, passed in checks.items() if passed is False)
        null = sorted(name for name, passed in checks.items() if passed is None)
        right = check in false if check else not false and not null
        if not right:
            found[pupil.name] = f"{pupil.variant.name} ({check}): false {false}, null {null}"
    return found


def _changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return [name for name, moment in before.items() if after.get(name) != moment]


def _mark(verdicts: dict[str, dict[str, Any]], pupil: Pupil) -> float:
    return float(verdicts[pupil.name]["score"])


@click.command(help=__doc__)
@click.option("--works", default=40, show_default=True, help="In the archive, empty ones too.")
@click.option("--runtime", default="compose", show_default=True)
@click.option("--jobs", default="2", show_default=True)
@click.option("--keep", type=click.Path(path_type=Path), help="A folder for all of it.")
def main(works: int, runtime: str, jobs: str, keep: Path | None) -> None:
    """Run the story, print it; 1 where something is not as it must be."""
    folder = (keep or Path(tempfile.mkdtemp(prefix="lab6-evening-"))).resolve()
    group = pupils(works, engine=runtime == "compose")
    evening = Evening(folder=folder, group=group, runtime=runtime, options=["--jobs", jobs])
    told = story(evening)
    click.echo(json.dumps(told, indent=1, ensure_ascii=False))
    if keep is None:
        shutil.rmtree(folder, ignore_errors=True)
    wanted = told["graded again when one was handed in anew"] == [told["that one"]]
    faults = (
        "graded before the kill, and again after it",
        "graded again for a change of points",
        "told wrongly",
        "grades that the worksheet lacks or has otherwise",
    )
    sys.exit(0 if wanted and not any(told[name] for name in faults) else 1)


if __name__ == "__main__":
    os.environ.setdefault("LAB6_LANG", "uk")
    main()
