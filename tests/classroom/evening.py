"""A teacher's evening with a class's archive, from the download to the gradebook: graded, killed at
a third, gone on with, graded again after a change of points and after one work was handed in anew,
and written into Moodle's worksheet.

``python -m tests.classroom.evening --works 40`` runs it in containers, two works at a time (about
half an hour), prints what each step took, and ends with 1 where something is not as it must be.
"""

import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import Any

import click

from harness.stack.waiting import until
from tests.classroom.archive import Pupil, pupils, write_archive
from tests.classroom.machines import LAB6, grading
from tests.classroom.verdicts import Verdict, badly_scored, ran, undecided, verdicts_in, wrong
from tests.classroom.worksheet import not_as_graded, write_worksheet
from tests.mutants.variants import ROOT, variants

LIMIT_S = 3 * 3600.0
KILLED = "killed at a third"
#: Points go from the one to the other; the class has works that pass the second alone.
POORER, RICHER, MOVED = "submit-response", "cold-start", 2


@dataclass(slots=True, kw_only=True)
class Evening:
    """One run of the story, in a folder of its own."""

    folder: Path
    group: list[Pupil]
    runtime: str
    jobs: int = 2
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)  #: what each took
    #: When the gradings of each work began, by its name and content: one of each, unless it could
    #: not be decided.
    gradings: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    open: set[str] = field(default_factory=set)  #: works that at some time could not be decided

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

    def grade(self, step: str, *, kill_at: int = 0) -> dict[str, Verdict]:
        """Grade by the same command as before, killed by -9 as soon as so many works are done; the
        verdicts that stand then."""
        began = monotonic()
        with (self.folder / "grade.log").open("ab") as log:
            options = ("--assignment", str(self.lab), "--jobs", str(self.jobs))
            command = grading(self.archive, self.out, self.runtime, *options)
            run = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
            try:
                if kill_at:
                    until(
                        lambda: run.poll() is not None or self._done() >= kill_at,
                        deadline_s=LIMIT_S,
                        what=f"{kill_at} verdicts",
                    )
                else:
                    run.wait(LIMIT_S)
            finally:
                run.kill()
                status = run.wait()
        return self._noted(step, status, monotonic() - began)

    def change_points(self) -> None:
        """Some points fewer for one check, and as many more for another."""
        rubric = self.lab / "rubric.toml"
        text = rubric.read_text(encoding="utf-8")
        for name, by in ((POORER, -MOVED), (RICHER, MOVED)):
            check = rf"(\[check\.{name}\]\ntask = \d+\npoints = )(\d+)"
            text, times = re.subn(check, lambda m, by=by: f"{m[1]}{int(m[2]) + by}", text)
            assert times == 1, name
        rubric.write_text(text, encoding="utf-8")

    def hand_in_anew(self) -> None:
        """The first of those that fell short makes an honest second attempt."""
        at = next(at for at, one in enumerate(self.group) if one.variant and one.variant.check)
        self.group[at] = replace(self.group[at], variant=variants("honest")["another-hand"])
        write_archive(self.archive, self.group)

    def export(self) -> Path:
        """The folder of what goes back to Moodle."""
        command = [*LAB6, "export", str(self.out), "--to", "moodle", "--sheet", str(self.sheet)]
        subprocess.run(command, cwd=ROOT, check=False, capture_output=True, timeout=120)
        return self.out / "exports" / "moodle"

    def _done(self) -> int:
        return len(ran(verdicts_in(self.out)))

    def _noted(self, step: str, status: int, seconds: float) -> dict[str, Verdict]:
        verdicts = verdicts_in(self.out)
        before = sum(map(len, self.gradings.values()))
        for name, one in ran(verdicts).items():
            self.gradings[name, one["intake"]["content"]].add(one["started"])
            self.open |= {name} if undecided(one) else set()
        after = sum(map(len, self.gradings.values()))
        told = {"seconds": round(seconds, 1), "exit": status, "gradings": after - before}
        self.steps[step] = told
        return verdicts


def story(evening: Evening) -> tuple[dict[str, Any], list[str]]:
    """The whole evening: its figures, and in words whatever is not as it must be."""
    works = [one for one in evening.group if one.variant is not None]
    evening.grade(KILLED, kill_at=max(len(works) // 3, 1))
    before = evening.grade("gone on with")
    faults = wrong(evening.group, before)
    evening.change_points()
    after = evening.grade("other points")
    evening.hand_in_anew()
    last = evening.grade("one handed in anew")
    faults += wrong(evening.group, last)
    faults += [] if evening.steps[KILLED]["exit"] == -signal.SIGKILL else ["it was not killed"]
    faults += not_once(evening) + badly_scored(after, {POORER: -MOVED, RICHER: MOVED})
    faults += not_as_graded(evening.group, last, evening.sheet, evening.export())
    figures = {
        "handed in": len(evening.group),
        "works": len(works),
        "steps": evening.steps,
        "gradings": sum(map(len, evening.gradings.values())),
        "scores that the points moved": sum(
            before[n]["score"] != after[n]["score"] for n in before
        ),
        "could not be decided at some time": sorted(evening.open),
        "cannot be decided at the end": {n: u for n, one in last.items() if (u := undecided(one))},
    }
    return figures, faults


def not_once(evening: Evening) -> list[str]:
    """Works of which the same content was graded again though it had been decided."""
    return [
        f"{name}: graded {len(begun)} times"
        for (name, _), begun in evening.gradings.items()
        if len(begun) > 1 and name not in evening.open
    ]


@click.command(help=__doc__)
@click.option("--works", default=40, show_default=True, help="In the archive, empty ones too.")
@click.option("--runtime", default="compose", show_default=True)
@click.option("--jobs", default=2, show_default=True)
@click.option("--keep", type=click.Path(path_type=Path), help="A folder for all of it.")
def main(works: int, runtime: str, jobs: int, keep: Path | None) -> None:
    """Run the story, print it; 1 where something is not as it must be."""
    folder = (keep or Path(tempfile.mkdtemp(prefix="lab6-evening-"))).resolve()
    group = pupils(works, engine=runtime == "compose")
    evening = Evening(folder=folder, group=group, runtime=runtime, jobs=jobs)
    figures, faults = story(evening)
    click.echo(json.dumps({**figures, "faults": faults}, indent=1, ensure_ascii=False))
    if keep is None:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
